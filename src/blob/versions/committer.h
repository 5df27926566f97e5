#pragma once

#include <mutex>
#include <vector>

#include "blob/versions/upload.h"
#include "store/database.h"

namespace quaymaster::blob {

/// Commits contents for many callers at once: bytes first, then the records that point to them. The first caller leads:
/// it syncs for all waiting callers and submits their changes together, repeatedly until its own change is durable, and
/// then passes the lead to a waiting caller. So a caller sleeps once, and the database gets large groups. Thread-safe.
class Committer {
 public:
  explicit Committer(store::Database& database) : database_(database) {}

  /// Makes `content` durable, then `change`. If the first fails, the second is not attempted.
  Result<> commit(const StoredContent& content, store::Database::Change change);

 private:
  struct Waiting;
  void lead(Waiting& self);

  store::Database& database_;
  std::mutex mutex_;
  std::vector<Waiting*> queue_;
  bool led_ = false;  // there is a leader, or one has been chosen
};

}  // namespace quaymaster::blob
