#include "providers/recovery_services/policies/policy_rules.h"

#include <algorithm>
#include <iterator>

#include "base/encode.h"
#include "providers/recovery_services/policies/policy_access.h"
#include "providers/recovery_services/policies/policy_offence.h"
#include "providers/recovery_services/policies/time_zone.h"

namespace quaymaster::recovery_services {
namespace {

using Found = std::optional<Offence>;
using Policy = PolicyProperties;

bool is_machine(const Policy& policy) {
  return policy.management == Management::machine;
}
bool is_share(const Policy& policy) {
  return policy.management == Management::file_share;
}
bool is_ours(const Policy& policy) {
  return is_machine(policy) || is_share(policy);
}
bool is_enhanced(const Policy& policy) {
  return policy.type == PolicyType::v2;
}
bool runs(const Policy& policy, Frequency frequency) {
  return is_ours(policy) && policy.schedule->frequency == frequency;
}

constexpr std::string_view kSchedule = "schedulePolicy";

std::string schedule_member(std::string_view member) {
  return fmt::format("{}.{}", kSchedule, member);
}
std::string retention_member(const Policy& policy, std::string_view member) {
  return fmt::format("{}.{}", policy.vault_retention ? "vaultRetentionPolicy.vaultRetention" : "retentionPolicy",
                     member);
}

/// Calls `look` for each existing schedule of the retention that applies, until one breaks a rule.
template <class Look>
Found each_schedule(const Policy& policy, const Look& look) {
  if (!is_ours(policy)) {
    return {};
  }
  for (const auto& part : kRetentionParts) {
    const auto& schedule = (*ruling_retention(policy)).*part.member;
    if (schedule) {
      if (auto found = look(part, *schedule, retention_member(policy, part.property))) {
        return found;
      }
    }
  }
  return {};
}

// Required members.

Found management_offered(const Policy& policy) {
  return broken_unless(is_ours(policy) || policy.management == Management::workload, "backupManagementType",
                       std::string(wire::text_of(policy.management)));
}
Found workload_of_share(const Policy& policy) {
  return broken_unless(!is_share(policy) || !policy.workload || equal_ignoring_case(*policy.workload, "AzureFileShare"),
                       "workLoadType", shown(policy.workload));
}
Found schedule_present(const Policy& policy) {
  return broken_unless(!is_ours(policy) || policy.schedule, std::string(kSchedule), "absent");
}
Found schedule_type_fits(const Policy& policy) {
  if (!is_ours(policy)) {
    return {};
  }
  const auto wanted = is_machine(policy) && is_enhanced(policy) ? ScheduleType::simple_v2 : ScheduleType::simple;
  return broken_unless(policy.schedule->type == wanted, schedule_member("schedulePolicyType"),
                       std::string(wire::text_of(policy.schedule->type)));
}
Found retention_present(const Policy& policy) {
  if (!is_ours(policy)) {
    return {};
  }
  if (is_share(policy) && policy.retention && policy.vault_retention) {
    return broken("vaultRetentionPolicy", "present together with retentionPolicy");
  }
  return broken_unless(ruling_retention(policy) != nullptr,
                       policy.vault_retention ? "vaultRetentionPolicy.vaultRetention" : "retentionPolicy", "absent");
}
Found retention_type_fits(const Policy& policy) {
  return broken_unless(!is_ours(policy) || ruling_retention(policy)->type == RetentionType::long_term,
                       retention_member(policy, "retentionPolicyType"),
                       is_ours(policy) ? std::string(wire::text_of(ruling_retention(policy)->type)) : "");
}
Found zone_known(const Policy& policy) {
  const auto& zone =
      policy.management == Management::workload && policy.settings ? policy.settings->time_zone : policy.time_zone;
  return broken_unless(!zone || TimeZone::of_windows_name(*zone).has_value(),
                       policy.management == Management::workload ? "settings.timeZone" : "timeZone", shown(zone));
}
Found crash_consistency(const Policy& policy) {
  const auto& wanted = policy.snapshot_consistency;
  return broken_unless(
      !is_machine(policy) || !wanted || (is_enhanced(policy) && equal_ignoring_case(*wanted, "OnlyCrashConsistent")),
      "snapshotConsistencyType", shown(wanted));
}

// Schedules.

Found frequency_present(const Policy& policy) {
  return broken_unless(!is_ours(policy) || policy.schedule->frequency, schedule_member("scheduleRunFrequency"),
                       "absent");
}
Found hourly_offered(const Policy& policy) {
  return broken_unless(!is_machine(policy) || is_enhanced(policy) || !runs(policy, Frequency::hourly),
                       schedule_member("scheduleRunFrequency"), "Hourly");
}
Found only_its_schedule(const Policy& policy) {
  if (!is_ours(policy) || policy.schedule->type != ScheduleType::simple_v2) {
    return {};
  }
  const auto& schedule = *policy.schedule;
  const bool present[] = {schedule.daily.has_value(), schedule.weekly.has_value(), schedule.hourly.has_value()};
  constexpr std::string_view kMembers[] = {"dailySchedule", "weeklySchedule", "hourlySchedule"};
  const auto wanted = static_cast<std::size_t>(*schedule.frequency);  // in the order of Frequency
  for (std::size_t i = 0; i < std::size(present); ++i) {
    if (present[i] != (i == wanted)) {
      return broken(schedule_member(kMembers[i]), present[i] ? "present" : "absent");
    }
  }
  return {};
}
Found one_run_time(const Policy& policy) {
  if (!is_ours(policy) || runs(policy, Frequency::hourly)) {
    return {};
  }
  const auto& times = run_times(*policy.schedule);
  return broken_unless(times && times->size() == 1, schedule_member("scheduleRunTimes"),
                       times ? fmt::format("{} times", times->size()) : "absent");
}
Found hourly_present(const Policy& policy) {
  if (!runs(policy, Frequency::hourly)) {
    return {};
  }
  const auto& hourly = policy.schedule->hourly;
  constexpr std::string_view kMember = "hourlySchedule";
  if (!hourly) {
    return broken(schedule_member(kMember), "absent");
  }
  if (!hourly->window_start) {
    return broken(schedule_member("hourlySchedule.scheduleWindowStartTime"), "absent");
  }
  if (!hourly->window_duration) {
    return broken(schedule_member("hourlySchedule.scheduleWindowDuration"), "absent");
  }
  return broken_unless(hourly->interval.has_value(), schedule_member("hourlySchedule.interval"), "absent");
}
Found on_half_hour(const Policy& policy) {
  if (!is_ours(policy)) {
    return {};
  }
  const auto start = start_time(*policy.schedule);
  return broken_unless(
      start && time_of_day(*start).count() % 30 == 0,
      schedule_member(runs(policy, Frequency::hourly) ? "hourlySchedule.scheduleWindowStartTime" : "scheduleRunTimes"),
      start ? format_time_short(*start) : "absent");
}
Found week_days_chosen(const Policy& policy) {
  if (!runs(policy, Frequency::weekly)) {
    return {};
  }
  const auto& days = run_days(*policy.schedule);
  return broken_unless(days && !days->empty(), schedule_member("scheduleRunDays"), days ? "empty" : "absent");
}
Found interval_offered(const Policy& policy) {
  if (!runs(policy, Frequency::hourly)) {
    return {};
  }
  constexpr std::int32_t kOffered[] = {4, 6, 8, 12};
  return broken_unless(std::ranges::count(kOffered, *policy.schedule->hourly->interval) == 1,
                       schedule_member("hourlySchedule.interval"), shown(policy.schedule->hourly->interval));
}
Found window_fits(const Policy& policy) {
  if (!runs(policy, Frequency::hourly)) {
    return {};
  }
  const auto& hourly = *policy.schedule->hourly;
  return broken_unless(
      *hourly.window_duration >= 4 && *hourly.window_duration <= 24 && *hourly.window_duration >= *hourly.interval,
      schedule_member("hourlySchedule.scheduleWindowDuration"), shown(hourly.window_duration));
}

// Retention.

Found daily_kept(const Policy& policy) {
  return broken_unless(!is_ours(policy) || runs(policy, Frequency::weekly) || ruling_retention(policy)->daily,
                       retention_member(policy, "dailySchedule"), "absent");
}
Found no_daily_of_weekly(const Policy& policy) {
  return broken_unless(!runs(policy, Frequency::weekly) || !ruling_retention(policy)->daily,
                       retention_member(policy, "dailySchedule"), "present");
}
Found weekly_kept(const Policy& policy) {
  return broken_unless(!runs(policy, Frequency::weekly) || ruling_retention(policy)->weekly,
                       retention_member(policy, "weeklySchedule"), "absent");
}
Found weekly_days_chosen(const Policy& policy) {
  if (!is_ours(policy) || !ruling_retention(policy)->weekly) {
    return {};
  }
  const auto& days = ruling_retention(policy)->weekly->days;
  return broken_unless(days && !days->empty(), retention_member(policy, "weeklySchedule.daysOfTheWeek"),
                       days ? "empty" : "absent");
}
Found weekly_days_equal(const Policy& policy) {
  if (!runs(policy, Frequency::weekly)) {
    return {};
  }
  const auto& kept = *ruling_retention(policy)->weekly->days;
  return broken_unless(week_days(kept) == week_days(*run_days(*policy.schedule)),
                       retention_member(policy, "weeklySchedule.daysOfTheWeek"), shown_list(kept));
}
Found duration_present(const Policy& policy) {
  return each_schedule(policy, [](const RetentionPart&, const RetentionSchedule& schedule, const std::string& at) {
    const auto& duration = schedule.duration;
    return broken_unless(duration && duration->count && duration->type, at + ".retentionDuration",
                         duration ? "incomplete" : "absent");
  });
}
Found duration_type_fits(const Policy& policy) {
  return each_schedule(policy, [](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
    return broken_unless(schedule.duration->type == part.unit, at + ".retentionDuration.durationType",
                         shown(schedule.duration->type));
  });
}

/// Source: the ranges that public clients enforce, backup.md 10.3.
struct Range {
  std::int32_t least;
  std::int32_t most;
};
struct Ranges {
  Range machine;
  Range snapshots;
};
constexpr Ranges kDays{{7, 9999}, {1, 200}};
constexpr Ranges kWeeks{{1, 5163}, {1, 200}};
constexpr Ranges kMonths{{1, 1188}, {1, 120}};
constexpr Ranges kYears{{1, 99}, {1, 10}};

/// The vault tier of a file share has the same ranges as machines.
bool has_long_ranges(const Policy& policy) {
  return is_machine(policy) || policy.vault_retention.has_value();
}

template <std::size_t Part, const Ranges& Allowed, bool Long>
Found count_in_range(const Policy& policy) {
  if (!is_ours(policy) || has_long_ranges(policy) != Long) {
    return {};
  }
  constexpr auto kPart = kRetentionParts[Part];
  constexpr Range kRange = Long ? Allowed.machine : Allowed.snapshots;
  const auto& schedule = (*ruling_retention(policy)).*kPart.member;
  if (!schedule) {
    return {};
  }
  const auto count = *schedule->duration->count;
  return broken_unless(count >= kRange.least && count <= kRange.most,
                       retention_member(policy, fmt::format("{}.retentionDuration.count", kPart.property)),
                       shown(schedule->duration->count));
}

Found format_present(const Policy& policy) {
  return each_schedule(policy, [](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
    return broken_unless(!part.has_format || schedule.format, at + ".retentionScheduleFormatType", "absent");
  });
}
Found format_of_weekly(const Policy& policy) {
  if (!runs(policy, Frequency::weekly)) {
    return {};
  }
  return each_schedule(policy, [](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
    return broken_unless(!part.has_format || schedule.format == RetentionFormat::weekly,
                         at + ".retentionScheduleFormatType", shown(schedule.format));
  });
}
Found month_days_chosen(const Policy& policy) {
  return each_schedule(policy, [](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
    const bool wanted = part.has_format && schedule.format == RetentionFormat::daily;
    return broken_unless(!wanted || (schedule.by_day && schedule.by_day->days && !schedule.by_day->days->empty()),
                         at + ".retentionScheduleDaily.daysOfTheMonth", "empty");
  });
}
Found month_days_exist(const Policy& policy) {
  return each_schedule(policy, [](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
    if (!part.has_format || schedule.format != RetentionFormat::daily) {
      return Found();
    }
    for (const auto& day : *schedule.by_day->days) {
      const bool is_date = day.date && *day.date >= 1 && *day.date <= 28;
      if (!day.is_last.value_or(false) && !is_date) {
        return broken(at + ".retentionScheduleDaily.daysOfTheMonth.date", shown(day.date));
      }
    }
    return Found();
  });
}
Found month_weeks_chosen(const Policy& policy) {
  return each_schedule(policy, [](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
    if (!part.has_format || schedule.format != RetentionFormat::weekly) {
      return Found();
    }
    const auto& by_week = schedule.by_week;
    const bool has_days = by_week && by_week->days && !by_week->days->empty();
    const bool has_weeks = by_week && by_week->weeks && !by_week->weeks->empty();
    return broken_unless(
        has_days && has_weeks,
        at + (has_days ? ".retentionScheduleWeekly.weeksOfTheMonth" : ".retentionScheduleWeekly.daysOfTheWeek"),
        "empty");
  });
}
/// A rule by week may select days of the week on which the schedule never runs. A daily or hourly schedule runs every
/// day, and every date and week that may be selected occurs in every month, so nothing else can be missed.
Found long_term_days_run(const Policy& policy) {
  if (!runs(policy, Frequency::weekly)) {
    return {};
  }
  const auto run = week_days(*run_days(*policy.schedule));
  return each_schedule(
      policy, [&](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
        if (!part.has_format) {
          return Found();
        }
        WireWeekDays missed;
        std::ranges::copy_if(*schedule.by_week->days, std::back_inserter(missed),
                             [&](WeekDay day) { return !run[static_cast<std::size_t>(day)]; });
        return broken_unless(missed.empty(), at + ".retentionScheduleWeekly.daysOfTheWeek", shown_list(missed));
      });
}
Found months_chosen(const Policy& policy) {
  return each_schedule(policy, [](const RetentionPart& part, const RetentionSchedule& schedule, const std::string& at) {
    return broken_unless(!part.has_months || (schedule.months && !schedule.months->empty()), at + ".monthsOfYear",
                         schedule.months ? "empty" : "absent");
  });
}

/// For hourly schedules the start of the window. The service itself reports the window's end for file shares, so that
/// is accepted too.
bool fits_schedule(const Policy& policy, Time time) {
  const auto wanted = time_of_day(*start_time(*policy.schedule));
  if (time_of_day(time) == wanted) {
    return true;
  }
  return runs(policy, Frequency::hourly) && time_of_day(time) == time_of_day(window_end(*policy.schedule));
}
Found retention_times_fit(const Policy& policy) {
  return each_schedule(policy, [&](const RetentionPart&, const RetentionSchedule& schedule, const std::string& at) {
    const auto& times = schedule.times;
    if (!times || times->empty()) {
      return Found();
    }
    if (times->size() > 1) {
      return broken(at + ".retentionTimes", fmt::format("{} times", times->size()));
    }
    return broken_unless(fits_schedule(policy, times->front()), at + ".retentionTimes",
                         format_time_short(times->front()));
  });
}

// Snapshots.

template <std::int32_t Least, std::int32_t Most>
Found instant_days_in(const Policy& policy) {
  const auto& days = policy.instant_days;
  return broken_unless(!days || (*days >= Least && *days <= Most), "instantRpRetentionRangeInDays", shown(days));
}
Found instant_days_daily(const Policy& policy) {
  return is_machine(policy) && !is_enhanced(policy) && !runs(policy, Frequency::weekly) ? instant_days_in<1, 5>(policy)
                                                                                        : Found();
}
Found instant_days_weekly(const Policy& policy) {
  return is_machine(policy) && !is_enhanced(policy) && runs(policy, Frequency::weekly) ? instant_days_in<5, 5>(policy)
                                                                                       : Found();
}
Found instant_days_enhanced(const Policy& policy) {
  return is_machine(policy) && is_enhanced(policy) ? instant_days_in<1, 30>(policy) : Found();
}
Found snapshot_days(const Policy& policy) {
  if (!is_share(policy) || !policy.vault_retention) {
    return {};
  }
  const auto& days = policy.vault_retention->snapshot_days;
  return broken_unless(days && *days >= 1 && *days <= 200, "vaultRetentionPolicy.snapshotRetentionInDays", shown(days));
}
Found snapshots_of_share(const Policy& policy) {
  constexpr std::int64_t kMostSnapshots = 200;  // the maximum for a share
  if (!is_share(policy) || !runs(policy, Frequency::hourly)) {
    return {};
  }
  const auto& hourly = *policy.schedule->hourly;
  const std::int64_t days = policy.vault_retention ? *policy.vault_retention->snapshot_days
                                                   : *ruling_retention(policy)->daily->duration->count;
  const auto count = (*hourly.window_duration / *hourly.interval + 1) * (days + 1);
  return broken_unless(count <= kMostSnapshots, schedule_member("hourlySchedule"), fmt::format("{} snapshots", count));
}

// Databases: stored and returned, never run here. What clients rely on when they read them must be present.

Found parts_present(const Policy& policy) {
  return broken_unless(policy.management != Management::workload || (policy.parts && !policy.parts->empty()),
                       "subProtectionPolicy", policy.parts ? "empty" : "absent");
}
Found parts_whole(const Policy& policy) {
  if (policy.management != Management::workload) {
    return {};
  }
  for (std::size_t i = 0; i < policy.parts->size(); ++i) {
    const auto& part = (*policy.parts)[i];
    const auto at = fmt::format("subProtectionPolicy[{}].", i);
    for (const auto& [member, present] : {std::pair{"policyType", part.type.has_value()},
                                          {"schedulePolicy", part.schedule.has_value()},
                                          {"retentionPolicy", part.retention.has_value()}}) {
      if (!present) {
        return broken(at + member, "absent");
      }
    }
  }
  return {};
}

constexpr PolicyRule kRules[] = {
    {"management_offered",
     "This server accepts policies of AzureIaasVM, AzureStorage and AzureWorkload; send one of these.",
     &management_offered},
    {"workload_of_share", "A policy of AzureStorage is for AzureFileShare; send that.", &workload_of_share},
    {"parts_present", "A policy of AzureWorkload has at least one sub-policy; send its Full one.", &parts_present},
    {"parts_whole", "Every sub-policy has policyType, schedulePolicy and retentionPolicy; send all three.",
     &parts_whole},
    {"schedule_present", "A policy needs a schedule; send schedulePolicy.", &schedule_present},
    {"schedule_type_fits",
     "Virtual machines with policyType V2 need SimpleSchedulePolicyV2, those without it and file shares "
     "SimpleSchedulePolicy; send the one that fits policyType.",
     &schedule_type_fits},
    {"retention_present",
     "A policy needs retentionPolicy; one for file shares may have vaultRetentionPolicy instead. Send exactly one.",
     &retention_present},
    {"retention_type_fits", "Retention of this type is a LongTermRetentionPolicy; send that.", &retention_type_fits},
    {"zone_known",
     "Time zones have their Windows names, such as 'UTC' or 'W. Europe Standard Time'; send one of these.",
     &zone_known},
    {"crash_consistency",
     "Only a policy of policyType V2 takes it, and only 'OnlyCrashConsistent'; send that or leave it out.",
     &crash_consistency},
    {"frequency_present", "The frequency is Daily, Weekly or Hourly; send one of these.", &frequency_present},
    {"hourly_offered", "Virtual machines are backed up hourly with policyType V2 only; send V2, or Daily.",
     &hourly_offered},
    {"only_its_schedule",
     "A SimpleSchedulePolicyV2 has exactly the one of dailySchedule, weeklySchedule and hourlySchedule that "
     "scheduleRunFrequency names; send only that one.",
     &only_its_schedule},
    {"one_run_time", "A daily or weekly schedule runs at exactly one time; send one.", &one_run_time},
    {"hourly_present",
     "An hourly schedule has interval, scheduleWindowStartTime and scheduleWindowDuration; send all three.",
     &hourly_present},
    {"on_half_hour", "Backups start on the hour or half hour; send a time with minutes 00 or 30.", &on_half_hour},
    {"week_days_chosen", "A weekly schedule names its days; send at least one.", &week_days_chosen},
    {"interval_offered", "The interval is 4, 6, 8 or 12 hours; send one of these.", &interval_offered},
    {"window_fits", "The window is 4 to 24 hours and not shorter than the interval; send a number in that range.",
     &window_fits},
    {"daily_kept", "A daily or hourly schedule keeps daily points; send dailySchedule.", &daily_kept},
    {"no_daily_of_weekly", "A weekly schedule makes no daily points; leave dailySchedule out.", &no_daily_of_weekly},
    {"weekly_kept", "A weekly schedule keeps weekly points; send weeklySchedule.", &weekly_kept},
    {"weekly_days_chosen", "Weekly retention names its days; send at least one.", &weekly_days_chosen},
    {"weekly_days_equal", "With a weekly schedule weekly retention has exactly its days; send scheduleRunDays.",
     &weekly_days_equal},
    {"duration_present", "Every retention schedule has a duration; send count and durationType.", &duration_present},
    {"duration_type_fits",
     "Daily retention is counted in Days, weekly in Weeks, monthly in Months, yearly in Years; send that durationType.",
     &duration_type_fits},
    {"days_in_range", "Daily points are kept 7 to 9999 days; send a count in that range.",
     &count_in_range<0, kDays, true>},
    {"weeks_in_range", "Weekly points are kept 1 to 5163 weeks; send a count in that range.",
     &count_in_range<1, kWeeks, true>},
    {"months_in_range", "Monthly points are kept 1 to 1188 months; send a count in that range.",
     &count_in_range<2, kMonths, true>},
    {"years_in_range", "Yearly points are kept 1 to 99 years; send a count in that range.",
     &count_in_range<3, kYears, true>},
    {"snapshot_days_in_range", "Daily snapshots of a file share are kept 1 to 200 days; send a count in that range.",
     &count_in_range<0, kDays, false>},
    {"snapshot_weeks_in_range", "Weekly snapshots of a file share are kept 1 to 200 weeks; send a count in that range.",
     &count_in_range<1, kWeeks, false>},
    {"snapshot_months_in_range",
     "Monthly snapshots of a file share are kept 1 to 120 months; send a count in that range.",
     &count_in_range<2, kMonths, false>},
    {"snapshot_years_in_range", "Yearly snapshots of a file share are kept 1 to 10 years; send a count in that range.",
     &count_in_range<3, kYears, false>},
    {"format_present", "Monthly and yearly retention have a format; send Daily or Weekly.", &format_present},
    {"format_of_weekly", "With a weekly schedule monthly and yearly retention have the format Weekly; send that.",
     &format_of_weekly},
    {"month_days_chosen", "The format Daily names days of the month; send at least one.", &month_days_chosen},
    {"month_days_exist", "Days of the month are 1 to 28, or the last with isLast; send one of these.",
     &month_days_exist},
    {"month_weeks_chosen", "The format Weekly names days of the week and weeks of the month; send at least one each.",
     &month_weeks_chosen},
    {"long_term_days_run",
     "A weekly schedule makes points on its own days only, so monthly and yearly retention of other days would keep "
     "nothing; send days that are in scheduleRunDays, or add these days there.",
     &long_term_days_run},
    {"months_chosen", "Yearly retention names months; send at least one.", &months_chosen},
    {"retention_times_fit",
     "Retention has one time, which is that of the schedule (for hourly ones the start of the window); send that or "
     "none.",
     &retention_times_fit},
    {"instant_days_daily", "Snapshots of a daily policy are kept 1 to 5 days; send a number in that range.",
     &instant_days_daily},
    {"instant_days_weekly", "Snapshots of a weekly policy are kept 5 days; send 5.", &instant_days_weekly},
    {"instant_days_enhanced",
     "Snapshots of a policy of policyType V2 are kept 1 to 30 days; send a number in that "
     "range.",
     &instant_days_enhanced},
    {"snapshot_days", "With the vault tier, snapshots are kept 1 to 200 days; send a number in that range.",
     &snapshot_days},
    {"snapshots_of_share",
     "A file share has at most 200 snapshots, (window / interval + 1) x (days + 1); send a longer interval, a shorter "
     "window or fewer days.",
     &snapshots_of_share},
};

}  // namespace

std::span<const PolicyRule> policy_rules() {
  return kRules;
}
Result<> check_policy(const PolicyProperties& policy) {
  for (const auto& rule : kRules) {
    if (const auto offence = rule.find(policy)) {
      return refused(*offence, rule.sentence);
    }
  }
  return ok();
}

}  // namespace quaymaster::recovery_services
