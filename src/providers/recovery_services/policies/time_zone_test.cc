#include "providers/recovery_services/policies/time_zone.h"

#include <gtest/gtest.h>

namespace quaymaster::recovery_services {
namespace {

LocalTime wall(std::string_view text) {
  return LocalTime{parse_time(text).value().time_since_epoch()};
}
TimeZone zone(std::string_view name) {
  auto found = TimeZone::of_windows_name(name);
  EXPECT_TRUE(found) << name;
  return found ? found.value() : TimeZone::utc();
}

TEST(TimeZone, KnowsWindowsNames) {
  EXPECT_EQ(zone("W. Europe Standard Time").name(), "Europe/Berlin");
  EXPECT_EQ(zone("Pacific Standard Time").name(), "America/Los_Angeles");
  EXPECT_EQ(zone("India Standard Time").name(), "Asia/Calcutta");  // the older of its two names
  EXPECT_EQ(zone("UTC").instant(wall("2026-11-23T05:00")), parse_time("2026-11-23T05:00Z").value());
  for (const auto* name :
       {"", "Europe/Berlin", "Mars Standard Time", "w. europe standard time", "\xff\xfe", "utc; x"}) {
    EXPECT_FALSE(TimeZone::of_windows_name(name)) << name;
  }
}

TEST(TimeZone, GapsEndWhereLocalTimeResumesAndTheFirstOfTwoCounts) {
  struct Case {
    const char* zone;
    const char* wall;
    const char* instant;
  };
  const Case cases[] = {
      // Berlin, 29 March 2026: 02:00 becomes 03:00.
      {"W. Europe Standard Time", "2026-03-29T01:59", "2026-03-29T00:59Z"},
      {"W. Europe Standard Time", "2026-03-29T02:00", "2026-03-29T01:00Z"},
      {"W. Europe Standard Time", "2026-03-29T02:30", "2026-03-29T01:00Z"},
      {"W. Europe Standard Time", "2026-03-29T03:00", "2026-03-29T01:00Z"},
      // Berlin, 25 October 2026: 03:00 becomes 02:00.
      {"W. Europe Standard Time", "2026-10-25T02:30", "2026-10-25T00:30Z"},
      {"W. Europe Standard Time", "2026-10-25T03:00", "2026-10-25T02:00Z"},
      // Los Angeles, 8 March and 1 November 2026.
      {"Pacific Standard Time", "2026-03-08T02:30", "2026-03-08T10:00Z"},
      {"Pacific Standard Time", "2026-11-01T01:30", "2026-11-01T08:30Z"},
      // Lord Howe moves by half an hour: 5 April and 4 October 2026.
      {"Lord Howe Standard Time", "2026-10-04T02:15", "2026-10-03T15:30Z"},
      {"Lord Howe Standard Time", "2026-04-05T01:45", "2026-04-04T14:45Z"},
      // Kathmandu and Kolkata have odd offsets and never move.
      {"Nepal Standard Time", "2026-03-29T02:30", "2026-03-28T20:45Z"},
      {"India Standard Time", "2026-03-29T02:30", "2026-03-28T21:00Z"},
      // Samoa skipped the whole of 30 December 2011.
      {"Samoa Standard Time", "2011-12-30T20:00", "2011-12-30T10:00Z"},
      {"Samoa Standard Time", "2011-12-31T00:00", "2011-12-30T10:00Z"},
      // Sao Paulo changed at midnight: 4 November 2018 had no midnight.
      {"E. South America Standard Time", "2018-11-04T00:00", "2018-11-04T03:00Z"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(format_time_short(zone(one.zone).instant(wall(one.wall))),
              format_time_short(parse_time(one.instant).value()))
        << one.zone << " " << one.wall;
  }
}

TEST(TimeZone, TheLocalTimeOfAnInstant) {
  const auto berlin = zone("W. Europe Standard Time");
  EXPECT_EQ(berlin.local(parse_time("2026-07-01T22:30Z").value()), wall("2026-07-02T00:30"));
  EXPECT_EQ(berlin.local(parse_time("2026-12-01T22:30Z").value()), wall("2026-12-01T23:30"));
}

}  // namespace
}  // namespace quaymaster::recovery_services
