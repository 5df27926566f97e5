#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <limits>
#include <list>
#include <string>
#include <thread>

#include "http/server/server.h"

namespace quaymaster::http {

/// One open connection as its thread sees it.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Closes the socket; pending operations on it fail.
  virtual void cut() = 0;

  static constexpr double kNever = std::numeric_limits<double>::infinity();
  double deadline = kNever;  // on steady_seconds(); the sweep cuts connections that are past it
  bool idle = false;         // waits for the first byte of a head, so closing it loses nothing
};

/// One thread with its event loop and its connections. Everything except `context`, `start`, `request_drain` and `join`
/// is called on the thread itself. One sweep per thread checks all deadlines instead of one timer per operation:
/// setting and cancelling a timer for every read and write costs more than the request.
class Worker {
 public:
  /// `held`: how much memory all requests of the server hold for their bodies, out of Limits::held_bytes.
  Worker(const Options& options, double sweep_seconds, std::atomic<std::size_t>& held);

  void start();
  void request_drain(double limit_seconds);
  void join();

  const Options& options() const { return options_; }
  std::atomic<std::size_t>& held() { return held_; }
  bool draining() const { return draining_; }
  std::list<Connection*>::iterator enter(Connection& connection);
  void leave(std::list<Connection*>::iterator connection);
  Guid next_id();
  const std::string& date(Time now);

  boost::asio::io_context context{1};

 private:
  Task<> sweep();

  const Options& options_;
  const double sweep_seconds_;
  std::atomic<std::size_t>& held_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      timer_{context};
  std::list<Connection*> connections_;
  bool draining_ = false;
  double drain_deadline_ = Connection::kNever;
  std::array<std::uint8_t, 4096>
      random_{};  // the system's generator costs a microsecond per call, so bytes are fetched in bulk
  std::size_t random_used_ = sizeof random_;
  std::int64_t date_second_ = -1;
  std::string date_;
  std::thread thread_;
};

}  // namespace quaymaster::http
