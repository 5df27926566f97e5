#include "testing/base/manual_clock.h"

#include <gtest/gtest.h>

#include <thread>

namespace quaymaster {
namespace {

TEST(ManualClock, WakesASleeperWhenItsTimeHasCome) {
  ManualClock clock(parse_time("2026-01-01").value());
  bool woke = false;
  const auto deadline = clock.now() + std::chrono::hours{1};
  std::jthread sleeper([&](std::stop_token stop) { woke = clock.sleep_until(deadline, stop); });
  clock.advance(std::chrono::minutes{59});
  clock.advance(std::chrono::minutes{1});
  sleeper.join();
  EXPECT_TRUE(woke);
}

}  // namespace
}  // namespace quaymaster
