#include "blob/extents/extent.h"

namespace quaymaster::blob {

Result<Extent::Mark> Extent::write(Bytes bytes, std::uint64_t position) {
  TRY(writer_->write_at(bytes, position));
  const std::lock_guard lock(mutex_);
  return ++written_;
}

Result<> Extent::sync(Mark mark) {
  std::unique_lock lock(mutex_);
  while (synced_ < mark) {
    if (failure_) {
      return *failure_;
    }
    if (syncing_) {
      synced_one_.wait(lock);
      continue;
    }
    syncing_ = true;
    const auto covered = written_;
    lock.unlock();
    auto result = writer_->sync();
    lock.lock();
    syncing_ = false;
    if (result) {
      synced_ = covered;
    } else {
      failure_ = result.error();
    }
    synced_one_.notify_all();
  }
  return ok();
}

bool Extent::syncing() const {
  const std::lock_guard lock(mutex_);
  return syncing_;
}

bool Extent::broken() const {
  const std::lock_guard lock(mutex_);
  return failure_.has_value();
}

}  // namespace quaymaster::blob
