#include "providers/recovery_services/policies/schedule.h"

#include <gtest/gtest.h>

#include <set>

namespace quaymaster::recovery_services {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

Time at(std::string_view text) {
  return parse_time(text).value();
}
TimeZone zone(std::string_view name) {
  return TimeZone::of_windows_name(name).value();
}
std::vector<std::string> runs(const Schedule& schedule, const TimeZone& zone, std::string_view after, int count) {
  std::vector<std::string> found;
  auto time = at(after);
  for (int i = 0; i < count; ++i) {
    time = next_run(schedule, zone, time).value();
    found.push_back(format_time_short(time));
  }
  return found;
}
using Texts = std::vector<std::string>;

TEST(Schedule, DailyKeepsTheLocalTime) {
  const Schedule schedule{kEveryDay, hours{22}, {}, {}};
  EXPECT_EQ(runs(schedule, zone("W. Europe Standard Time"), "2026-10-24T12:00Z", 3),
            (Texts{"2026-10-24T20:00:00Z", "2026-10-25T21:00:00Z", "2026-10-26T21:00:00Z"}));
  EXPECT_EQ(runs(schedule, TimeZone::utc(), "2026-10-24T22:00Z", 1), Texts{"2026-10-25T22:00:00Z"});
}

TEST(Schedule, ATimeInTheGapRunsAfterItAndATimeShownTwiceOnce) {
  const Schedule schedule{kEveryDay, minutes{150}, {}, {}};  // 02:30
  EXPECT_EQ(runs(schedule, zone("W. Europe Standard Time"), "2026-03-28T12:00Z", 2),
            (Texts{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}));
  EXPECT_EQ(runs(schedule, zone("W. Europe Standard Time"), "2026-10-24T12:00Z", 2),
            (Texts{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}));
  const Schedule early{kEveryDay, minutes{90}, {}, {}};  // 01:30, which occurs twice in Los Angeles on 1 November
  EXPECT_EQ(runs(early, zone("Pacific Standard Time"), "2026-10-31T12:00Z", 2),
            (Texts{"2026-11-01T08:30:00Z", "2026-11-02T09:30:00Z"}));
}

TEST(Schedule, WeeklyRunsOnItsDaysByTheLocalCalendar) {
  WeekDays monday_and_thursday{};
  monday_and_thursday[1] = monday_and_thursday[4] = true;
  const Schedule schedule{monday_and_thursday, hours{1}, {}, {}};
  // 01:00 on Monday in Kolkata is Sunday evening in UTC.
  EXPECT_EQ(runs(schedule, zone("India Standard Time"), "2026-11-20T00:00Z", 3),
            (Texts{"2026-11-22T19:30:00Z", "2026-11-25T19:30:00Z", "2026-11-29T19:30:00Z"}));
}

TEST(Schedule, HourlyRunsThroughItsWindow) {
  const Schedule schedule{kEveryDay, hours{8}, hours{4}, hours{12}};
  EXPECT_EQ(runs(schedule, TimeZone::utc(), "2026-11-23T07:00Z", 5),
            (Texts{"2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z", "2026-11-23T16:00:00Z", "2026-11-23T20:00:00Z",
                   "2026-11-24T08:00:00Z"}));
  // A window across midnight, and one of a whole day, whose last run is the next day's first.
  const Schedule late{kEveryDay, hours{20}, hours{6}, hours{12}};
  EXPECT_EQ(runs(late, TimeZone::utc(), "2026-11-23T19:00Z", 4),
            (Texts{"2026-11-23T20:00:00Z", "2026-11-24T02:00:00Z", "2026-11-24T08:00:00Z", "2026-11-24T20:00:00Z"}));
  const Schedule all_day{kEveryDay, hours{0}, hours{12}, hours{24}};
  EXPECT_EQ(runs(all_day, TimeZone::utc(), "2026-11-23T19:00Z", 3),
            (Texts{"2026-11-24T00:00:00Z", "2026-11-24T12:00:00Z", "2026-11-25T00:00:00Z"}));
}

TEST(Schedule, LastAndNextMeet) {
  const Schedule schedule{kEveryDay, hours{8}, hours{6}, hours{18}};
  for (const auto* name : {"UTC", "W. Europe Standard Time", "Samoa Standard Time", "Lord Howe Standard Time"}) {
    const auto in = zone(name);
    auto time = at("2011-12-20T00:10Z");
    for (int i = 0; i < 400; ++i) {
      const auto next = next_run(schedule, in, time).value();
      EXPECT_GT(next, time);
      EXPECT_EQ(last_run(schedule, in, next).value(), next);
      EXPECT_EQ(last_run(schedule, in, next - Ticks{1}).value() < next, true);
      if (i > 0) {
        EXPECT_EQ(last_run(schedule, in, next - Ticks{1}).value(), time) << name;
      }
      time = next;
    }
  }
}

TEST(Schedule, ExactlyOneRunADayForTenYears) {
  for (const auto* name : {"UTC", "W. Europe Standard Time", "Pacific Standard Time", "Lord Howe Standard Time",
                           "AUS Eastern Standard Time", "India Standard Time", "Morocco Standard Time"}) {
    const auto in = zone(name);
    for (const auto start : {minutes{0}, minutes{120}, minutes{150}, minutes{1410}}) {
      const Schedule schedule{kEveryDay, start, {}, {}};
      auto time = at("2026-01-01T12:00Z");
      std::set<LocalDay> seen;
      for (int i = 0; i < 3653; ++i) {
        time = next_run(schedule, in, time).value();
        EXPECT_TRUE(seen.insert(std::chrono::floor<days>(in.local(time))).second)
            << name << " " << format_time_short(time);
      }
      EXPECT_EQ(seen.size(), 3653U);
      EXPECT_EQ(*seen.rbegin() - *seen.begin(), days{3652}) << name;
    }
  }
}

TEST(Schedule, WithoutDaysThereIsNoRun) {
  const Schedule never{WeekDays{}, hours{8}, {}, {}};
  EXPECT_FALSE(next_run(never, TimeZone::utc(), at("2026-01-01T12:00Z")));
  EXPECT_FALSE(last_run(never, TimeZone::utc(), at("2026-01-01T12:00Z")));
}

}  // namespace
}  // namespace quaymaster::recovery_services
