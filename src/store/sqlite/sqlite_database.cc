#include "store/sqlite/sqlite_database.h"

#include "store/sqlite/open_sqlite.h"
#include "store/sqlite/sqlite_schema.h"

namespace quaymaster::store {
namespace {

constexpr int kWriterCacheKib = 16 * 1024;
constexpr int kReaderCacheKib = 4 * 1024;

/// SQLite would make the file world-readable; it may contain account keys. The log inherits its mode.
Result<> make_file(const Path& path) {
  SystemDisk disk;
  if (disk.status(path)) {
    return ok();
  }
  TRY(disk.open(path, OpenMode::create));
  return disk.sync_directory(path.parent_path());
}

Result<> use_write_ahead_log(Connection& connection) {
  std::string mode;
  // Only the checkpointer's thread checkpoints the log.
  TRY(connection.first("PRAGMA journal_mode=WAL", [&](const Row& row) { mode = row.text(0); }, {}));
  if (mode != "wal") {
    return unsupported("the file system refuses a write-ahead log (mode {})", mode);
  }
  sqlite3_wal_autocheckpoint(connection.handle(), 0);
  return ok();
}

}  // namespace

Result<std::unique_ptr<Database>> SqliteDatabase::open(const Path& given_path, std::span<const Schema> schemas,
                                                       const SqliteOptions& options) {
  const auto path = std::filesystem::absolute(given_path);
  SystemDisk disk;
  TRY(disk.make_directories(path.parent_path()));
  auto lock_path = path;
  lock_path += ".lock";
  TRY(auto lock, FileLock::take(lock_path));
  TRY(make_file(path));

  ConnectionOptions writing{options.vfs, options.durable, kWriterCacheKib, false};
  TRY(auto writer, Connection::open(path, writing));
  TRY(use_write_ahead_log(*writer));
  TRY(bring_up_to_date(*writer, schemas));
  TRY(auto checkpointer, Connection::open(path, writing));
  TRY(auto anchor, Anchor::at(path));
  Parts parts{std::move(lock), std::move(writer), std::move(checkpointer), std::move(anchor)};
  return std::unique_ptr<Database>(std::make_unique<SqliteDatabase>(std::move(parts), path, options));
}

SqliteDatabase::SqliteDatabase(Parts parts, Path path, const SqliteOptions& options)
    : clock_(options.clock != nullptr ? options.clock : &system_clock_),
      lock_(std::move(parts.lock)),
      readers_(std::move(path), {options.vfs, options.durable, kReaderCacheKib, true}),
      checkpointer_(std::move(parts.checkpointer)),
      writer_(
          [&] {
            sqlite3_wal_hook(
                parts.writer->handle(),
                [](void* target, sqlite3*, const char*, int pages) {
                  static_cast<SqliteCheckpointer*>(target)->log_grew(pages);
                  return SQLITE_OK;
                },
                &checkpointer_);
            return std::move(parts.writer);
          }(),
          {std::move(parts.records), options.before_commit, &notices_}) {}

Result<std::unique_ptr<Database>> open_sqlite(const Path& path, std::span<const Schema> schemas, const Clock* clock) {
  SqliteOptions options;
  options.clock = clock;
  return SqliteDatabase::open(path, schemas, options);
}

}  // namespace quaymaster::store
