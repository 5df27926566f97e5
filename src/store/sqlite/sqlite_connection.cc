#include "store/sqlite/sqlite_connection.h"

#include <cerrno>

#include "base/check.h"
#include "base/encode.h"
#include "base/log.h"

namespace quaymaster::store {
namespace {

class StatementRow final : public Row {
 public:
  explicit StatementRow(sqlite3_stmt* statement) : statement_(statement) {}

  bool is_null(int column) const override {
    check(column >= 0 && column < sqlite3_column_count(statement_));
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  std::int64_t integer(int column) const override {
    check(column >= 0 && column < sqlite3_column_count(statement_));
    return sqlite3_column_int64(statement_, column);
  }
  std::string_view text(int column) const override { return as_text(blob(column)); }
  Bytes blob(int column) const override {
    check(column >= 0 && column < sqlite3_column_count(statement_));
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

int bind(sqlite3_stmt* statement, int at, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return sqlite3_bind_null(statement, at);
    case Value::Kind::integer:
      return sqlite3_bind_int64(statement, at, value.integer());
    case Value::Kind::text: {
      // A null pointer would bind NULL, which is not an empty text.
      const auto text = value.text().data() == nullptr ? std::string_view("") : value.text();
      return sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    case Value::Kind::blob:
      if (value.blob().empty()) {
        return sqlite3_bind_zeroblob(statement, at, 0);
      }
      return sqlite3_bind_blob64(statement, at, value.blob().data(), value.blob().size(), SQLITE_STATIC);
  }
  return SQLITE_MISUSE;
}

/// One writer needs no locks on rows, and SQLite has no word for them.
std::string_view without_lock(std::string_view sql) {
  for (const std::string_view lock : {" FOR SHARE", " FOR UPDATE"}) {
    if (sql.ends_with(lock)) {
      sql.remove_suffix(lock.size());
    }
  }
  return sql;
}

bool is_storable(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

Errc constraint_kind(int code) {
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return Errc::conflict;
    default:
      return Errc::invalid;
  }
}

Errc kind_of(sqlite3* database, int code) {
  const int system_errno = database == nullptr ? 0 : sqlite3_system_errno(database);
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Errc::no_space;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    case SQLITE_CONSTRAINT:
      return constraint_kind(code);
    case SQLITE_MISMATCH:
      return Errc::invalid;
    case SQLITE_TOOBIG:
      return Errc::too_large;
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_SHMSIZE) {
        return Errc::no_space;  // SQLite keeps no errno for it
      }
      [[fallthrough]];
    case SQLITE_CANTOPEN:
      return system_errno == ENOSPC || system_errno == EDQUOT ? Errc::no_space : Errc::io;
    default:
      return Errc::io;
  }
}

}  // namespace

Error sqlite_error(sqlite3* database, int code, std::string_view what) {
  const char* words = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  return Error(kind_of(database, code), fmt::format("{}: {} ({})", what, words, code));
}

/// Borrows a cached statement, or a copy when it is already running, binds it, and returns it reset.
class Connection::Use {
 public:
  static Result<Use> start(Connection& connection, const char* sql, std::span<const Value> values) {
    auto& kept = connection.kept_[sql];
    if (kept.statement == nullptr) {
      TRY(kept.statement, connection.prepare(sql, SQLITE_PREPARE_PERSISTENT));
    }
    // A text that is not a literal may be at the address of an earlier one.
    check(without_lock(sql) == sqlite3_sql(kept.statement.get()));
    Use use(connection);
    if (kept.in_use) {
      TRY(use.copy_, connection.prepare(sql, 0));
      use.statement_ = use.copy_.get();
    } else {
      kept.in_use = true;
      use.kept_ = &kept;
      use.statement_ = kept.statement.get();
    }
    check(sqlite3_bind_parameter_count(use.statement_) == static_cast<int>(values.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].kind() == Value::Kind::text && !is_storable(values[i].text())) {
        return invalid("value {} is not UTF-8 or holds a NUL: {}", i + 1, sql);
      }
      const int code = bind(use.statement_, static_cast<int>(i) + 1, values[i]);
      if (code != SQLITE_OK) {
        return sqlite_error(connection.database_, code, sql);
      }
    }
    return use;
  }
  Use(Use&& other) noexcept
      : connection_(other.connection_),
        kept_(std::exchange(other.kept_, nullptr)),
        copy_(std::move(other.copy_)),
        statement_(std::exchange(other.statement_, nullptr)) {}
  Use& operator=(Use&&) = delete;
  ~Use() {
    if (kept_ != nullptr) {
      sqlite3_reset(statement_);
      sqlite3_clear_bindings(statement_);
      kept_->in_use = false;
    }
  }

  /// True: a row is available. False: the statement has completed.
  Result<bool> step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW || code == SQLITE_DONE) {
      return code == SQLITE_ROW;
    }
    return sqlite_error(connection_.database_, code, sqlite3_sql(statement_));
  }
  StatementRow row() const { return StatementRow(statement_); }

 private:
  explicit Use(Connection& connection) : connection_(connection) {}

  Connection& connection_;
  Kept* kept_ = nullptr;  // elements of an unordered_map do not move
  Statement copy_;
  sqlite3_stmt* statement_ = nullptr;
};

Result<std::unique_ptr<Connection>> Connection::open(const Path& path, const ConnectionOptions& options) {
  // Counting allocations takes one lock for all threads, and the count is not used. The call fails if SQLite was
  // already in use in this process, which costs only speed.
  static const int counting = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(counting);
  sqlite3* database = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &database, flags, options.vfs);
  std::unique_ptr<Connection> connection(new Connection(database));
  if (code != SQLITE_OK) {
    return sqlite_error(database, code, fmt::format("open {}", path.native()));
  }
  // A checkpoint that restarts the log blocks writers and readers while it syncs.
  sqlite3_busy_timeout(database, 10'000);
  TRY(connection->script(
      fmt::format("PRAGMA synchronous={}; PRAGMA cache_size=-{}; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
                  "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST; PRAGMA query_only={};",
                  options.durable ? "FULL" : "OFF", options.cache_kib, options.read_only ? "ON" : "OFF")));
  return connection;
}

Connection::~Connection() {
  kept_.clear();
  check(sqlite3_close(database_) == SQLITE_OK);
}

Result<Connection::Statement> Connection::prepare(const char* sql, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  const auto text = without_lock(sql);
  const int code =
      sqlite3_prepare_v3(database_, text.data(), static_cast<int>(text.size()), flags, &statement, nullptr);
  Statement owned(statement);
  if (code == SQLITE_ERROR) {
    log::error("store", "SQL does not parse: {}: {}", sqlite3_errmsg(database_), sql);
    check(false);
  }
  if (code != SQLITE_OK) {
    return sqlite_error(database_, code, sql);
  }
  return owned;
}

Result<> Connection::each(const char* sql, const std::function<Result<>(const Row&)>& on_row,
                          std::span<const Value> values) {
  TRY(auto use, Use::start(*this, sql, values));
  for (;;) {
    TRY(const bool has_row, use.step());
    if (!has_row) {
      return ok();
    }
    TRY(on_row(use.row()));
  }
}

Result<bool> Connection::first(const char* sql, const std::function<void(const Row&)>& on_row,
                               std::span<const Value> values) {
  TRY(auto use, Use::start(*this, sql, values));
  TRY(const bool has_row, use.step());
  if (has_row) {
    on_row(use.row());
  }
  return has_row;
}

Result<std::int64_t> Connection::change(const char* sql, std::span<const Value> values) {
  TRY(auto use, Use::start(*this, sql, values));
  for (;;) {
    TRY(const bool has_row, use.step());
    if (!has_row) {
      return sqlite3_changes64(database_);
    }
  }
}

Result<> Connection::execute(const char* sql) {
  TRY(change(sql, {}));
  return ok();
}

Result<> Connection::script(std::string_view sql) {
  const int code = sqlite3_exec(database_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return sqlite_error(database_, code, sql);
  }
  return ok();
}

}  // namespace quaymaster::store
