#include "standin/gate.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "http/pause.h"

namespace quaymaster::standin {
namespace {

using std::chrono::milliseconds;

class Text final : public http::Source {
 public:
  http::Task<Result<Bytes>> next() override { co_return Bytes{}; }
};

/// Answers its name after a delay, with a streamed body for "/stream".
class Named final : public http::Handler {
 public:
  explicit Named(std::string name) : name_(std::move(name)) {}
  http::Task<http::Reply> handle(http::Request& request, http::Body&) override {
    http::Reply reply;
    if (request.raw_path == "/slow") {
      co_await http::pause(milliseconds{30});
    }
    if (request.raw_path == "/stream") {
      reply.source = std::make_unique<Text>();
    }
    reply.body = name_;
    co_return reply;
  }
  http::Reply refuse(const http::Request&, int status, std::string_view) override {
    http::Reply reply;
    reply.status = status;
    reply.body = name_;
    return reply;
  }

 private:
  const std::string name_;
};

class NoBody final : public http::Body {
 public:
  http::Task<Result<Bytes>> next() override { co_return Bytes{}; }
};

class GateTest : public testing::Test {
 protected:
  GateTest() { gate_.open({&one_, &one_, &one_}); }
  http::Reply ask(const std::string& path) {
    http::Request request;
    request.raw_path = path;
    NoBody body;
    http::Reply reply;
    boost::asio::io_context context;
    auto work = [&]() -> http::Task<> { reply = co_await gate_.fronts().arm->handle(request, body); };
    boost::asio::co_spawn(context, work(), [](const std::exception_ptr& thrown) { ASSERT_EQ(thrown, nullptr); });
    context.run();
    return reply;
  }

  Named one_{"one"};
  Named two_{"two"};
  Gate gate_;
};

TEST_F(GateTest, RequestsWhileItIsClosedGetTheNewFaces) {
  ASSERT_TRUE(gate_.close(milliseconds{0}));
  http::Reply reply;
  std::thread waiting([&] { reply = ask("/"); });
  EXPECT_EQ(gate_.fronts().arm->refuse({}, 400, "").body, "") << "nobody is there to say it";
  gate_.open({&two_, &two_, &two_});
  waiting.join();
  EXPECT_EQ(reply.body, "two");
  EXPECT_EQ(gate_.fronts().blob->refuse({}, 400, "").body, "two");
}

TEST_F(GateTest, RequestsInsideAreWaitedFor) {
  http::Reply reply;
  std::thread inside([&] { reply = ask("/slow"); });
  ASSERT_TRUE(gate_.close(std::chrono::minutes{1}));
  gate_.open({&two_, &two_, &two_});
  inside.join();
  EXPECT_TRUE(reply.body == "one" || reply.body == "two");
}

TEST_F(GateTest, AStreamingResponseIsInside) {
  auto reply = ask("/stream");
  const auto closed = gate_.close(milliseconds{1});
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().kind(), Errc::busy);
  EXPECT_EQ(ask("/").body, "one") << "open again";
  reply.source.reset();
  EXPECT_TRUE(gate_.close(milliseconds{1}));
}

}  // namespace
}  // namespace quaymaster::standin
