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

/// Which days a rule means.
struct DayChoice {
  enum class Kind {
    every_day,
    week_days,     // `week_days`
    month_days,    // `month_days`, and the last day of the month when `last_day`
    nth_week_day,  // `week_days` in the weeks `weeks` of the month, and the last of the month when `last_week`
  };
  Kind kind = Kind::every_day;
  WeekDays week_days{};
  std::array<bool, 32> month_days{};  // by day; 0 is not used
  bool last_day = false;
  std::array<bool, 4> weeks{};  // First to Fourth: the n-th such weekday of the month, as in "the first Sunday"
  bool last_week = false;
  std::array<bool, 13> months{};  // by month, 0 is not used; of yearly rules only
  bool only_months = false;

  bool holds(LocalDay day) const;
};

/// A line of a retention policy. The day of a rule begins at `at` by the wall's clock and ends where the next one
/// begins; a point belongs to the day in which it was made.
struct KeepRule {
  std::string_view name;  // "Daily", "Weekly", "Monthly", "Yearly"
  std::chrono::minutes at{0};
  DayChoice days;
  Span keep;
  /// Of the points of a day the first alone, or each of them.
  bool every_point = false;
};

/// Rules from the shortest kind to the longest. A point is kept by every rule that means it, and lives as long as the
/// longest of them says; a point that none means (it was made under another policy) lives as long as the first says.
struct Retention {
  std::vector<KeepRule> rules;
};

/// What retention needs to know of a recovery point.
struct RetainedPoint {
  Time time;
  bool on_demand = false;
  std::optional<Time> expiry;  // of those asked for
};

/// Of the item, for its retention.
enum class RetentionMode {
  governed,  // by a policy, whether backups go on or are suspended
  frozen,    // protection is stopped with data kept, or the item is soft-deleted: nothing expires
};

struct Lifetime {
  std::optional<Time> expiry;  // absent: never
  std::string_view rule;       // "Daily", "Weekly", "Monthly", "Yearly", "On-Demand"
};

/// The end of the span that began at `from`, at the same time of day by the wall.
Time end_of(const Span& span, LocalTime from, const TimeZone& zone);

/// No day of a rule is longer: a day of the calendar has at most 25 hours, or 48 where a zone moved over the date line.
inline constexpr std::chrono::hours kLongestRetentionDay{72};

/// What becomes of each point, in the order of `points`, which may be any. Points of one item: which is the first of
/// its day is found among them, so those that were made up to kLongestRetentionDay before must be there. Points asked
/// for count for no rule; one without an expiry lives kOnDemandLife.
std::vector<Lifetime> lifetimes(const Retention& retention, const TimeZone& zone, std::span<const RetainedPoint> points,
                                RetentionMode mode = RetentionMode::governed);

/// The indices of those whose time has come, but never the newest point of the item: an item whose backups fail must
/// not lose its last one.
std::vector<std::size_t> expired(std::span<const RetainedPoint> points, std::span<const Lifetime> lifetimes, Time now);

}  // namespace quaymaster::recovery_services
