#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "store/sqlite/sqlite_connection.h"

namespace quaymaster::store {

/// Moves the write-ahead log into the database file on a thread of its own, so that no commit pays for it and readers
/// do not have to search a long log. It never holds up a commit for longer than kLongestHoldMilliseconds. Thread-safe.
class SqliteCheckpointer {
 public:
  /// To let the log start over, commits have to be held until the last reader of its end is done. When readers take
  /// longer, the log goes on growing and the next try waits for another kCheckpointPages.
  static constexpr int kLongestHoldMilliseconds = 50;

  explicit SqliteCheckpointer(std::unique_ptr<Connection> connection);
  ~SqliteCheckpointer();

  /// After a commit: the log has `pages` pages now. Cheap.
  void log_grew(int pages);

 private:
  void run();

  const std::unique_ptr<Connection> connection_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  int pages_ = 0;  // of the log, when it is worth looking at
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace quaymaster::store
