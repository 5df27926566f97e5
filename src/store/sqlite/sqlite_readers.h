#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "store/sqlite/sqlite_connection.h"

namespace quaymaster::store {

/// The reading connections. A read borrows the most recently used one (its pages and statements are warm) and returns
/// it, so there are as many as there were simultaneous reads, and at most kIdleReaders when idle. Connections are not
/// bound to threads: threads may come and go. Thread-safe.
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
