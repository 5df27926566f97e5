#include "providers/recovery_services/policies/policy_shape.h"

#include <algorithm>

#include "providers/recovery_services/policies/policy_access.h"

namespace quaymaster::recovery_services {
namespace {

// Source: recorded DefaultPolicy; five days is the only value allowed for weekly policies (backup.md 10.3).
constexpr std::int32_t kSnapshotDays = 2;
constexpr std::int32_t kSnapshotDaysOfWeekly = 5;

void keep_own_members(SchedulePolicy& schedule) {
  const bool simple = schedule.type == ScheduleType::simple;
  const bool v2 = schedule.type == ScheduleType::simple_v2;
  const bool hourly = schedule.frequency == Frequency::hourly;
  if (!simple && !v2) {
    schedule.frequency.reset();
  }
  if (!simple || hourly) {
    schedule.times.reset();
  }
  if (!simple || schedule.frequency != Frequency::weekly) {
    schedule.days.reset();
  }
  if (!v2 && !hourly) {
    schedule.hourly.reset();  // kept for V2, to be rejected if another form is also present
  }
  if (!v2) {
    schedule.daily.reset();
    schedule.weekly.reset();
  }
  if (schedule.daily) {
    schedule.daily->days.reset();
  }
  if (!simple) {
    schedule.every_weeks.reset();
  } else if (!schedule.every_weeks) {
    schedule.every_weeks = 0;
  }
  if (schedule.type != ScheduleType::log) {
    schedule.minutes.reset();
  }
}

void keep_own_members(RetentionSchedule& schedule, const RetentionPart& part) {
  if (part.unit != DurationType::weeks) {
    schedule.days.reset();
  }
  if (!part.has_format) {
    schedule.format.reset();
  }
  if (!part.has_months) {
    schedule.months.reset();
  }
  if (schedule.format != RetentionFormat::daily) {
    schedule.by_day.reset();
  }
  if (schedule.format != RetentionFormat::weekly) {
    schedule.by_week.reset();
  }
}

void keep_own_members(RetentionPolicy& retention) {
  if (retention.type == RetentionType::long_term) {
    retention.duration.reset();
  }
  for (const auto& part : kRetentionParts) {
    auto& schedule = retention.*part.member;
    if (retention.type != RetentionType::long_term) {
      schedule.reset();
    } else if (schedule) {
      keep_own_members(*schedule, part);
    }
  }
}

template <class T>
void keep_in(std::optional<T>& part) {
  if (part) {
    keep_own_members(*part);
  }
}

/// For a valid schedule of a machine or share.
std::ptrdiff_t runs_in_a_week(const SchedulePolicy& schedule) {
  constexpr std::ptrdiff_t kDays = 7;
  switch (*schedule.frequency) {
    case Frequency::daily:
      return kDays;
    case Frequency::weekly:
      return std::ranges::count(week_days(*run_days(schedule)), true);
    case Frequency::hourly: {
      constexpr std::int32_t kWithinADay = 23;  // the next day's window begins after 24 hours
      const auto& hourly = *schedule.hourly;
      return kDays * (1 + std::min(*hourly.window_duration, kWithinADay) / *hourly.interval);
    }
  }
  return 0;
}

}  // namespace

void keep_own_members(PolicyProperties& policy) {
  const bool machine = policy.management == Management::machine;
  const bool share = policy.management == Management::file_share;
  const bool workload = policy.management == Management::workload;
  policy.guard_requests.reset();
  policy.items.reset();
  if (machine) {
    policy.workload.reset();
  } else {
    policy.type.reset();
    policy.instant_details.reset();
    policy.tiering.reset();
    policy.instant_days.reset();
    policy.snapshot_consistency.reset();
  }
  if (!share) {
    policy.vault_retention.reset();
  }
  if (!workload) {
    policy.settings.reset();
    policy.parts.reset();
  } else {
    policy.schedule.reset();
    policy.retention.reset();
    policy.time_zone.reset();
  }
  keep_in(policy.schedule);
  keep_in(policy.retention);
  if (policy.vault_retention) {
    keep_in(policy.vault_retention->retention);
  }
  if (policy.parts) {
    for (auto& part : *policy.parts) {
      keep_in(part.schedule);
      keep_in(part.retention);
    }
  }
}

void complete_policy(PolicyProperties& policy) {
  const bool machine = policy.management == Management::machine;
  if (!machine && policy.management != Management::file_share) {
    return;
  }
  if (!machine) {
    policy.workload = "AzureFileShare";
  }
  if (!policy.time_zone) {
    policy.time_zone = "UTC";
  }
  const auto& schedule = *policy.schedule;
  if (machine) {
    if (!policy.instant_details) {
      policy.instant_details.emplace();
    }
    if (!policy.instant_days) {
      const bool five = policy.type != PolicyType::v2 && schedule.frequency == Frequency::weekly;
      policy.instant_days = five ? kSnapshotDaysOfWeekly : kSnapshotDays;
    }
  }
  // The published example of an hourly policy for a file share has the end of its window here.
  const bool ends = !machine && schedule.frequency == Frequency::hourly;
  const auto time = ends ? window_end(schedule) : *start_time(schedule);
  for (const auto& part : kRetentionParts) {
    auto& kept = (*ruling_retention(policy)).*part.member;
    if (kept && (!kept->times || kept->times->empty())) {
      kept->times = WireTimes{time};
    }
  }
}

bool runs_less_often(const PolicyProperties& before, const PolicyProperties& after) {
  return before.schedule && after.schedule && runs_in_a_week(*after.schedule) < runs_in_a_week(*before.schedule);
}

bool shortens_retention(const PolicyProperties& before, const PolicyProperties& after) {
  const auto* old_one = ruling_retention(before);
  const auto* new_one = ruling_retention(after);
  if (old_one == nullptr || new_one == nullptr) {
    return old_one != nullptr;
  }
  for (const auto& part : kRetentionParts) {
    const auto& was = old_one->*part.member;
    const auto& is = new_one->*part.member;
    if (was && (!is || *is->duration->count < *was->duration->count)) {
      return true;
    }
  }
  return false;
}

}  // namespace quaymaster::recovery_services
