#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <string_view>
#include <type_traits>

#include "base/thread_pool.h"
#include "http/task.h"

namespace quaymaster::http {

/// The share of the pool for all work of one client: its authenticated name, else its address.
inline ThreadPool::Share share_of(std::string_view client) {
  return std::hash<std::string_view>{}(client);
}

/// Runs `work()` on the pool and resumes here with its result. A hop costs 10 to 14 µs: use it for what blocks (fsync,
/// commit, megabytes), not for every handler. `work` is taken by reference: build it on the line above the `co_await`
/// (g++ 12 destroys captures of a lambda inside the operand twice); it may hold references to locals. Exceptions thrown
/// by it are rethrown here. When the pool's queue is full the work runs here and slows the connection down: that is the
/// back-pressure.
template <class Work>
Task<std::invoke_result_t<Work&>> offload(ThreadPool& pool, Work& work, ThreadPool::Share share = 0) {
  using Answer = std::invoke_result_t<Work&>;
  const auto executor = co_await boost::asio::this_coro::executor;
  std::optional<Answer> answer;
  std::exception_ptr thrown;
  auto initiate = [&](auto handler) {
    ThreadPool::Work job = [&work, &answer, &thrown, executor, handler = std::move(handler)]() mutable {
      try {
        answer.emplace(work());
      } catch (...) {
        thrown = std::current_exception();
      }
      boost::asio::post(executor, std::move(handler));
    };
    if (!pool.try_post(job, share)) {
      job();
    }
  };
  const auto token = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>{};
  co_await boost::asio::async_initiate<decltype(token), void()>(initiate, token);
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  co_return std::move(*answer);
}

}  // namespace quaymaster::http
