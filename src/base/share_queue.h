#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>

namespace quaymaster {

/// Work that waits, each for a share. Shares with work take turns, and the work of one share keeps its order: a caller
/// who queues thousands waits for their own, and others do not wait for them. Not thread-safe.
template <class Work>
class ShareQueue {
 public:
  using Share = std::uint64_t;

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  /// When it throws, `work` is as it was. In this order, so that running out of memory leaves a turn without work at
  /// worst.
  void push(Work& work, Share share) {
    auto& queue = queues_[share];
    if (queue.empty()) {
      turns_.push_back(share);
    }
    queue.push_back(std::move(work));
    ++size_;
  }

  /// Not of an empty queue.
  Work pop() {
    for (;;) {
      const auto share = turns_.front();
      turns_.pop_front();
      const auto found = queues_.find(share);
      if (found == queues_.end() || found->second.empty()) {
        continue;
      }
      auto& queue = found->second;
      auto work = std::move(queue.front());
      queue.pop_front();
      --size_;
      if (queue.empty()) {
        queues_.erase(found);
      } else {
        turns_.push_back(share);
      }
      return work;
    }
  }

 private:
  std::unordered_map<Share, std::deque<Work>> queues_;
  std::deque<Share> turns_;  // those in queues_, the next one first
  std::size_t size_ = 0;     // of all queues
};

}  // namespace quaymaster
