#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/unique_function.h"

namespace quaymaster {

/// A fixed number of threads and a queue with a bound. `post` blocks while the queue is full, so a producer can not
/// outrun the threads. Work belongs to a share, and shares with work take turns: whoever queues thousands waits for
/// their own, and others do not wait for them. Work that throws is logged; whoever waits for it must catch what it
/// throws (caught.h), or waits forever. Thread-safe.
class ThreadPool {
 public:
  using Work = UniqueFunction<void()>;
  using Share = std::uint64_t;
  ThreadPool(std::string name, std::size_t threads, std::size_t queue_bound = 1024);
  ~ThreadPool();  // ends it
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs what is queued and joins the threads. Nothing may be posted from then on. For owners whose work refers to
  /// something that goes before the pool does; may be called again.
  void end();

  void post(Work work);
  /// False, and nothing queued, when the queue is full: for callers that must not block (network threads).
  bool try_post(Work& work, Share share = 0);
  std::size_t threads() const { return threads_.size(); }

 private:
  void run();
  void push(Work& work, Share share);
  Work pop();

  const std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_room_;
  std::unordered_map<Share, std::deque<Work>> queues_;
  std::deque<Share> turns_;  // those in queues_, the next one first
  std::size_t size_ = 0;     // of all queues
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace quaymaster
