#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "base/share_queue.h"
#include "base/unique_function.h"
#include "http/task.h"

namespace quaymaster::http {

/// The requests of one thread that are ready to be worked on there. Cheap ones go on one after the other, but after
/// kStretch the thread looks at its sockets again, so that a request that has just come takes its turn among those that
/// came before.
class Turns final : public boost::asio::execution_context::service {
 public:
  using key_type = Turns;
  using Work = UniqueFunction<void()>;
  using Share = ShareQueue<Work>::Share;
  inline static boost::asio::execution_context::id id;

  explicit Turns(boost::asio::execution_context& context)
      : service(context), context_(static_cast<boost::asio::io_context&>(context)) {}

  double (*now)() = &steady_seconds;  // tests put another in its place

  void add(Work work, Share share) {
    waiting_.push(work, share);
    plan();
  }

 private:
  void shutdown() override { waiting_ = {}; }

  void plan() {
    if (!planned_ && !waiting_.empty()) {
      boost::asio::post(context_, [this] { take_some(); });
      planned_ = true;
    }
  }

  void take_some() {
    planned_ = false;
    const double until = now() + kStretch;
    while (!waiting_.empty()) {  // may be, when the run before took all
      auto work = waiting_.pop();
      plan();  // before the work, which may throw
      work();
      if (now() >= until) {
        break;
      }
    }
  }

  static constexpr double kStretch = 0.0002;  // a look at the sockets costs a tenth of a cheap request

  boost::asio::io_context& context_;
  ShareQueue<Work> waiting_;
  bool planned_ = false;
};

/// Resumes here when it is the turn of `share` on this thread. For work that stays on a connection's thread and may
/// take longer than a hop: with it a client with many connections waits for its own requests, and others do not.
inline Task<> turn(Turns::Share share) {
  const auto executor = co_await boost::asio::this_coro::executor;
  auto& turns = boost::asio::use_service<Turns>(executor.context());
  auto initiate = [&](auto handler) {
    Turns::Work work = [handler = std::move(handler)]() mutable { std::move(handler)(); };
    turns.add(std::move(work), share);
  };
  const auto token = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>{};
  co_await boost::asio::async_initiate<decltype(token), void()>(initiate, token);
}

}  // namespace quaymaster::http
