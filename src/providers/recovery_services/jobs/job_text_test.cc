#include "providers/recovery_services/jobs/job_text.h"

#include <gtest/gtest.h>

namespace quaymaster::recovery_services {
namespace {

Time at(std::string_view text) {
  return parse_time(text).value();
}

TEST(JobText, BagTimesAreUsText) {
  EXPECT_EQ(bag_time(at("2021-06-25T00:00:00Z")), "6/25/2021 12:00:00 AM");
  EXPECT_EQ(bag_time(at("2024-05-13T10:18:09.9Z")), "5/13/2024 10:18:09 AM");
  EXPECT_EQ(bag_time(at("2024-12-01T12:05:00Z")), "12/1/2024 12:05:00 PM");
  EXPECT_EQ(bag_time(at("2024-12-01T23:59:59Z")), "12/1/2024 11:59:59 PM");
}

TEST(JobText, SizesAreWholeMegabytes) {
  EXPECT_EQ(bag_megabytes(0), "0 MB");
  EXPECT_EQ(bag_megabytes(11390ULL << 20), "11390 MB");
  EXPECT_EQ(bag_megabytes((1 << 20) - 1), "1 MB");
}

TEST(JobText, FilterTimesAreTakenAsClientsWriteThem) {
  const std::pair<const char*, const char*> kCases[] = {
      {"2024-05-01 12:00:00 AM", "2024-05-01T00:00:00Z"},     {"2024-05-01 12:00:00 PM", "2024-05-01T12:00:00Z"},
      {"2016-01-01 00:00:00 AM", "2016-01-01T00:00:00Z"},     {"2016-01-01 00:30:00 PM", "2016-01-01T12:30:00Z"},
      {"2024-05-01 09:15:00 pm", "2024-05-01T21:15:00Z"},     {"2024-05-01 9:15:00 PM", "2024-05-01T21:15:00Z"},
      {"2024-05-01 21:15:00", "2024-05-01T21:15:00Z"},        {"2024-05-01 21:15:00 PM", "2024-05-01T21:15:00Z"},
      {"2024-05-01T21:15:00Z", "2024-05-01T21:15:00Z"},       {"2024-05-01", "2024-05-01T00:00:00Z"},
      {" 2024-05-01  01:02:03  AM ", "2024-05-01T01:02:03Z"},
  };
  for (const auto& [text, wanted] : kCases) {
    const auto time = parse_filter_time(text);
    ASSERT_TRUE(time) << text << ": " << time.error().cause();
    EXPECT_EQ(time.value(), at(wanted)) << text;
  }
  for (const auto* bad :
       {"", " ", "AM", "yesterday", "2024-05-01 AM", "2024-13-01 01:00:00 AM", "2024-05-01 24:00:00",
        "2024-05-01 01:60:00", "2024-05-01 01:00:60 AM", "2024-05-01 01:00 AM", "2024-05-01 13:00:00 AM",
        "2024-05-01 -1:00:00", "2024-05-01 1:0:0:0", "2024-5-1 01:00:00 AM", "2024-05-01 1x:00:00"}) {
    const auto time = parse_filter_time(bad);
    ASSERT_FALSE(time) << bad;
    EXPECT_EQ(time.error().kind(), Errc::invalid) << bad;
  }
}

}  // namespace
}  // namespace quaymaster::recovery_services
