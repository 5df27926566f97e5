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
  has_room_.wait(lock, [this] { return queue_.size() < bound_; });
  queue_.push(work, 0);
  lock.unlock();
  has_work_.notify_one();
}

bool ThreadPool::try_post(Work& work, Share share) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= bound_) {
      return false;
    }
    queue_.push(work, share);
  }
  has_work_.notify_one();
  return true;
}

void ThreadPool::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    has_work_.wait(lock, [this] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) {
      return;
    }
    auto work = queue_.pop();
    lock.unlock();
    has_room_.notify_one();
    contained(work);
  }
}

}  // namespace quaymaster
