#include "jobs/rate_meter.h"

#include <gtest/gtest.h>

namespace quaymaster::jobs {
namespace {

constexpr std::uint64_t kTotal = 1'000'000;

TEST(RateMeter, SaysNothingBeforeItKnowsAnything) {
  RateMeter meter;
  EXPECT_EQ(meter.rate(100, kTotal).bytes_per_second, 0);
  EXPECT_FALSE(meter.rate(100, kTotal).seconds_left);
  meter.report(100, 0);
  EXPECT_EQ(meter.rate(101, kTotal).bytes_per_second, 0);
  meter.report(101, 1000);
  EXPECT_NEAR(meter.rate(101, kTotal).bytes_per_second, 1000, 1);
  EXPECT_FALSE(meter.rate(101, kTotal).seconds_left) << "one interval is no ground for a promise";
}

TEST(RateMeter, IsSureOfASteadyPace) {
  RateMeter meter;
  for (int i = 0; i <= 20; ++i) {
    meter.report(100 + i, static_cast<std::uint64_t>(i) * 1000);
  }
  const auto rate = meter.rate(120, kTotal);
  EXPECT_NEAR(rate.bytes_per_second, 1000, 1);
  ASSERT_TRUE(rate.seconds_left);
  EXPECT_NEAR(*rate.seconds_left, 980, 1);
  EXPECT_NEAR(rate.seconds_left_uncertainty, 0, 0.1);
  EXPECT_FALSE(meter.rate(120, 0).seconds_left) << "the end is not known";
}

TEST(RateMeter, IsUnsureOfAnUnsteadyPace) {
  RateMeter meter;
  std::uint64_t done = 0;
  for (int i = 0; i <= 40; ++i) {
    done += i % 2 == 0 ? 200 : 1800;
    meter.report(100 + i, done);
  }
  const auto rate = meter.rate(140, kTotal);
  ASSERT_TRUE(rate.seconds_left);
  EXPECT_NEAR(rate.bytes_per_second, 1000, 100);
  // Intervals vary by ±80 % and about thirty of them count.
  EXPECT_GT(rate.seconds_left_uncertainty, 0.08 * *rate.seconds_left);
  EXPECT_LT(rate.seconds_left_uncertainty, 0.30 * *rate.seconds_left);
}

TEST(RateMeter, FollowsAChangeOfPaceAndASilence) {
  RateMeter meter;
  std::uint64_t done = 0;
  for (int i = 0; i < 30; ++i) {
    meter.report(i, done += 10'000);
  }
  for (int i = 30; i < 130; ++i) {
    meter.report(i, done += 100);
  }
  EXPECT_NEAR(meter.rate(130, 2 * done).bytes_per_second, 100, 70);

  const auto before = meter.rate(129, 2 * done);
  const auto silent = meter.rate(189, 2 * done);
  EXPECT_LT(silent.bytes_per_second, before.bytes_per_second / 10);
}

TEST(RateMeter, DoesNotCountWhatWasDoneBeforeOrTwice) {
  RateMeter meter;
  meter.report(100, 500'000);  // resumed
  meter.report(101, 501'000);
  EXPECT_NEAR(meter.rate(101, kTotal).bytes_per_second, 1000, 1);
  meter.report(102, 0);  // the step began again
  meter.report(103, 1000);
  EXPECT_NEAR(meter.rate(103, kTotal).bytes_per_second, 1000, 1);
}

TEST(RateMeter, JoinsReportsThatComeThickAndFast) {
  RateMeter meter;
  for (int i = 0; i <= 1000; ++i) {
    meter.report(100 + i * 0.001, static_cast<std::uint64_t>(i));
  }
  EXPECT_NEAR(meter.rate(101, kTotal).bytes_per_second, 1000, 50);
}

}  // namespace
}  // namespace quaymaster::jobs
