#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

#include "http/task.h"

namespace quaymaster::http {

/// Resumes here after `time` on the system clock; the thread serves other connections meanwhile.
inline Task<> pause(std::chrono::milliseconds time) {
  using Executor = boost::asio::io_context::executor_type;
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  Timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_after(time);
  co_await timer.async_wait(boost::asio::use_awaitable_t<Executor>{});
}

}  // namespace quaymaster::http
