#include "standin/steered_clock.h"

#include <gtest/gtest.h>

#include <future>

#include "testing/base/manual_clock.h"

namespace quaymaster::standin {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Time kStart = parse_time("2026-11-23T12:00:00Z").value();

class SteeredClockTest : public testing::Test {
 protected:
  ManualClock machine_{kStart};
  SteeredClock clock_{machine_};
};

TEST_F(SteeredClockTest, FollowsTheMachineUntilItIsSteered) {
  machine_.advance(seconds{5});
  EXPECT_EQ(clock_.now(), kStart + seconds{5});
  clock_.set(kStart + hours{24 * 365});
  machine_.advance(seconds{1});
  EXPECT_EQ(clock_.now(), kStart + hours{24 * 365} + seconds{1});
  clock_.follow();
  EXPECT_EQ(clock_.now(), machine_.now());
}

TEST_F(SteeredClockTest, FreezesAndResumes) {
  clock_.freeze(true);
  machine_.advance(hours{1});
  EXPECT_EQ(clock_.now(), kStart);
  EXPECT_TRUE(clock_.state().frozen);
  ASSERT_TRUE(clock_.advance(hours{2}));
  EXPECT_EQ(clock_.now(), kStart + hours{2});
  clock_.freeze(false);
  machine_.advance(seconds{1});
  EXPECT_EQ(clock_.now(), kStart + hours{2} + seconds{1});
}

TEST_F(SteeredClockTest, RunsFaster) {
  ASSERT_TRUE(clock_.scale(60));
  machine_.advance(seconds{1});
  EXPECT_EQ(clock_.now(), kStart + seconds{60});
  ASSERT_TRUE(clock_.scale(1));
  machine_.advance(seconds{1});
  EXPECT_EQ(clock_.now(), kStart + seconds{61});
}

TEST_F(SteeredClockTest, RefusesInvalidTimes) {
  EXPECT_FALSE(clock_.scale(0));
  EXPECT_FALSE(clock_.scale(-1));
  EXPECT_FALSE(clock_.scale(1e9));
  EXPECT_FALSE(clock_.advance(hours{24L * 366 * 9000}));
  EXPECT_FALSE(clock_.advance(-hours{24 * 366 * 100}));
  EXPECT_EQ(clock_.now(), kStart);
}

TEST_F(SteeredClockTest, WakesSleepersWhoseTimeCame) {
  clock_.freeze(true);
  auto slept = std::async(std::launch::async, [this] { return clock_.sleep_until(kStart + hours{9}, {}); });
  ASSERT_TRUE(clock_.advance(hours{10}));
  EXPECT_TRUE(slept.get());
}

TEST_F(SteeredClockTest, ReleasesStoppedSleepers) {
  clock_.freeze(true);
  std::stop_source stop;
  auto slept = std::async(std::launch::async, [&] { return clock_.sleep_until(kStart + hours{9}, stop.get_token()); });
  stop.request_stop();
  EXPECT_FALSE(slept.get());
}

}  // namespace
}  // namespace quaymaster::standin
