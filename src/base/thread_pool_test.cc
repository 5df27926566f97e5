#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

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

}  // namespace
}  // namespace quaymaster
