#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "store/database.h"

namespace quaymaster::store {

/// How a connection is opened. `vfs` names a registered SQLite file layer, null is the system's; tests pass one that
/// fails.
struct ConnectionOptions {
  const char* vfs = nullptr;
  bool durable = true;  // false: nothing is synced, for databases that are discarded with the process
  int cache_kib = 4096;
  bool read_only = false;
};

/// Converts SQLite's extended result `code` to an error, with SQLite's message and `what` as the cause.
Error sqlite_error(sqlite3* database, int code, std::string_view what);

/// One connection to a SQLite file and its prepared statements, keyed by the address of their literal. One thread at a
/// time.
class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const Path& path, const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Result<> each(const char* sql, const std::function<Result<>(const Row&)>& on_row, std::span<const Value> values);
  Result<bool> first(const char* sql, const std::function<void(const Row&)>& on_row, std::span<const Value> values);
  Result<std::int64_t> change(const char* sql, std::span<const Value> values);
  /// Runs one statement without values and rows, such as BEGIN.
  Result<> execute(const char* sql);
  /// Runs any number of statements without caching them: a schema step, settings.
  Result<> script(std::string_view sql);

  /// False after SQLite rolled the transaction back by itself, as it does on a full disk or a failing device.
  bool in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }
  sqlite3* handle() { return database_; }

 private:
  class Use;  // a statement in use
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
  struct Kept {
    Statement statement;
    bool in_use = false;  // running a statement while its own rows are being read needs a second copy
  };

  explicit Connection(sqlite3* database) : database_(database) {}
  Result<Statement> prepare(const char* sql, unsigned flags);

  sqlite3* database_;
  std::unordered_map<const char*, Kept> kept_;
};

/// Implements Reader and Writer on a connection.
class ConnectionReader final : public Reader {
 public:
  explicit ConnectionReader(Connection& connection) : connection_(connection) {}

 private:
  Result<> run(const char* sql, const std::function<Result<>(const Row&)>& on_row,
               std::span<const Value> values) override {
    return connection_.each(sql, on_row, values);
  }
  Result<bool> run_first(const char* sql, const std::function<void(const Row&)>& on_row,
                         std::span<const Value> values) override {
    return connection_.first(sql, on_row, values);
  }

  Connection& connection_;
};

}  // namespace quaymaster::store
