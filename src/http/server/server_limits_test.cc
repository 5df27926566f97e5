// How the server treats peers that are slow, many or greedy.
#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "testing/http/server_fixture.h"

namespace quaymaster::http {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, LimitsHeadAndUrl) {
  start();
  const auto get = [this](std::size_t url, std::size_t field) {
    auto client = this->client();
    client.send(
        fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", std::string(url, 'u'), std::string(field, 'f')));
    client.end_sending();
    return client.until_closed().substr(0, 12);
  };
  EXPECT_EQ(get(16 * kKiB - 1, 0), "HTTP/1.1 200");
  EXPECT_EQ(get(16 * kKiB, 0), "HTTP/1.1 414");
  EXPECT_EQ(get(0, 31 * kKiB), "HTTP/1.1 200");
  EXPECT_EQ(get(0, 33 * kKiB), "HTTP/1.1 431");
}

TEST_F(ServerTest, CutsPeersThatAreTooSlow) {
  Timeouts timeouts;
  timeouts.idle = timeouts.head = timeouts.read = timeouts.write = timeouts.drop = 60ms;
  start(timeouts);
  auto silent = client();
  EXPECT_TRUE(silent.closed());
  auto slow_head = client();
  slow_head.send("GET / HTTP/1.1\r\nHo");
  EXPECT_TRUE(slow_head.closed());
  auto slow_body = client();
  slow_body.send("PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  slow_body.until_closed();
  auto idle = client();
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  idle.answer();
  EXPECT_TRUE(idle.closed());
  auto slow_reader = client();
  slow_reader.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto lines = watcher_.lines(3);  // until the server has given up
  EXPECT_LT(slow_reader.until_closed().size(), 2 * kMiB) << "the system is not given what nobody takes";
  EXPECT_EQ(lines.back(), "/big 200 in=0 the peer disconnected or took too long");
}

TEST_F(ServerTest, AtTheLimitOfConnectionsAnIdleOneIsClosed) {
  Limits limits;
  limits.connections = 1;
  start({}, limits);
  auto first = client();
  first.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  first.answer();
  auto second = client();
  second.send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(second.answer().ends_with("GET /2"));
  EXPECT_TRUE(first.closed());
}

TEST_F(ServerTest, WhenAllAreAtWorkOnlyWhatIsVitalIsAnswered) {
  for (const bool share : {false, true}) {
    TestHandler handler;
    Limits limits;
    limits.connections = share ? 10 : 1;
    limits.per_address = 1;
    Options options;
    options.threads = 2;
    options.limits = limits;
    options.clock = &clock_;
    options.random = &random_;
    Listener listener;
    listener.handler = &handler;
    server_ = Server::start(options, {listener, listener}).value();
    auto working = client();
    working.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    handler.asked.wait();
    auto vital = client();
    vital.send("GET /vital HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(vital.until_closed().ends_with("GET /vital"));
    auto other = client();
    other.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(other.until_closed().starts_with("HTTP/1.1 503 "));
    RawClient of_the_other_port(server_->port(1));
    of_the_other_port.send("GET /other HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(of_the_other_port.answer().ends_with("GET /other"));
    handler.released.count_down();
    EXPECT_TRUE(working.answer().ends_with("waited"));
    server_->drain(0s);
  }
}

/// Sends a byte whenever 5 ms have passed without an answer, until the peer closes.
void dribble(RawClient& client) {
  ::pollfd waits{client.descriptor(), POLLIN, 0};
  while (::poll(&waits, 1, 5) == 0 && client.send("x")) {
  }
}

TEST_F(ServerTest, ABodyThatDribblesHasOneDeadline) {
  Timeouts timeouts;
  timeouts.body = 60ms;
  start(timeouts);
  for (const std::string_view framing : {"Content-Length: 60000", "Transfer-Encoding: chunked"}) {
    auto client = this->client();
    client.send(fmt::format("PUT /echo HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n", framing));
    if (framing.ends_with("chunked")) {
      client.send("ffff\r\n");
    }
    dribble(client);
    client.until_closed();
  }
  EXPECT_EQ(watcher_.lines(2).size(), 2);
}

TEST_F(ServerTest, BodiesThatAreKeptHaveABudgetTogether) {
  Limits limits;
  limits.held_bytes = kMiB;
  start({}, limits);
  const std::string head = "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: ";
  auto half = client();
  half.send(fmt::format("{}{}\r\n\r\n{}", head, kMiB, std::string(kMiB - 1, 'x')));
  auto other = client();
  std::string refused;
  do {  // until the bytes of the first one have been taken
    other = client();
    other.send(fmt::format("{}{}\r\n\r\n{}", head, 128 * kKiB, std::string(128 * kKiB, 'y')));
    refused = other.answer();
  } while (refused.starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
  auto small = client();
  small.send(fmt::format("{}{}\r\n\r\n{}", head, 64 * kKiB, std::string(64 * kKiB, 'z')));
  EXPECT_TRUE(small.answer().starts_with("HTTP/1.1 200 ")) << "small ones are free";
  half.send("x");
  EXPECT_TRUE(half.answer().starts_with("HTTP/1.1 200 "));
  auto next = client();
  next.send(fmt::format("{}{}\r\n\r\n{}", head, kMiB, std::string(kMiB, 'x')));
  EXPECT_TRUE(next.answer().starts_with("HTTP/1.1 200 ")) << "what was held is given back";
}

}  // namespace
}  // namespace quaymaster::http
