#include "providers/recovery_services/policies/policy_plan.h"

#include "providers/recovery_services/policies/policy_access.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

Span span_of(const RetentionDuration& duration) {
  // Both enumerations are in the order days, weeks, months, years.
  return {*duration.count, static_cast<Span::Unit>(*duration.type)};
}

DayChoice days_of(const RetentionPart& part, const RetentionSchedule& schedule) {
  using Kind = DayChoice::Kind;
  DayChoice days;
  if (part.has_months) {
    days.only_months = true;
    for (const auto month : *schedule.months) {
      days.months[static_cast<std::size_t>(month) + 1] = true;
    }
  }
  if (!part.has_format) {
    if (schedule.days) {
      days.kind = Kind::week_days;
      days.week_days = week_days(*schedule.days);
    }
  } else if (schedule.format == RetentionFormat::daily) {
    days.kind = Kind::month_days;
    for (const auto& day : *schedule.by_day->days) {
      if (day.is_last.value_or(false)) {
        days.last_day = true;
      } else {
        days.month_days[static_cast<std::size_t>(*day.date)] = true;
      }
    }
  } else {
    days.kind = Kind::nth_week_day;
    days.week_days = week_days(*schedule.by_week->days);
    for (const auto week : *schedule.by_week->weeks) {
      if (week == WeekOfMonth::last) {
        days.last_week = true;
      } else {
        days.weeks[static_cast<std::size_t>(week)] = true;
      }
    }
  }
  return days;
}

Schedule schedule_of(const SchedulePolicy& policy) {
  Schedule schedule;
  schedule.at = time_of_day(*start_time(policy));
  if (policy.frequency == Frequency::weekly) {
    schedule.days = week_days(*run_days(policy));
  } else if (policy.frequency == Frequency::hourly) {
    schedule.interval = std::chrono::hours{*policy.hourly->interval};
    schedule.window = std::chrono::hours{*policy.hourly->window_duration};
  }
  return schedule;
}

/// For a machine that is backed up several times a day, the first point of the day goes to the vault and is kept by
/// the rules; all points are snapshots, which are kept for their own number of days. In all other cases every point
/// of a day is kept.
Retention retention_of(const PolicyProperties& policy, const Schedule& schedule) {
  Retention retention;
  const bool has_snapshots = policy.management == Management::machine && schedule.interval.count() > 0;
  if (has_snapshots) {
    retention.rules.push_back({"Daily", schedule.at, {}, {policy.instant_days.value_or(1), Span::Unit::days}, true});
  }
  for (const auto& part : kRetentionParts) {
    const auto& kept = (*ruling_retention(policy)).*part.member;
    if (!kept) {
      continue;
    }
    KeepRule rule;
    rule.name = part.name;
    rule.at = kept->times && !kept->times->empty() ? time_of_day(kept->times->front()) : schedule.at;
    rule.days = days_of(part, *kept);
    rule.keep = span_of(*kept->duration);
    rule.every_point = part.unit == DurationType::days && !has_snapshots;
    retention.rules.push_back(rule);
  }
  return retention;
}

}  // namespace

Result<PolicyProperties> properties_of(const PolicyRecord& policy) {
  auto read = wire::parse_stored<PolicyProperties>(policy.properties);
  if (!read) {
    return corrupt("the policy '{}' cannot be read: {}", policy.name, read.error().cause());
  }
  return read;
}

Result<Plan> plan_of(const PolicyRecord& policy) {
  TRY(const auto properties, properties_of(policy));
  TRY(auto plan, plan_of(properties));
  plan.since = policy.changed;
  return plan;
}

Result<Plan> plan_of(const PolicyProperties& policy) {
  if (policy.management != Management::machine && policy.management != Management::file_share) {
    return unsupported("policies of {} govern nothing here", wire::text_of(policy.management));
  }
  if (!policy.schedule || !start_time(*policy.schedule) || ruling_retention(policy) == nullptr) {
    return corrupt("the policy has no schedule or no retention");
  }
  Plan plan;
  if (policy.time_zone) {
    TRY(plan.zone, TimeZone::of_windows_name(*policy.time_zone));
  }
  plan.schedule = schedule_of(*policy.schedule);
  plan.retention = retention_of(policy, plan.schedule);
  plan.policy_type = policy.type == PolicyType::v2 ? "V2" : "V1";
  plan.snapshot_days =
      policy.vault_retention ? policy.vault_retention->snapshot_days.value_or(0) : policy.instant_days.value_or(0);
  return plan;
}

RetentionMode retention_mode_of(const ItemRecord& item) {
  const bool frozen = item.deleted.has_value() || item.protection == ItemRecord::Protection::stopped;
  return frozen ? RetentionMode::frozen : RetentionMode::governed;
}

}  // namespace quaymaster::recovery_services
