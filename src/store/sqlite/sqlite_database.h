#pragma once

#include "store/sqlite/file_lock.h"
#include "store/sqlite/sqlite_checkpointer.h"
#include "store/sqlite/sqlite_readers.h"
#include "store/sqlite/sqlite_writer.h"

namespace quaymaster::store {

/// What only tests change, and servers for tests.
struct SqliteOptions {
  const char* vfs = nullptr;  // as in ConnectionOptions
  bool durable = true;        // false: a commit may be lost when the machine stops, not when the process does
  /// Called on the writer's thread before each group commit, to give up what was set aside when the disk is nearly
  /// full. Must be quick. May be empty.
  std::function<void()> before_commit;
};

/// Records in one SQLite file in WAL mode: a writer's thread, a checkpointer's thread, a pool of reading connections.
/// See store/database.h for what holds, doc/decisions/0002-store.md for why.
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
  // Destroyed from the last to the first: the writer finishes while everything it needs is there.
  FileLock lock_;
  SqliteReaders readers_;
  SqliteCheckpointer checkpointer_;
  SqliteWriter writer_;
};

}  // namespace quaymaster::store
