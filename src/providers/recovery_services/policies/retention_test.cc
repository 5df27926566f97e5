#include "providers/recovery_services/policies/retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "providers/recovery_services/policies/policy_record.h"

namespace quaymaster::recovery_services {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using Unit = Span::Unit;

Time at(std::string_view text) {
  return parse_time(text).value();
}
TimeZone zone(std::string_view name) {
  return TimeZone::of_windows_name(name).value();
}
WeekDays week_days(std::initializer_list<int> chosen) {
  WeekDays all{};
  for (const int day : chosen) {
    all[static_cast<std::size_t>(day)] = true;
  }
  return all;
}

KeepRule daily(int count, minutes start = hours{22}) {
  return {"Daily", start, {}, {count, Unit::days}, true};
}
KeepRule weekly(int count, WeekDays on, minutes start = hours{22}) {
  DayChoice choice;
  choice.kind = DayChoice::Kind::week_days;
  choice.week_days = on;
  return {"Weekly", start, choice, {count, Unit::weeks}, false};
}
DayChoice nth(WeekDays on, std::initializer_list<int> weeks, bool last = false) {
  DayChoice choice;
  choice.kind = DayChoice::Kind::nth_week_day;
  choice.week_days = on;
  for (const int week : weeks) {
    choice.weeks[static_cast<std::size_t>(week)] = true;
  }
  choice.last_week = last;
  return choice;
}
DayChoice dates(std::initializer_list<int> of_month, bool last = false) {
  DayChoice choice;
  choice.kind = DayChoice::Kind::month_days;
  for (const int day : of_month) {
    choice.month_days[static_cast<std::size_t>(day)] = true;
  }
  choice.last_day = last;
  return choice;
}
DayChoice in_months(DayChoice choice, std::initializer_list<int> months) {
  choice.only_months = true;
  for (const int month : months) {
    choice.months[static_cast<std::size_t>(month)] = true;
  }
  return choice;
}
KeepRule monthly(int count, DayChoice choice) {
  return {"Monthly", hours{22}, choice, {count, Unit::months}, false};
}
KeepRule yearly(int count, DayChoice choice) {
  return {"Yearly", hours{22}, choice, {count, Unit::years}, false};
}

std::string text_of(const Lifetime& lifetime) {
  return fmt::format("{} {}", lifetime.rule, lifetime.expiry ? format_time_short(*lifetime.expiry) : "never");
}
std::string lifetime_of(const Retention& retention, std::string_view point, const TimeZone& in = TimeZone::utc()) {
  const RetainedPoint points[] = {{at(point), false, {}}};
  return text_of(lifetimes(retention, in, points).front());
}

TEST(DayChoice, MeansTheDaysItSays) {
  const auto holds = [](const DayChoice& choice, std::string_view day) {
    return choice.holds(std::chrono::floor<days>(LocalTime{at(day).time_since_epoch()}));
  };
  // November 2026 begins on a Sunday; its Sundays are 1, 8, 15, 22 and 29.
  const auto sunday = week_days({0});
  EXPECT_TRUE(holds(nth(sunday, {0}), "2026-11-01"));
  EXPECT_FALSE(holds(nth(sunday, {0}), "2026-11-08"));
  EXPECT_TRUE(holds(nth(sunday, {1, 3}), "2026-11-22"));
  EXPECT_FALSE(holds(nth(sunday, {1, 3}), "2026-11-29"));
  EXPECT_TRUE(holds(nth(sunday, {}, true), "2026-11-29"));
  EXPECT_FALSE(holds(nth(sunday, {}, true), "2026-11-22"));
  EXPECT_FALSE(holds(nth(sunday, {0, 1, 2, 3}, true), "2026-11-02"));
  // In February 2026 the fourth Sunday, the 22nd, is also the last.
  EXPECT_TRUE(holds(nth(sunday, {}, true), "2026-02-22"));
  EXPECT_TRUE(holds(nth(sunday, {3}), "2026-02-22"));
  EXPECT_TRUE(holds(dates({1, 15}), "2026-11-15"));
  EXPECT_FALSE(holds(dates({1, 15}), "2026-11-16"));
  EXPECT_TRUE(holds(dates({}, true), "2028-02-29"));
  EXPECT_FALSE(holds(dates({}, true), "2028-02-28"));
  EXPECT_TRUE(holds(dates({}, true), "2026-02-28"));
  EXPECT_TRUE(holds(in_months(dates({1}), {1, 7}), "2026-07-01"));
  EXPECT_FALSE(holds(in_months(dates({1}), {1, 7}), "2026-08-01"));
}

TEST(Retention, TheLongestRuleThatAppliesWins) {
  const Retention retention{{daily(30), weekly(12, week_days({0})), monthly(60, nth(week_days({0}), {0})),
                             yearly(10, in_months(nth(week_days({0}), {0}), {1}))}};
  EXPECT_EQ(lifetime_of(retention, "2026-11-23T22:00:05Z"), "Daily 2026-12-23T22:00:00Z");
  EXPECT_EQ(lifetime_of(retention, "2026-11-22T22:00:05Z"), "Weekly 2027-02-14T22:00:00Z");
  EXPECT_EQ(lifetime_of(retention, "2026-11-01T22:00:05Z"), "Monthly 2031-11-01T22:00:00Z");
  EXPECT_EQ(lifetime_of(retention, "2027-01-03T22:00:05Z"), "Yearly 2037-01-03T22:00:00Z");
}

TEST(Retention, ALateBackupBelongsToTheDayItWasDueOn) {
  const Retention retention{{daily(7), weekly(4, week_days({0}))}};
  // The run of Sunday 22:00, made at half past midnight.
  EXPECT_EQ(lifetime_of(retention, "2026-11-23T00:30:00Z"), "Weekly 2026-12-20T22:00:00Z");
  // Monday's run, if made a second early, would count as Sunday's.
  EXPECT_EQ(lifetime_of(retention, "2026-11-23T21:59:59Z"), "Weekly 2026-12-20T22:00:00Z");
  EXPECT_EQ(lifetime_of(retention, "2026-11-23T22:00:00Z"), "Daily 2026-11-30T22:00:00Z");
}

TEST(Retention, PeriodsAreCountedOnTheCalendarOfTheZone) {
  const auto berlin = zone("W. Europe Standard Time");
  // Thirty days across the change to summer time: 22:00 local time at both ends.
  EXPECT_EQ(lifetime_of({{daily(30)}}, "2026-03-10T21:00Z", berlin), "Daily 2026-04-09T20:00:00Z");
  EXPECT_EQ(lifetime_of({{monthly(1, dates({}, true))}}, "2026-01-31T22:00Z"), "Monthly 2026-02-28T22:00:00Z");
  EXPECT_EQ(lifetime_of({{yearly(1, in_months(dates({}, true), {2}))}}, "2028-02-29T22:00Z"),
            "Yearly 2029-02-28T22:00:00Z");
}

TEST(Retention, TheFirstOfADayIsTaggedAndTheNextOnceItIsRemoved) {
  // A machine backed up every four hours: snapshots are kept two days, the first point of the day thirty.
  const Retention retention{{{"Daily", hours{8}, {}, {2, Unit::days}, true},
                             {"Daily", hours{8}, {}, {30, Unit::days}, false},
                             {"Weekly", hours{8}, nth(week_days({1}), {0, 1, 2, 3}, true), {4, Unit::weeks}, false}}};
  std::vector<RetainedPoint> points = {{at("2026-11-23T16:00Z"), false, {}},  // in any order
                                       {at("2026-11-23T08:00Z"), false, {}},
                                       {at("2026-11-23T12:00Z"), false, {}}};
  auto found = lifetimes(retention, TimeZone::utc(), points);
  EXPECT_EQ(text_of(found[0]), "Daily 2026-11-25T08:00:00Z");
  EXPECT_EQ(text_of(found[1]), "Daily 2026-12-23T08:00:00Z");
  EXPECT_EQ(text_of(found[2]), "Daily 2026-11-25T08:00:00Z");
  points.erase(points.begin() + 1);
  found = lifetimes(retention, TimeZone::utc(), points);
  EXPECT_EQ(text_of(found[1]), "Daily 2026-12-23T08:00:00Z");
}

TEST(Retention, OnDemandPointsHaveTheirOwnExpiry) {
  const Retention retention{{daily(7)}};
  const RetainedPoint points[] = {{at("2026-11-23T22:00Z"), true, at("2030-01-01T00:00Z")},
                                  {at("2026-11-23T22:00Z"), true, {}},
                                  {at("2026-11-23T22:01Z"), false, {}}};
  const auto found = lifetimes(retention, TimeZone::utc(), points);
  EXPECT_EQ(text_of(found[0]), "On-Demand 2030-01-01T00:00:00Z");
  EXPECT_EQ(*found[1].expiry, points[1].time + kOnDemandLife);
  EXPECT_EQ(found[2].rule, "Daily");  // and does not replace another point
}

TEST(Retention, NothingOfAFrozenItemExpires) {
  const Retention retention{{daily(7)}};
  const RetainedPoint points[] = {{at("2020-11-23T22:00Z"), true, at("2020-12-01T00:00Z")},
                                  {at("2020-11-23T22:00Z"), false, {}},
                                  {at("2020-11-24T22:00Z"), false, {}}};
  const auto found = lifetimes(retention, TimeZone::utc(), points, RetentionMode::frozen);
  EXPECT_EQ(text_of(found[0]), "On-Demand never");
  EXPECT_EQ(text_of(found[1]), "Daily never");
  EXPECT_TRUE(expired(points, found, at("2099-01-01")).empty());
  EXPECT_EQ(expired(points, lifetimes(retention, TimeZone::utc(), points), at("2099-01-01")),
            (std::vector<std::size_t>{0, 1}));  // the newest stays
}

TEST(Retention, APointOfAnotherPolicyLivesAsTheFirstRuleSays) {
  EXPECT_EQ(lifetime_of({{weekly(2, week_days({0}))}}, "2026-11-23T22:00Z"), "Weekly 2026-12-07T22:00:00Z");
  EXPECT_EQ(lifetime_of({}, "2026-11-23T22:00Z"), " never");
}

/// A calendar independent of the code under test: it counts days one by one.
struct Date {
  int year;
  int month;
  int day;
  int week_day;  // Sunday is 0
  int number;    // days since the first
  auto operator<=>(const Date&) const = default;
};
int length_of(int year, int month) {
  constexpr int kLengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kLengths[month - 1] + (month == 2 && leap ? 1 : 0);
}
std::vector<Date> calendar_from_2026(int count) {
  std::vector<Date> all;
  Date date{2026, 1, 1, 4, 0};  // a Thursday
  while (static_cast<int>(all.size()) < count) {
    all.push_back(date);
    date.number += 1;
    date.week_day = (date.week_day + 1) % 7;
    date.day += 1;
    if (date.day > length_of(date.year, date.month)) {
      date.day = 1;
      date.month += 1;
    }
    if (date.month > 12) {
      date.month = 1;
      date.year += 1;
    }
  }
  return all;
}
/// Is `months` later than `from` after `today`?
bool is_later(const Date& from, int months, const Date& today) {
  int month = from.month - 1 + months;
  const int year = from.year + month / 12;
  month = month % 12 + 1;
  const int day = std::min(from.day, length_of(year, month));
  return std::tuple(year, month, day) > std::tuple(today.year, today.month, today.day);
}

struct Plain {
  int days;
  int weeks;
  int months;
  int years;
};
/// Sundays weekly, the last Friday of a month monthly, the first and the last of March and October yearly.
bool plainly_kept(const Date& made, const Date& today, const Plain& plain) {
  const bool last_seven = made.day + 7 > length_of(made.year, made.month);
  const bool last = made.day == length_of(made.year, made.month);
  return today.number - made.number < plain.days ||
         (made.week_day == 0 && today.number - made.number < 7 * plain.weeks) ||
         (made.week_day == 5 && last_seven && is_later(made, plain.months, today)) ||
         ((made.month == 3 || made.month == 10) && (made.day == 1 || last) && is_later(made, 12 * plain.years, today));
}

TEST(Retention, TenYearsOfAPolicyInManyZones) {
  const auto calendar = calendar_from_2026(3653);
  const Plain plain{14, 8, 30, 4};
  const Retention retention{{daily(plain.days), weekly(plain.weeks, week_days({0})),
                             monthly(plain.months, nth(week_days({5}), {}, true)),
                             yearly(plain.years, in_months(dates({1}, true), {3, 10}))}};
  for (const auto* name :
       {"UTC", "W. Europe Standard Time", "Pacific Standard Time", "Lord Howe Standard Time", "India Standard Time"}) {
    const auto in = zone(name);
    const Schedule schedule{kEveryDay, hours{22}, {}, {}};
    auto now = in.instant(LocalTime{at("2026-01-01T12:00Z").time_since_epoch()});
    std::vector<RetainedPoint> points;
    std::map<Time, Date> made;
    for (const auto& today : calendar) {
      now = next_run(schedule, in, now).value();
      points.push_back({now + std::chrono::seconds{7}, false, {}});
      made.emplace(points.back().time, today);
      const auto gone = expired(points, lifetimes(retention, in, points), now + minutes{10});
      for (auto i = gone.rbegin(); i != gone.rend(); ++i) {
        points.erase(points.begin() + static_cast<std::ptrdiff_t>(*i));
      }
      if (today.number % 17 != 0 && today.number != 3652) {
        continue;
      }
      std::set<int> wanted;
      for (int day = 0; day <= today.number; ++day) {
        if (plainly_kept(calendar[static_cast<std::size_t>(day)], today, plain)) {
          wanted.insert(day);
        }
      }
      std::set<int> kept;
      for (const auto& point : points) {
        kept.insert(made.at(point.time).number);
      }
      ASSERT_EQ(kept, wanted) << name << " on " << today.year << "-" << today.month << "-" << today.day;
    }
    EXPECT_GT(points.size(), 14U + 7 + 29);
  }
}

TEST(Retention, HoldsItsPromisesForAnyPointsAndRules) {
  std::mt19937 dice(20261123);
  const auto roll = [&](int from, int to) { return std::uniform_int_distribution<int>(from, to)(dice); };
  const char* const zones[] = {"UTC", "W. Europe Standard Time", "Samoa Standard Time", "Nepal Standard Time"};
  for (int round = 0; round < 200; ++round) {
    const auto in = zone(zones[roll(0, 3)]);
    Retention retention;
    const minutes start{30 * roll(0, 47)};
    retention.rules.push_back(daily(roll(1, 40), start));
    if (roll(0, 1) == 1) {
      retention.rules.push_back(weekly(roll(1, 20), week_days({roll(0, 6), roll(0, 6)}), start));
    }
    if (roll(0, 1) == 1) {
      retention.rules.push_back(monthly(roll(1, 20), nth(week_days({roll(0, 6)}), {roll(0, 3)}, roll(0, 1) == 1)));
    }
    std::vector<RetainedPoint> points;
    for (int i = roll(1, 60); i > 0; --i) {
      RetainedPoint point{at("2026-01-01") + minutes{roll(0, 60 * 24 * 400)}, roll(0, 4) == 0, {}};
      if (point.on_demand && roll(0, 1) == 1) {
        point.expiry = point.time + days{roll(1, 300)};
      }
      points.push_back(point);
    }
    const auto found = lifetimes(retention, in, points);
    // Each point lives at least as long as the daily rule requires, except for the hours by which it was late.
    for (std::size_t i = 0; i < points.size(); ++i) {
      ASSERT_TRUE(found[i].expiry);
      if (!points[i].on_demand) {
        EXPECT_GE(*found[i].expiry, points[i].time + days{retention.rules[0].keep.count} - hours{50});
      }
    }
    // Points made long before a point do not affect how long it lives.
    for (std::size_t i = 0; i < points.size(); ++i) {
      std::vector<RetainedPoint> near;
      std::size_t place = 0;
      for (std::size_t j = 0; j < points.size(); ++j) {
        if (j == i) {
          place = near.size();
        }
        if (points[j].time <= points[i].time && points[j].time >= points[i].time - kLongestRetentionDay) {
          near.push_back(points[j]);
        }
      }
      EXPECT_EQ(text_of(lifetimes(retention, in, near)[place]), text_of(found[i]));
    }
    // The order of the points does not matter.
    std::vector<std::size_t> order(points.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    std::ranges::shuffle(order, dice);
    std::vector<RetainedPoint> mixed;
    for (const auto i : order) {
      mixed.push_back(points[i]);
    }
    const auto again = lifetimes(retention, in, mixed);
    std::multiset<std::string> one;
    std::multiset<std::string> other;
    for (std::size_t i = 0; i < points.size(); ++i) {
      one.insert(fmt::format("{} {}", format_time(points[i].time), text_of(found[i])));
      other.insert(fmt::format("{} {}", format_time(mixed[i].time), text_of(again[i])));
    }
    EXPECT_EQ(one, other);
    // As time passes, points only expire, never the newest; removing expired ones changes nothing for the others.
    std::size_t gone_before = 0;
    for (auto now = at("2026-01-01"); now < at("2029-06-01"); now += days{roll(1, 60)}) {
      const auto gone = expired(points, found, now);
      EXPECT_GE(gone.size(), gone_before);
      EXPECT_LT(gone.size(), points.size());
      gone_before = gone.size();
    }
    // A longer rule never shortens a point's life.
    auto longer = retention;
    longer.rules[0].keep.count += roll(1, 30);
    const auto prolonged = lifetimes(longer, in, points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_GE(*prolonged[i].expiry, *found[i].expiry);
    }
  }
}

}  // namespace
}  // namespace quaymaster::recovery_services
