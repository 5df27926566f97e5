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
  const Clock* clock = nullptr;  // for Database::now; null is the system's. Must outlive the database.
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
    Anchor records;
  };
  SqliteDatabase(Parts parts, Path path, const SqliteOptions& options);

  Result<> read(const std::function<Result<>(Reader&)>& look) override { return readers_.read(look); }
  std::optional<std::uint64_t> version() const override { return writer_.statistics().commits; }
  Time now() const override { return clock_->now(); }
  std::unique_ptr<Subscription> listen(Topic topic, std::function<void(std::string_view)> on_notice) override {
    return notices_.listen(topic, std::move(on_notice));
  }
  Statistics statistics() const override { return writer_.statistics(); }

 private:
  /// One writer runs one change after another: each is alone whatever its keys.
  void enqueue(Keys, Change change, Done done) override { writer_.submit(std::move(change), std::move(done)); }

  const SystemClock system_clock_;
  const Clock* const clock_;
  // Destroyed in reverse order: the writer finishes while everything that it needs still exists.
  FileLock lock_;
  Notices notices_;
  SqliteReaders readers_;
  SqliteCheckpointer checkpointer_;
  SqliteWriter writer_;
};

}  // namespace quaymaster::store
