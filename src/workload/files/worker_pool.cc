#include "workload/files/worker_pool.h"

#include <pthread.h>

#include <algorithm>

namespace quaymaster::workload {
namespace {

constexpr std::size_t kMostThreads = 8;  // each holds a few megabytes; more threads would only wait for the sealers

}  // namespace

WorkerPool::WorkerPool(std::size_t threads) {
  if (threads == 0) {
    threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  }
  for (std::size_t i = 1; i < threads; ++i) {
    helpers_.emplace_back([this] {
      pthread_setname_np(pthread_self(), "workload");
      help();
    });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& helper : helpers_) {
    helper.join();
  }
}

bool WorkerPool::step_newest(std::unique_lock<std::mutex>& lock, std::size_t from) {
  for (auto at = lines_.size(); at > from; --at) {
    auto* running = lines_[at - 1].get();
    if (running->leaving) {
      continue;
    }
    ++running->inside;
    lock.unlock();
    const bool done = running->line->step();
    lock.lock();
    --running->inside;
    if (done || running->leaving) {
      ++changes_;
      changed_.notify_all();
    }
    if (done) {
      return true;
    }
    at = std::min(at, lines_.size() + 1);  // the list of lines may have changed
  }
  return false;
}

void WorkerPool::help() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto seen = changes_;
    if (!step_newest(lock, 0)) {
      changed_.wait(lock, [&] { return ending_ || changes_ != seen; });
    }
  }
}

void WorkerPool::run(Line& line) {
  std::unique_lock lock(mutex_);
  auto* const own = lines_.emplace_back(std::make_unique<Running>(Running{&line})).get();
  ++changes_;
  changed_.notify_all();
  for (;;) {
    const auto seen = changes_;
    // Only its own line and newer ones: an older one could occupy it long after its own is over.
    const auto place = std::ranges::find(lines_, own, [](const auto& running) { return running.get(); });
    if (step_newest(lock, static_cast<std::size_t>(place - lines_.begin()))) {
      continue;
    }
    lock.unlock();
    const bool over = line.over();
    lock.lock();
    if (over) {
      break;
    }
    changed_.wait(lock, [&] { return changes_ != seen; });
  }
  own->leaving = true;
  changed_.wait(lock, [&] { return own->inside == 0; });
  std::erase_if(lines_, [own](const auto& running) { return running.get() == own; });
  ++changes_;  // makes other threads recompute their positions in the list
  changed_.notify_all();
}

}  // namespace quaymaster::workload
