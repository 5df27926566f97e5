#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/caught.h"
#include "base/result.h"

namespace quaymaster::workload {

/// A sequence of work units that several threads process.
class Line {
 public:
  virtual ~Line() = default;
  /// Takes one unit and processes it; false: none is available now. Does not throw.
  virtual bool step() = 0;
  /// No unit is left or being processed.
  virtual bool over() = 0;
};

/// Threads that process the units of a line until it is over. A unit may run its own line on the same workers: idle
/// threads help with the newest line first, so that one huge file among small ones does not leave the other threads
/// idle.
class WorkerPool {
 public:
  /// `threads`: includes the one that calls run. 0: one per core, at most eight.
  explicit WorkerPool(std::size_t threads);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  std::size_t threads() const { return helpers_.size() + 1; }
  /// Returns when the line is over. May be called from any thread.
  void run(Line& line);

 private:
  struct Running {
    Line* line;
    std::size_t inside = 0;  // number of threads in its step
    bool leaving = false;
  };
  bool step_newest(std::unique_lock<std::mutex>& lock, std::size_t from);
  void help();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Running>> lines_;
  std::uint64_t changes_ = 0;
  bool ending_ = false;
  std::vector<std::thread> helpers_;
};

/// Jobs are created one at a time in order (`next`, false at the end), processed on all threads (`work`), and delivered
/// one at a time in that order (`deliver`). At most `window` jobs exist between creation and delivery, so memory is
/// bounded. The first error, or exception, ends the line and is its result.
template <class Job, class Out>
class OrderedLine final : public Line {
 public:
  using Next = std::function<Result<bool>(Job&)>;
  using Work = std::function<Result<Out>(Job&)>;
  using Deliver = std::function<Result<>(Out&)>;
  OrderedLine(std::size_t window, Next next, Work work, Deliver deliver)
      : window_(window), next_(std::move(next)), work_(std::move(work)), deliver_(std::move(deliver)) {}

  Result<> run(WorkerPool& workers) {
    workers.run(*this);
    if (error_) {
      return std::move(*error_);
    }
    return ok();
  }

  bool step() override {
    std::unique_lock lock(mutex_);
    if (ended_ || error_ || taken_ - delivered_ >= window_) {
      return false;
    }
    Job job;
    auto more = caught([&] { return next_(job); });  // under the lock: one at a time, and numbered in that order
    if (!more || !more.value()) {
      ended_ = true;
      if (!more) {
        error_ = std::move(more).error();
      }
      return true;
    }
    const auto number = taken_++;
    lock.unlock();
    auto out = caught([&] { return work_(job); });
    job = Job();
    lock.lock();
    ++finished_;
    if (!out) {
      if (!error_) {
        error_ = std::move(out).error();
      }
      return true;
    }
    ready_.emplace(number, std::move(out).value());
    deliver_ready(lock);
    return true;
  }

  bool over() override {
    const std::lock_guard lock(mutex_);
    return (ended_ || error_) && finished_ == taken_ && !delivering_ && (error_ || delivered_ == taken_);
  }

 private:
  void deliver_ready(std::unique_lock<std::mutex>& lock) {
    if (delivering_) {
      return;  // the thread that processes it will find it
    }
    delivering_ = true;
    while (!error_ && !ready_.empty() && ready_.begin()->first == delivered_) {
      auto out = std::move(ready_.extract(ready_.begin()).mapped());
      lock.unlock();
      auto delivered = caught([&] { return deliver_(out); });
      lock.lock();
      ++delivered_;
      if (!delivered && !error_) {
        error_ = std::move(delivered).error();
      }
    }
    delivering_ = false;
  }

  const std::size_t window_;
  const Next next_;
  const Work work_;
  const Deliver deliver_;
  std::mutex mutex_;
  std::uint64_t taken_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t delivered_ = 0;
  bool ended_ = false;
  bool delivering_ = false;
  std::map<std::uint64_t, Out> ready_;
  std::optional<Error> error_;
};

}  // namespace quaymaster::workload
