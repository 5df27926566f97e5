#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/sqlite_connection.h"

namespace quaymaster::store {

/// Moves the write-ahead log into the database file on its own thread, so that no commit pays for it and readers do not
/// have to search a long log. Never delays a commit by more than kLongestHoldMilliseconds. Thread-safe.
class SqliteCheckpointer {
 public:
  /// To restart the log, commits are held until the last reader that uses its end has finished. If readers take longer,
  /// the log keeps growing and the next attempt follows after another kCheckpointPages.
  static constexpr int kLongestHoldMilliseconds = 50;

  explicit SqliteCheckpointer(std::unique_ptr<Connection> connection);
  ~SqliteCheckpointer();

  /// Call after a commit: the log now has `pages` pages. Cheap.
  void log_grew(int pages);

 private:
  void run();

  const std::unique_ptr<Connection> connection_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  int pages_ = 0;  // length of the log, set when a checkpoint is worthwhile
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace quaymaster::store
