#include "cli/common/progress.h"

#include <gtest/gtest.h>

namespace quaymaster::cli {
namespace {

TEST(ProgressMeter, SaysNothingUntilItKnows) {
  ProgressMeter meter;
  EXPECT_EQ(meter.seconds_left(), std::nullopt);
  meter.update(10, 0, 1000);
  EXPECT_EQ(meter.seconds_left(), std::nullopt);
  meter.update(11, 100, 1000);
  EXPECT_DOUBLE_EQ(meter.bytes_per_second(), 100);
  EXPECT_DOUBLE_EQ(meter.seconds_left().value(), 9);
  meter.update(12, 200, 0);
  EXPECT_EQ(meter.seconds_left(), std::nullopt) << "no total";
}

TEST(ProgressMeter, FollowsAChangeOfPaceAndNeverGoesBelowNothing) {
  ProgressMeter meter;
  meter.update(0, 0, 100000);
  meter.update(1, 1000, 100000);
  for (int second = 2; second < 40; ++second) {
    meter.update(second, 1000 + 10 * static_cast<std::uint64_t>(second), 100000);
  }
  EXPECT_NEAR(meter.bytes_per_second(), 10, 1);
  meter.update(41, 0, 100000);  // the job was restarted from its beginning
  EXPECT_GE(meter.bytes_per_second(), 0);
  meter.update(41, 50, 100000);  // two samples at the same instant
  EXPECT_GE(meter.bytes_per_second(), 0);
}

TEST(Progress, FormatsForPeople) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(5.0 * 1024 * 1024 * 1024 * 1024), "5.0 TiB");
  EXPECT_EQ(format_rate(1048576), "1.0 MiB/s");
  EXPECT_EQ(format_seconds(0), "0:00");
  EXPECT_EQ(format_seconds(64.2), "1:05");
  EXPECT_EQ(format_seconds(3723), "1:02:03");
  EXPECT_EQ(format_bar(0.5, 4), "[##..]");
  EXPECT_EQ(format_bar(7, 4), "[####]");
}

}  // namespace
}  // namespace quaymaster::cli
