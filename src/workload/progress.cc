#include "workload/progress.h"

namespace quaymaster::workload {
namespace {

constexpr std::uint64_t kBytesAStep = 4 << 20;
constexpr std::uint64_t kItemsAStep = 256;

}  // namespace

void Warnings::add(std::string item, Errc kind, std::string what) {
  const std::lock_guard lock(mutex_);
  ++count_;
  if (listed_.size() < kMostListed) {
    listed_.push_back({std::move(item), kind, std::move(what)});
  }
}

std::uint64_t Warnings::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<Warning> Warnings::listed() const {
  const std::lock_guard lock(mutex_);
  return listed_;
}

void Meter::expect(std::uint64_t bytes, std::uint64_t items) {
  bytes_total_.fetch_add(bytes, std::memory_order_relaxed);
  items_total_.fetch_add(items, std::memory_order_relaxed);
}

Result<> Meter::advance(std::uint64_t bytes, std::uint64_t items) {
  const auto all_bytes = bytes_done_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  const auto all_items = items_done_.fetch_add(items, std::memory_order_relaxed) + items;
  const auto steps = all_bytes / kBytesAStep + all_items / kItemsAStep;
  if (steps == reported_.load(std::memory_order_relaxed) && !stopped_) {
    return ok();
  }
  std::unique_lock lock(mutex_, std::defer_lock);
  if (stopped_) {
    lock.lock();
  } else if (!lock.try_lock()) {
    return ok();  // another thread is calling it
  }
  if (error_) {
    return *error_;
  }
  reported_ = steps;
  return tell();
}

Result<> Meter::stopped() {
  if (!stopped_) {
    return ok();
  }
  const std::lock_guard lock(mutex_);
  return *error_;
}

Result<> Meter::finish() {
  TRY(stopped());
  const std::lock_guard lock(mutex_);
  bytes_total_ = bytes_done_.load();
  items_total_ = items_done_.load();
  return tell();
}

Result<> Meter::tell() {
  if (!heartbeat_) {
    return ok();
  }
  Progress progress{bytes_done_, bytes_total_, items_done_, items_total_};
  // A total that is too small is not known yet.
  progress.bytes_total = progress.bytes_total == 0 ? 0 : std::max(progress.bytes_total, progress.bytes_done);
  progress.items_total = progress.items_total == 0 ? 0 : std::max(progress.items_total, progress.items_done);
  auto answer = heartbeat_(progress);
  if (!answer) {
    error_ = answer.error();
    stopped_ = true;
  }
  return answer;
}

}  // namespace quaymaster::workload
