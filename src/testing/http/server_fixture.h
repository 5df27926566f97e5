#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/thread_pool.h"
#include "http/offload.h"
#include "http/server/server.h"
#include "testing/base/manual_clock.h"
#include "testing/http/raw_client.h"

/// Shared by the tests of the server.
namespace quaymaster::http {

/// Yields `pieces` of three bytes, then ends or fails.
class Pieces final : public Source {
 public:
  Pieces(int pieces, bool fail, bool thrown) : left_(pieces), fail_(fail), throw_(thrown) {}
  Task<Result<Bytes>> next() override {
    if (left_ == 0) {
      if (throw_) {
        throw std::runtime_error("surprise");
      }
      if (fail_) {
        co_return io("the disk is gone");
      }
      co_return Bytes{};
    }
    --left_;
    co_return as_bytes("abc");
  }

 private:
  int left_;
  bool fail_;
  bool throw_;
};

class TestHandler final : public Handler {
 public:
  Task<Reply> handle(Request& request, Body& body) override {
    Reply reply;
    if (request.raw_path == "/echo") {
      auto text = co_await read_all(body, 10 * kMiB);
      if (text) {
        reply.body = std::move(text).value();
      } else {
        reply.status = text.error().kind() == Errc::invalid ? 400 : text.error().kind() == Errc::busy ? 503 : 500;
        reply.cause = text.error().cause();
      }
    } else if (request.raw_path == "/count") {
      std::uint64_t size = 0;
      while (true) {
        const auto bytes = co_await body.next();
        if (!bytes || bytes.value().empty()) {
          break;
        }
        size += bytes.value().size();
      }
      reply.body = std::to_string(size);
    } else if (request.raw_path == "/refuse") {
      reply.status = 403;
      reply.cause = "not today";
      reply.body = "no";
    } else if (request.raw_path == "/pieces") {
      const auto count = request.parameter("n");
      reply.source =
          std::make_unique<Pieces>(std::stoi(std::string(count.value_or("3"))), request.parameter("fail").has_value(),
                                   request.parameter("throw").has_value());
      if (const auto length = request.parameter("length")) {
        reply.length = std::stoul(std::string(*length));
      }
    } else if (request.raw_path == "/throw") {
      throw std::runtime_error("surprise");
    } else if (request.raw_path == "/throw-on-the-pool") {
      auto work = []() -> bool { throw std::runtime_error("surprise"); };
      co_await offload(pool, work);
    } else if (request.raw_path == "/no-memory-on-the-pool") {
      auto work = []() -> bool { throw std::bad_alloc(); };
      co_await offload(pool, work);
    } else if (request.raw_path == "/big") {
      reply.body.assign(8 * kMiB, 'x');
    } else if (request.raw_path == "/wait") {
      auto work = [this] {
        asked.count_down();
        released.wait();
        return true;
      };
      co_await offload(pool, work);
      reply.body = "waited";
    } else {
      reply.body = request.method_text + " " + request.raw_path;
    }
    co_return reply;
  }
  bool is_vital(const Request& request) const override { return request.raw_path == "/vital"; }

  std::latch asked{1};
  std::latch released{1};
  ThreadPool pool{"test", 1};
};

class Watcher final : public Observer {
 public:
  void answered(const Request& request, const Exchange& exchange) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(fmt::format("{} {} in={} {}{}", request.raw_path, exchange.status, exchange.bytes_in,
                                 exchange.cause, exchange.failure));
    more_.notify_all();
  }
  /// Waits until this many requests were answered: a client may see the end of one before the server has reported it.
  std::vector<std::string> lines(std::size_t count) {
    std::unique_lock lock(mutex_);
    more_.wait(lock, [&] { return lines_.size() >= count; });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<std::string> lines_;
};

class ServerTest : public testing::Test {
 protected:
  void start(Timeouts timeouts = {}, Limits limits = {}, std::size_t threads = 2) {
    Options options;
    options.threads = threads;
    options.timeouts = timeouts;
    options.limits = limits;
    options.clock = &clock_;
    options.random = &random_;
    Listener listener;
    listener.handler = &handler_;
    listener.observer = &watcher_;
    auto started = Server::start(options, {listener});
    ASSERT_TRUE(started) << started.error().cause();
    server_ = std::move(started).value();
  }
  RawClient client() { return RawClient(server_->port(0)); }

  ManualClock clock_{parse_time("2026-11-23T05:29:30Z").value()};
  SystemRandom random_;
  TestHandler handler_;
  Watcher watcher_;
  std::unique_ptr<Server> server_;
};

}  // namespace quaymaster::http
