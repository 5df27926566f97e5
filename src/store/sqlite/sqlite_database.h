#pragma once

#include "store/sqlite/file_lock.h"
#include "store/sqlite/sqlite_checkpointer.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/sqlite_writer.h"

namespace quaymaster::store {

/// Options for tests and for servers under test.
struct SqliteOptions {
  const char* vfs = nullptr;  // as in ConnectionOptions
  bool durable = true;        // false: commits survive the process but may be lost when the machine stops
  /// Called on the writer's thread before each group commit, to release reserved space when the disk is nearly full.
  /// Must be quick. May be empty.
  std::function<void()> before_commit;
};

/// Records in one SQLite file in WAL mode: a writer thread, a checkpointer thread, and a pool of reading connections.
/// Contract: store/database.h; why: doc/decisions/0002-store.md.
class SqliteDatabase final : public Database {
 public:
  static Result<std::unique_ptr<Database>> open(const Path& path, std::span<const Schema> schemas,
                                                const SqliteOptions& options);
  struct Parts {
    FileLock lock;
    std::unique_ptr<Connection> writer;
    std::unique_ptr<Connection> checkpointer;
    SqliteWriter::Surroundings surroundings;
  };
  SqliteDatabase(Parts parts, Path path, const ConnectionOptions& readers);

  Result<> read(const std::function<Result<>(Reader&)>& look) override { return readers_.read(look); }
  void submit(Change change, Done done) override { writer_.submit(std::move(change), std::move(done)); }
  Statistics statistics() const override { return writer_.statistics(); }

 private:
  // Destroyed in reverse order: the writer finishes while everything that it needs still exists.
  FileLock lock_;
  SqliteReaders readers_;
  SqliteCheckpointer checkpointer_;
  SqliteWriter writer_;
};

}  // namespace quaymaster::store
