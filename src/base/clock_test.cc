#include "base/clock.h"

#include <gtest/gtest.h>

namespace quaymaster {
namespace {

TEST(ClockText, RoundTripsEveryForm) {
  const auto time = parse_time("2021-06-14T06:17:27.9916540Z").value();
  EXPECT_EQ(format_time(time), "2021-06-14T06:17:27.9916540Z");
  EXPECT_EQ(format_time_short(time), "2021-06-14T06:17:27.991654Z");
  EXPECT_EQ(format_http_date(time), "Mon, 14 Jun 2021 06:17:27 GMT");
  EXPECT_EQ(format_time_short(parse_http_date("Mon, 14 Jun 2021 06:17:27 GMT").value()), "2021-06-14T06:17:27Z");
  EXPECT_EQ(parse_time("2021-06-14T08:17:27.991654+02:00").value(), time);
  EXPECT_EQ(format_time_short(parse_time("2021-06-14").value()), "2021-06-14T00:00:00Z");
}

TEST(ClockText, RefusesWhatIsNotATime) {
  for (const auto* text : {"", "2021", "2021-13-01", "2021-02-30", "2021-06-14T25:00:00Z", "2021-06-14T06:17:27Zx",
                           "-021-06-14", "2021-06-14T06:17:27.12345678901Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
  EXPECT_FALSE(parse_http_date("Mon, 14 Jun 2021 06:17:27 UTC"));
}

}  // namespace
}  // namespace quaymaster
