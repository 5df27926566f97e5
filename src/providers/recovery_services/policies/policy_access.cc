#include "providers/recovery_services/policies/policy_access.h"

namespace quaymaster::recovery_services {

const RetentionPolicy* ruling_retention(const PolicyProperties& policy) {
  const auto& kept = policy.vault_retention ? policy.vault_retention->retention : policy.retention;
  return kept ? &*kept : nullptr;
}
RetentionPolicy* ruling_retention(PolicyProperties& policy) {
  auto& kept = policy.vault_retention ? policy.vault_retention->retention : policy.retention;
  return kept ? &*kept : nullptr;
}

const std::optional<WireTimes>& run_times(const SchedulePolicy& schedule) {
  static const std::optional<WireTimes> kNone;
  if (schedule.type == ScheduleType::simple) {
    return schedule.times;
  }
  const auto& own = schedule.frequency == Frequency::weekly ? schedule.weekly : schedule.daily;
  return own ? own->times : kNone;
}

const std::optional<WireWeekDays>& run_days(const SchedulePolicy& schedule) {
  static const std::optional<WireWeekDays> kNone;
  if (schedule.type == ScheduleType::simple) {
    return schedule.days;
  }
  return schedule.weekly ? schedule.weekly->days : kNone;
}

std::optional<Time> start_time(const SchedulePolicy& schedule) {
  if (schedule.frequency == Frequency::hourly) {
    return schedule.hourly ? schedule.hourly->window_start : std::nullopt;
  }
  const auto& times = run_times(schedule);
  return times && !times->empty() ? std::optional(times->front()) : std::nullopt;
}

Time window_end(const SchedulePolicy& schedule) {
  return *schedule.hourly->window_start + std::chrono::hours{*schedule.hourly->window_duration};
}

std::chrono::minutes time_of_day(Time time) {
  return std::chrono::floor<std::chrono::minutes>(time - std::chrono::floor<std::chrono::days>(time));
}

WeekDays week_days(const WireWeekDays& days) {
  WeekDays chosen{};
  for (const auto day : days) {
    chosen[static_cast<std::size_t>(day)] = true;
  }
  return chosen;
}

}  // namespace quaymaster::recovery_services
