#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "providers/recovery_services/policies/policy_models.h"
#include "providers/recovery_services/policies/schedule.h"

// Access to a policy's parts, whichever of the published forms it has.
namespace quaymaster::recovery_services {

/// One of the four schedules of a LongTermRetentionPolicy.
struct RetentionPart {
  std::string_view property;  // "dailySchedule"
  std::string_view name;      // "Daily"
  std::optional<RetentionSchedule> RetentionPolicy::* member;
  DurationType unit;  // of its duration
  bool has_format;    // days of the month, or weeks
  bool has_months;
};
inline constexpr RetentionPart kRetentionParts[] = {
    {"dailySchedule", "Daily", &RetentionPolicy::daily, DurationType::days, false, false},
    {"weeklySchedule", "Weekly", &RetentionPolicy::weekly, DurationType::weeks, false, false},
    {"monthlySchedule", "Monthly", &RetentionPolicy::monthly, DurationType::months, true, false},
    {"yearlySchedule", "Yearly", &RetentionPolicy::yearly, DurationType::years, true, true},
};

/// The retention that applies to points: that of the vault tier if the policy has one. Null if there is none.
const RetentionPolicy* ruling_retention(const PolicyProperties& policy);
RetentionPolicy* ruling_retention(PolicyProperties& policy);

/// The times of a daily or weekly schedule, wherever its form stores them.
const std::optional<WireTimes>& run_times(const SchedulePolicy& schedule);
const std::optional<WireWeekDays>& run_days(const SchedulePolicy& schedule);

/// The time of the first run of a day; for hourly schedules the start of the window. Nothing if the schedule is
/// incomplete.
std::optional<Time> start_time(const SchedulePolicy& schedule);
/// The end of an hourly schedule's window, which must be complete.
Time window_end(const SchedulePolicy& schedule);

/// Hour and minute of a time; schedules ignore the rest.
std::chrono::minutes time_of_day(Time time);
WeekDays week_days(const WireWeekDays& days);

}  // namespace quaymaster::recovery_services
