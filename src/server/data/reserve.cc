#include "server/data/reserve.h"

#include <algorithm>

#include "base/log.h"

namespace quaymaster::server {

Reserve::Reserve(Disk& disk, Path directory, std::size_t most)
    : disk_(disk), directory_(std::move(directory)), most_(most) {
  for (std::size_t number = 0; number < most_; ++number) {
    const auto there = disk_.status(file(number));
    if (there && there.value().size == kSlice) {
      slices_.insert(number);
    }
  }
}

void Reserve::make_room() {
  if (slices() == 0) {
    return;
  }
  const auto is_short = [&] {
    const auto free = disk_.free_bytes(directory_.parent_path());
    return free && free.value() < kLow;
  };
  if (!is_short()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  while (!slices_.empty() && is_short()) {
    const auto number = *slices_.rbegin();
    slices_.erase(number);
    if (const auto removed = disk_.remove(file(number)); !removed) {
      log::warning("server", "a slice of the reserve cannot be removed: {}", removed.error().cause());
      continue;
    }
    log::warning("server", "the disk of {} is full: {} of {} slices of the reserve are left; free space on it",
                 directory_.parent_path().native(), slices_.size(), most_);
  }
}

void Reserve::restore(const Space& space) {
  const std::lock_guard lock(mutex_);
  for (std::size_t number = 0; number < most_; ++number) {
    if (slices_.contains(number)) {
      continue;
    }
    const auto free = space.free_bytes();
    if (!free || free.value() < space.floor() + 2 * kSlice) {
      return;
    }
    if (const auto made = make_slice(number); !made) {
      log::warning("server", "the reserve cannot be created: {}", made.error().cause());
      static_cast<void>(disk_.remove(file(number)));
      return;
    }
    slices_.insert(number);
  }
}

/// The size is set last: a file of this size is complete, even after a crash.
Result<> Reserve::make_slice(std::size_t number) {
  TRY(disk_.make_directories(directory_));
  TRY(const auto slice, disk_.open(file(number), OpenMode::create));
  TRY(slice->reserve(0, kSlice));
  TRY(slice->truncate(kSlice));
  TRY(slice->sync());
  return disk_.sync_directory(directory_);
}

std::size_t Reserve::slices() const {
  const std::lock_guard lock(mutex_);
  return slices_.size();
}

std::size_t Reserve::most_of(std::uint64_t total) {
  return static_cast<std::size_t>(std::min<std::uint64_t>(8, total / 16 / kSlice));
}

}  // namespace quaymaster::server
