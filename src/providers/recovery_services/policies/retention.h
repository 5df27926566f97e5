#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "providers/recovery_services/policies/schedule.h"
#include "providers/recovery_services/policies/time_zone.h"

namespace quaymaster::recovery_services {

/// How long something is kept, counted on the calendar of the policy's zone: a month after 31 January is the last day
/// of February.
struct Span {
  enum class Unit { days, weeks, months, years };
  std::int64_t count = 0;
  Unit unit = Unit::days;
};

/// Which days a rule selects.
struct DayChoice {
  enum class Kind {
    every_day,
    week_days,     // `week_days`
    month_days,    // `month_days`, and the last day of the month if `last_day`
    nth_week_day,  // `week_days` in the weeks `weeks` of the month, and the last of the month if `last_week`
  };
  Kind kind = Kind::every_day;
  WeekDays week_days{};
  std::array<bool, 32> month_days{};  // by day; 0 is not used
  bool last_day = false;
  std::array<bool, 4> weeks{};  // First to Fourth: the n-th such weekday of the month, as in "the first Sunday"
  bool last_week = false;
  std::array<bool, 13> months{};  // by month, 0 is not used; for yearly rules only
  bool only_months = false;

  bool holds(LocalDay day) const;
};

/// A line of a retention policy. A rule's day begins at `at` local time and ends where the next one begins; a point
/// belongs to the day in which it was made.
struct KeepRule {
  std::string_view name;  // "Daily", "Weekly", "Monthly", "Yearly"
  std::chrono::minutes at{0};
  DayChoice days;
  Span keep;
  /// False: keeps only the first point of a day. True: keeps each of them.
  bool every_point = false;
};

/// Rules from the shortest kind to the longest. A point is kept by every rule that selects it, and lives as long as
/// the longest of them requires. A point that no rule selects (it was made under another policy) lives as long as the
/// first rule requires.
struct Retention {
  std::vector<KeepRule> rules;
};

/// What retention needs for each recovery point.
struct RetainedPoint {
  Time time;
  bool on_demand = false;
  std::optional<Time> expiry;  // of on-demand points
};

/// The state of the item, as far as retention depends on it.
enum class RetentionMode {
  governed,  // by a policy, whether backups are running or suspended
  frozen,    // protection is stopped with data kept, or the item is soft-deleted: nothing expires
};

struct Lifetime {
  std::optional<Time> expiry;  // absent: never
  std::string_view rule;       // "Daily", "Weekly", "Monthly", "Yearly", "On-Demand"
};

/// The end of the span that began at `from`, at the same local time of day.
Time end_of(const Span& span, LocalTime from, const TimeZone& zone);

/// An upper bound for the length of a rule's day: a calendar day has at most 25 hours, or 48 where a zone moved
/// across the date line.
inline constexpr std::chrono::hours kLongestRetentionDay{72};

/// The lifetime of each point, in the order of `points`, which may be in any order. All points belong to one item.
/// The first point of a day is determined among them, so points up to kLongestRetentionDay older must be included.
/// On-demand points count for no rule; one without an expiry lives kOnDemandLife.
std::vector<Lifetime> lifetimes(const Retention& retention, const TimeZone& zone, std::span<const RetainedPoint> points,
                                RetentionMode mode = RetentionMode::governed);

/// The indices of the expired points, but never the newest point of the item: an item whose backups fail must not
/// lose its last one.
std::vector<std::size_t> expired(std::span<const RetainedPoint> points, std::span<const Lifetime> lifetimes, Time now);

}  // namespace quaymaster::recovery_services
