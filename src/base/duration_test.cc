#include "base/duration.h"

#include <gtest/gtest.h>

namespace quaymaster {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Pair {
  Ticks duration;
  std::string_view text;
};
const Pair kPairs[] = {
    {Ticks{0}, "PT0S"},
    {seconds{1}, "PT1S"},
    {minutes{41} + seconds{11} + Ticks{7085842}, "PT41M11.7085842S"},
    {hours{1} + seconds{15} + Ticks{8836253}, "PT1H15.8836253S"},
    {hours{26}, "P1DT2H"},
    {hours{48}, "P2D"},
    {Ticks{1}, "PT0.0000001S"},
    {-minutes{90}, "-PT1H30M"},
};

TEST(Duration, IsWrittenAsRecorded) {
  for (const auto& pair : kPairs) {
    EXPECT_EQ(format_duration(pair.duration), pair.text);
  }
}

TEST(Duration, IsReadAsWritten) {
  for (const auto& pair : kPairs) {
    const auto parsed = parse_duration(pair.text);
    ASSERT_TRUE(parsed) << pair.text;
    EXPECT_EQ(parsed.value(), pair.duration) << pair.text;
  }
  EXPECT_EQ(parse_duration("PT90M").value(), minutes{90});
  EXPECT_EQ(parse_duration("PT0.5S").value(), Ticks{5'000'000});
}

TEST(Duration, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "P",
                                      "PT",
                                      "-",
                                      "1H",
                                      "P1H",
                                      "PT1D",
                                      "PT1",
                                      "P1Y",
                                      "P1W",
                                      "PT1S1M",
                                      "PT1M1M",
                                      "PT1.5M",
                                      "PT1.S",
                                      "PT1.00000001S",
                                      "PT-1S",
                                      "P1DT",
                                      "PT99999999999999999999S",
                                      "P99999999D",
                                      "PT1S ",
                                      "00:20:23",
                                      "P3660000DT87840000H5270400000M316224000000S"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace quaymaster
