#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace quaymaster::drive {

/// A bounded queue between two stages that run on different threads. Thread-safe.
template <class T>
class Channel {
 public:
  explicit Channel(std::size_t bound) : bound_(bound) {}

  /// Waits for room. False, with nothing queued, once the reader has stopped.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [&] { return abandoned_ || queue_.size() < bound_; });
    if (abandoned_) {
      return false;
    }
    queue_.push_back(std::move(value));
    has_work_.notify_one();
    return true;
  }

  /// Waits for items and returns at least one and at most `most`. Empty at the end.
  std::vector<T> pop(std::size_t most) {
    std::unique_lock lock(mutex_);
    has_work_.wait(lock, [&] { return ended_ || abandoned_ || !queue_.empty(); });
    std::vector<T> taken;
    if (abandoned_) {
      return taken;
    }
    while (!queue_.empty() && taken.size() < most) {
      taken.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    has_room_.notify_all();
    return taken;
  }
  std::optional<T> pop() {
    auto taken = pop(1);
    if (taken.empty()) {
      return std::nullopt;
    }
    return std::move(taken.front());
  }

  /// Ends the queue; items already queued are still delivered.
  void end() {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    has_work_.notify_all();
  }
  /// Stops both sides at once; drops queued items.
  void abandon() {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    queue_.clear();
    has_work_.notify_all();
    has_room_.notify_all();
  }

 private:
  const std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_room_;
  std::deque<T> queue_;
  bool ended_ = false;
  bool abandoned_ = false;
};

}  // namespace quaymaster::drive
