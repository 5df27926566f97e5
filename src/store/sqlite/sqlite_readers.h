#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/sqlite_connection.h"

namespace quaymaster::store {

/// The connections that read. A read borrows the one that was used last (its pages and statements are warm) and gives
/// it back, so there are as many as threads ever read at the same time, and at most kIdleReaders once they are done.
/// Nothing is bound to a thread: threads may come and go. Thread-safe.
class SqliteReaders {
 public:
  SqliteReaders(Path path, const ConnectionOptions& options) : path_(std::move(path)), options_(options) {}

  Result<> read(const std::function<Result<>(Reader&)>& look);

 private:
  Result<std::unique_ptr<Connection>> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  const Path path_;
  const ConnectionOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace quaymaster::store
