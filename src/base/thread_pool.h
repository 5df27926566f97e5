#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/share_queue.h"
#include "base/unique_function.h"

namespace quaymaster {

/// A fixed number of threads and a queue with a bound. `post` blocks while the queue is full, so a producer cannot
/// outrun the threads. Work belongs to a share, and shares take turns (ShareQueue). Work that throws is logged; a
/// caller who waits for it must catch what it throws (caught.h), or waits forever. Thread-safe.
class ThreadPool {
 public:
  using Work = UniqueFunction<void()>;
  using Share = ShareQueue<Work>::Share;
  ThreadPool(std::string name, std::size_t threads, std::size_t queue_bound = 1024);
  ~ThreadPool();  // calls end()
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs the queued work and joins the threads; nothing may be posted after that. For owners whose work refers to
  /// objects that are destroyed before the pool. May be called again.
  void end();

  void post(Work work);
  /// False, with nothing queued, when the queue is full: for callers that must not block (network threads).
  bool try_post(Work& work, Share share = 0);
  std::size_t threads() const { return threads_.size(); }

 private:
  void run();

  const std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_room_;
  ShareQueue<Work> queue_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace quaymaster
