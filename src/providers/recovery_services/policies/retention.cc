#include "providers/recovery_services/policies/retention.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "providers/recovery_services/policies/policy_record.h"

namespace quaymaster::recovery_services {
namespace {

using std::chrono::days;
using std::chrono::year_month_day;

/// The rule's day that contains `time`: the last one that had begun by then.
LocalDay day_of(const KeepRule& rule, const TimeZone& zone, Time time) {
  // Compares instants, not local times: in the hour that occurs twice, local time runs backwards.
  auto day = std::chrono::floor<days>(zone.local(time)) + days{1};
  while (zone.instant(LocalTime{day} + rule.at) > time) {
    day -= days{1};
  }
  return day;
}

year_month_day clamped(year_month_day date) {
  return date.ok() ? date : year_month_day{date.year() / date.month() / std::chrono::last};
}

LocalDay moved(const Span& span, LocalDay day) {
  const auto count = static_cast<int>(span.count);
  switch (span.unit) {
    case Span::Unit::days:
      return day + days{count};
    case Span::Unit::weeks:
      return day + days{7} * count;
    case Span::Unit::months:
      return LocalDay{clamped(year_month_day{day} + std::chrono::months{count})};
    case Span::Unit::years:
      return LocalDay{clamped(year_month_day{day} + std::chrono::years{count})};
  }
  return day;
}

Time end_of_day(const KeepRule& rule, const TimeZone& zone, LocalDay day) {
  return end_of(rule.keep, LocalTime{day} + rule.at, zone);
}

}  // namespace

bool DayChoice::holds(LocalDay day) const {
  const year_month_day date{day};
  const auto of_month = static_cast<unsigned>(date.day());
  if (only_months && !months[static_cast<unsigned>(date.month())]) {
    return false;
  }
  const auto is_last = [&](days span) { return year_month_day{day + span}.month() != date.month(); };
  const bool is_week_day = week_days[std::chrono::weekday(day).c_encoding()];
  switch (kind) {
    case Kind::every_day:
      return true;
    case Kind::week_days:
      return is_week_day;
    case Kind::month_days:
      return month_days[of_month] || (last_day && is_last(days{1}));
    case Kind::nth_week_day: {
      const auto week = (of_month - 1) / 7;
      return is_week_day && ((week < weeks.size() && weeks[week]) || (last_week && is_last(days{7})));
    }
  }
  return false;
}

Time end_of(const Span& span, LocalTime from, const TimeZone& zone) {
  const auto day = std::chrono::floor<days>(from);
  return zone.instant(LocalTime{moved(span, day)} + (from - day));
}

std::vector<Lifetime> lifetimes(const Retention& retention, const TimeZone& zone, std::span<const RetainedPoint> points,
                                RetentionMode mode) {
  std::vector<Lifetime> found(points.size());
  std::vector<std::size_t> scheduled;  // oldest first
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i].on_demand) {
      found[i] = {points[i].expiry.value_or(points[i].time + kOnDemandLife), "On-Demand"};
    } else {
      scheduled.push_back(i);
    }
  }
  std::ranges::sort(scheduled, {}, [&](std::size_t i) { return std::pair(points[i].time, i); });
  for (const auto& rule : retention.rules) {
    std::optional<LocalDay> taken;  // the day whose first point has been seen
    for (const auto i : scheduled) {
      const auto day = day_of(rule, zone, points[i].time);
      const bool is_first = taken != day;
      taken = day;
      if (!rule.days.holds(day) || !(is_first || rule.every_point)) {
        continue;
      }
      const auto until = end_of_day(rule, zone, day);
      if (!found[i].expiry || until > *found[i].expiry) {
        found[i] = {until, rule.name};
      }
    }
  }
  for (const auto i : scheduled) {
    if (!found[i].expiry && !retention.rules.empty()) {
      const auto& rule = retention.rules.front();
      found[i] = {end_of_day(rule, zone, day_of(rule, zone, points[i].time)), rule.name};
    }
  }
  if (mode == RetentionMode::frozen) {
    for (auto& lifetime : found) {
      lifetime.expiry.reset();
    }
  }
  return found;
}

std::vector<std::size_t> expired(std::span<const RetainedPoint> points, std::span<const Lifetime> lifetimes, Time now) {
  check(points.size() == lifetimes.size());
  std::vector<std::size_t> found;
  const auto newest = std::ranges::max_element(points, {}, &RetainedPoint::time);
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (lifetimes[i].expiry && *lifetimes[i].expiry <= now &&
        points.begin() + static_cast<std::ptrdiff_t>(i) != newest) {
      found.push_back(i);
    }
  }
  return found;
}

}  // namespace quaymaster::recovery_services
