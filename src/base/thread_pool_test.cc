#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>

#include "base/log.h"

namespace quaymaster {
namespace {

TEST(ThreadPool, WorkThatThrowsCostsNothingButItself) {
  log::set_sink([](std::string_view) {});
  std::promise<void> ran;
  {
    ThreadPool pool("test", 1);
    pool.post([] { throw std::runtime_error("surprise"); });
    pool.post([] { throw std::bad_alloc(); });
    pool.post([&] { ran.set_value(); });
    ran.get_future().wait();
  }
  log::set_sink(nullptr);
}

TEST(ThreadPool, SharesTakeTurns) {
  std::string order;
  std::promise<void> holding;
  std::promise<void> go_on;
  {
    ThreadPool pool("test", 1);
    pool.post([&] {
      holding.set_value();
      go_on.get_future().wait();
    });
    holding.get_future().wait();
    const auto post = [&](char name, ThreadPool::Share share) {
      ThreadPool::Work work = [&order, name] { order += name; };
      ASSERT_TRUE(pool.try_post(work, share));
    };
    for (int i = 0; i < 5; ++i) {
      post('a', 1);
    }
    post('b', 2);
    post('b', 2);
    post('c', 3);
    go_on.set_value();
  }
  EXPECT_EQ(order, "abcabaaa");
}

}  // namespace
}  // namespace quaymaster
