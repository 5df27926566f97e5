#include "http/server/worker.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

#include "base/caught.h"

namespace quaymaster::http {

Worker::Worker(const Options& options, double sweep_seconds, std::atomic<std::size_t>& held)
    : options_(options), sweep_seconds_(sweep_seconds), held_(held) {}

void Worker::start() {
  boost::asio::co_spawn(context, sweep(), boost::asio::detached);
  thread_ = std::thread([this] {
    bool ended = false;
    while (!ended) {  // an exception from a completion affects only that completion
      contained([&] {
        context.run();
        ended = true;
      });
    }
  });
}

void Worker::request_drain(double limit_seconds) {
  boost::asio::post(context, [this, limit_seconds] {
    draining_ = true;
    drain_deadline_ = std::min(drain_deadline_, steady_seconds() + limit_seconds);
    for (Connection* connection : connections_) {
      if (connection->idle) {
        connection->cut();
      }
    }
    timer_.cancel();  // the sweep runs again, and ends when nothing is left to watch
  });
}

void Worker::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::list<Connection*>::iterator Worker::enter(Connection& connection) {
  connections_.push_front(&connection);
  return connections_.begin();
}

void Worker::leave(std::list<Connection*>::iterator connection) {
  connections_.erase(connection);
  if (draining_ && connections_.empty()) {
    timer_.cancel();
  }
}

Guid Worker::next_id() {
  Guid guid;
  if (random_used_ + guid.bytes.size() > random_.size()) {
    options_.random->fill(random_);
    random_used_ = 0;
  }
  std::copy_n(random_.begin() + static_cast<std::ptrdiff_t>(random_used_), guid.bytes.size(), guid.bytes.begin());
  random_used_ += guid.bytes.size();
  guid.bytes[6] = static_cast<std::uint8_t>((guid.bytes[6] & 0x0F) | 0x40);  // version 4, RFC 9562 section 5.4
  guid.bytes[8] = static_cast<std::uint8_t>((guid.bytes[8] & 0x3F) | 0x80);
  return guid;
}

const std::string& Worker::date(Time now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (second != date_second_) {
    date_second_ = second;
    date_ = format_http_date(now);
  }
  return date_;
}

Task<> Worker::sweep() {
  const auto period =
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(sweep_seconds_));
  const auto token = boost::asio::as_tuple(boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>{});
  while (!draining_ || !connections_.empty()) {
    timer_.expires_after(period);
    co_await timer_.async_wait(token);
    const double now = steady_seconds();
    const bool cut_all = now >= drain_deadline_;
    for (Connection* connection : connections_) {
      if (cut_all || now >= connection->deadline) {
        connection->cut();
      }
    }
  }
}

}  // namespace quaymaster::http
