#include "base/thread_pool.h"

#include <pthread.h>

#include "base/caught.h"

namespace quaymaster {

ThreadPool::ThreadPool(std::string name, std::size_t threads, std::size_t queue_bound) : bound_(queue_bound) {
  name.resize(std::min<std::size_t>(name.size(), 15));  // the kernel's limit
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, name] {
      pthread_setname_np(pthread_self(), name.c_str());
      run();
    });
  }
}

ThreadPool::~ThreadPool() {
  end();
}

void ThreadPool::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  has_work_.notify_all();
  for (auto& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void ThreadPool::post(Work work) {
  std::unique_lock lock(mutex_);
  has_room_.wait(lock, [this] { return size_ < bound_; });
  push(work, 0);
  lock.unlock();
  has_work_.notify_one();
}

bool ThreadPool::try_post(Work& work, Share share) {
  {
    const std::lock_guard lock(mutex_);
    if (size_ >= bound_) {
      return false;
    }
    push(work, share);
  }
  has_work_.notify_one();
  return true;
}

/// In this order, so that running out of memory leaves a turn without work at worst.
void ThreadPool::push(Work& work, Share share) {
  auto& queue = queues_[share];
  if (queue.empty()) {
    turns_.push_back(share);
  }
  queue.push_back(std::move(work));
  ++size_;
}

ThreadPool::Work ThreadPool::pop() {
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

void ThreadPool::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    has_work_.wait(lock, [this] { return ending_ || size_ > 0; });
    if (size_ == 0) {
      return;
    }
    auto work = pop();
    lock.unlock();
    has_room_.notify_one();
    contained(work);
  }
}

}  // namespace quaymaster
