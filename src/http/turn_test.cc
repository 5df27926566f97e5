#include "http/turn.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <memory>
#include <string>

namespace quaymaster::http {
namespace {

namespace asio = boost::asio;
using Socket = asio::basic_stream_socket<asio::local::stream_protocol, asio::io_context::executor_type>;

class TurnTest : public testing::Test {
 protected:
  void request(char name, Turns::Share share) {
    auto work = [this, name, share]() -> Task<> {
      co_await turn(share);
      order_ += name;
    };
    spawn(std::move(work));
  }
  template <class Work>
  void spawn(Work work) {
    asio::co_spawn(context_, std::move(work), asio::detached);
  }

  std::string order_;
  asio::io_context context_{1};
};

TEST_F(TurnTest, SharesTakeTurns) {
  for (int i = 0; i < 4; ++i) {
    request('a', 1);
  }
  request('b', 2);
  context_.run();
  EXPECT_EQ(order_, "abaaa");
}

TEST_F(TurnTest, ACallerDuringLongWorkDoesNotWaitForAllEarlierOnes) {
  static double seconds;  // every look at the clock is a second after the one before
  asio::use_service<Turns>(context_).now = [] { return ++seconds; };
  Socket here(context_);
  Socket there(context_);
  asio::local::connect_pair(here, there);
  const auto token = asio::as_tuple(asio::use_awaitable_t<asio::io_context::executor_type>{});
  char received = 0;
  auto other = [&]() -> Task<> {
    co_await asio::async_read(there, asio::buffer(&received, 1), token);
    co_await turn(2);
    order_ += 'b';
  };
  spawn(other);
  auto first = [&]() -> Task<> {
    co_await turn(1);
    order_ += 'a';
    asio::write(here, asio::buffer("x", 1));
  };
  spawn(first);
  for (int i = 0; i < 20; ++i) {
    request('a', 1);
  }
  context_.run();
  EXPECT_LT(order_.find('b'), 5u) << order_;
}

TEST_F(TurnTest, WhatStillWaitsAtTheEndIsReleased) {
  auto held = std::make_shared<int>();
  const std::weak_ptr<int> watched = held;
  {
    asio::io_context context(1);
    auto work = [held = std::move(held)]() -> Task<> { co_await turn(1); };
    asio::co_spawn(context, std::move(work), asio::detached);
    context.run_one();
    EXPECT_FALSE(watched.expired());
  }
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace quaymaster::http
