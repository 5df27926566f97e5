#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "http/task.h"

namespace quaymaster::http {

/// Runs tasks to completion for callers that are not connections, each on its own event loop. The loops live as long as
/// this object, which must outlive the pools to which tasks hand work: a pool thread may still be waking a loop whose
/// task has ended. Thread-safe.
class Loops {
 public:
  /// `work()` makes the task; its exceptions are rethrown here.
  template <class Work>
  void run(Work& work) {
    auto loop = take();
    std::exception_ptr thrown;
    boost::asio::co_spawn(*loop, work(), [&thrown](const std::exception_ptr& what) { thrown = what; });
    loop->run();
    loop->restart();
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(loop));
    }
    if (thrown) {
      std::rethrow_exception(thrown);
    }
  }

 private:
  std::unique_ptr<boost::asio::io_context> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) {
      return std::make_unique<boost::asio::io_context>(1);
    }
    auto loop = std::move(idle_.back());
    idle_.pop_back();
    return loop;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<boost::asio::io_context>> idle_;
};

}  // namespace quaymaster::http
