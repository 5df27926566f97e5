#pragma once

#include <mutex>
#include <vector>

#include "blob/versions/upload.h"
#include "store/database.h"

namespace quaymaster::blob {

/// Bytes first, then the record that points to them, for many callers at once. Whoever comes first leads: it syncs for
/// all who have come and submits their changes together, over and over until its own is durable, and then hands the
/// lead to one who waits. So a caller sleeps once, and the database finds large groups. Thread-safe.
class Committer {
 public:
  explicit Committer(store::Database& database) : database_(database) {}

  /// Makes `content` durable, then `change`. When the first fails, the second is not tried.
  Result<> commit(const StoredContent& content, store::Database::Change change);

 private:
  struct Waiting;
  void lead(Waiting& self);

  store::Database& database_;
  std::mutex mutex_;
  std::vector<Waiting*> queue_;
  bool led_ = false;  // somebody leads, or has been told to
};

}  // namespace quaymaster::blob
