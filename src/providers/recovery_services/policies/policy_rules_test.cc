#include "providers/recovery_services/policies/policy_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>

#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/policies/policy_access.h"
#include "providers/recovery_services/policies/policy_shape.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

using Policy = PolicyProperties;

#define QM_TIME R"("2026-11-23T20:00:00Z")"
#define QM_KEPT(times, count, type) \
  R"("retentionTimes":)" times R"(,"retentionDuration":{"count":)" count R"(,"durationType":")" type R"("}})"
#define QM_BY_WEEK R"("retentionScheduleWeekly":{"daysOfTheWeek":["Sunday"],"weeksOfTheMonth":["First","Last"]},)"
#define QM_BY_DAY R"("retentionScheduleDaily":{"daysOfTheMonth":[{"date":1},{"date":0,"isLast":true}]},)"
#define QM_DAILY R"("dailySchedule":{)" QM_KEPT("[" QM_TIME "]", "30", "Days")
#define QM_WEEKLY R"("weeklySchedule":{"daysOfTheWeek":["Sunday"],)" QM_KEPT("[" QM_TIME "]", "12", "Weeks")
#define QM_MONTHLY \
  R"("monthlySchedule":{"retentionScheduleFormatType":"Weekly",)" QM_BY_WEEK QM_KEPT("[" QM_TIME "]", "60", "Months")
#define QM_YEARLY                                                                                             \
  R"("yearlySchedule":{"retentionScheduleFormatType":"Daily","monthsOfYear":["January"],)" QM_BY_DAY QM_KEPT( \
      "[" QM_TIME "]", "10", "Years")
#define QM_LONG R"({"retentionPolicyType":"LongTermRetentionPolicy",)"
#define QM_EVENING                                                                                                               \
  R"("schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily","scheduleRunTimes":[)" QM_TIME \
  "]}"

const std::map<std::string, std::string> kGood = {
    {"machine", R"({"backupManagementType":"AzureIaasVM",)" QM_EVENING R"(,"retentionPolicy":)" QM_LONG QM_DAILY
                "," QM_WEEKLY "," QM_MONTHLY "," QM_YEARLY R"(},"timeZone":"UTC","instantRpRetentionRangeInDays":2})"},
    {"weekly", R"({"backupManagementType":"AzureIaasVM","schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy",)"
               R"("scheduleRunFrequency":"Weekly","scheduleRunDays":["Sunday"],"scheduleRunTimes":[)" QM_TIME
               R"(]},"retentionPolicy":)" QM_LONG QM_WEEKLY "," QM_MONTHLY R"(},"instantRpRetentionRangeInDays":5})"},
    {"enhanced",
     R"({"backupManagementType":"AzureIaasVM","policyType":"V2","snapshotConsistencyType":"OnlyCrashConsistent",)"
     R"("schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicyV2","scheduleRunFrequency":"Hourly",)"
     R"("hourlySchedule":{"interval":4,"scheduleWindowStartTime":)" QM_TIME
     R"(,"scheduleWindowDuration":12}},"retentionPolicy":)" QM_LONG QM_DAILY R"(},"instantRpRetentionRangeInDays":7})"},
    {"share", R"({"backupManagementType":"AzureStorage","workLoadType":"AzureFileShare",)" QM_EVENING
              R"(,"retentionPolicy":)" QM_LONG QM_DAILY "," QM_WEEKLY "," QM_MONTHLY "," QM_YEARLY "}}"},
    {"hourly_share", R"({"backupManagementType":"AzureStorage","workLoadType":"AzureFileShare","schedulePolicy":)"
                     R"({"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Hourly","hourlySchedule":)"
                     R"({"interval":4,"scheduleWindowStartTime":)" QM_TIME
                     R"(,"scheduleWindowDuration":12}},"retentionPolicy":)" QM_LONG
                     R"("dailySchedule":{)" QM_KEPT("null", "5", "Days") "}}"},
    {"vault_share", R"({"backupManagementType":"AzureStorage","workLoadType":"AzureFileShare",)" QM_EVENING
                    R"(,"vaultRetentionPolicy":{"snapshotRetentionInDays":5,"vaultRetention":)" QM_LONG QM_DAILY
                    "," QM_WEEKLY "," QM_MONTHLY "," QM_YEARLY "}}}"},
    {"database",
     R"({"backupManagementType":"AzureWorkload","workLoadType":"SQLDataBase","settings":{"timeZone":"UTC"},)"
     R"("subProtectionPolicy":[{"policyType":"Log","schedulePolicy":{"schedulePolicyType":"LogSchedulePolicy",)"
     R"("scheduleFrequencyInMins":60},"retentionPolicy":{"retentionPolicyType":"SimpleRetentionPolicy",)"
     R"("retentionDuration":{"count":30,"durationType":"Days"}}}]})"},
};

Policy good(const std::string& name) {
  auto policy = wire::parse_json<Policy>(kGood.at(name));
  EXPECT_TRUE(policy) << name << ": " << policy.error().cause();
  auto value = std::move(policy).value();
  keep_own_members(value);
  return value;
}
RetentionPolicy& kept(Policy& policy) {
  return *ruling_retention(policy);
}
Time at(std::string_view text) {
  return parse_time(text).value();
}

TEST(PolicyRules, ValidPoliciesAreAccepted) {
  for (const auto& [name, text] : kGood) {
    const auto policy = good(name);
    const auto checked = check_policy(policy);
    EXPECT_TRUE(checked) << name << ": " << checked.error().cause();
    auto whole = policy;
    complete_policy(whole);
    EXPECT_TRUE(check_policy(whole)) << name;  // what we return can be sent back
    EXPECT_TRUE(check_policy_change(policy, whole)) << name;
    EXPECT_FALSE(shortens_retention(policy, whole)) << name;
  }
}

struct Case {
  std::string_view rule;
  std::string base;
  std::function<void(Policy&)> spoil;
};

const Case kCases[] = {
    {"management_offered", "machine", [](Policy& p) { p.management = Management::agent; }},
    {"management_offered", "machine", [](Policy& p) { p.management = Management::sql; }},
    {"workload_of_share", "share", [](Policy& p) { p.workload = "VM"; }},
    {"parts_present", "database", [](Policy& p) { p.parts.reset(); }},
    {"parts_present", "database", [](Policy& p) { p.parts->clear(); }},
    {"parts_whole", "database", [](Policy& p) { p.parts->front().retention.reset(); }},
    {"schedule_present", "machine", [](Policy& p) { p.schedule.reset(); }},
    {"schedule_type_fits", "machine", [](Policy& p) { p.type = PolicyType::v2; }},
    {"schedule_type_fits", "enhanced", [](Policy& p) { p.type.reset(); }},
    {"schedule_type_fits", "share", [](Policy& p) { p.schedule->type = ScheduleType::log; }},
    {"retention_present", "machine", [](Policy& p) { p.retention.reset(); }},
    {"retention_present", "vault_share", [](Policy& p) { p.vault_retention->retention.reset(); }},
    {"retention_present", "vault_share", [](Policy& p) { p.retention = p.vault_retention->retention; }},
    {"retention_type_fits", "machine", [](Policy& p) { p.retention->type = RetentionType::simple; }},
    {"zone_known", "machine", [](Policy& p) { p.time_zone = "Europe/Berlin"; }},
    {"zone_known", "database", [](Policy& p) { p.settings->time_zone = "Moon Standard Time"; }},
    {"crash_consistency", "machine", [](Policy& p) { p.snapshot_consistency = "OnlyCrashConsistent"; }},
    {"crash_consistency", "enhanced", [](Policy& p) { p.snapshot_consistency = "Perfect"; }},
    {"frequency_present", "machine", [](Policy& p) { p.schedule->frequency.reset(); }},
    {"hourly_offered", "machine", [](Policy& p) { p.schedule->frequency = Frequency::hourly; }},
    {"only_its_schedule", "enhanced", [](Policy& p) { p.schedule->daily.emplace(); }},
    {"only_its_schedule", "enhanced", [](Policy& p) { p.schedule->hourly.reset(); }},
    {"only_its_schedule", "enhanced", [](Policy& p) { p.schedule->frequency = Frequency::weekly; }},
    {"one_run_time", "machine", [](Policy& p) { p.schedule->times->push_back(at("2026-11-23T21:00Z")); }},
    {"one_run_time", "machine", [](Policy& p) { p.schedule->times->clear(); }},
    {"one_run_time", "machine", [](Policy& p) { p.schedule->times.reset(); }},
    {"hourly_present", "hourly_share", [](Policy& p) { p.schedule->hourly.reset(); }},
    {"hourly_present", "hourly_share", [](Policy& p) { p.schedule->hourly->interval.reset(); }},
    {"hourly_present", "enhanced", [](Policy& p) { p.schedule->hourly->window_start.reset(); }},
    {"hourly_present", "enhanced", [](Policy& p) { p.schedule->hourly->window_duration.reset(); }},
    {"on_half_hour", "machine", [](Policy& p) { p.schedule->times = WireTimes{at("2026-11-23T20:10Z")}; }},
    {"on_half_hour", "enhanced", [](Policy& p) { p.schedule->hourly->window_start = at("2026-11-23T20:59Z"); }},
    {"week_days_chosen", "weekly", [](Policy& p) { p.schedule->days.reset(); }},
    {"week_days_chosen", "weekly", [](Policy& p) { p.schedule->days->clear(); }},
    {"interval_offered", "enhanced", [](Policy& p) { p.schedule->hourly->interval = 5; }},
    {"interval_offered", "hourly_share", [](Policy& p) { p.schedule->hourly->interval = 0; }},
    {"interval_offered", "hourly_share", [](Policy& p) { p.schedule->hourly->interval = -4; }},
    {"window_fits", "enhanced", [](Policy& p) { p.schedule->hourly->window_duration = 25; }},
    {"window_fits", "enhanced", [](Policy& p) { p.schedule->hourly->window_duration = 3; }},
    {"window_fits", "hourly_share",
     [](Policy& p) {
       p.schedule->hourly->interval = 12;
       p.schedule->hourly->window_duration = 8;
     }},
    {"daily_kept", "machine", [](Policy& p) { kept(p).daily.reset(); }},
    {"daily_kept", "enhanced", [](Policy& p) { kept(p).daily.reset(); }},
    {"no_daily_of_weekly", "weekly", [](Policy& p) { kept(p).daily = kept(p).weekly; }},
    {"weekly_kept", "weekly", [](Policy& p) { kept(p).weekly.reset(); }},
    {"weekly_days_chosen", "machine", [](Policy& p) { kept(p).weekly->days->clear(); }},
    {"weekly_days_equal", "weekly", [](Policy& p) { kept(p).weekly->days->push_back(WeekDay::monday); }},
    {"duration_present", "machine", [](Policy& p) { kept(p).monthly->duration.reset(); }},
    {"duration_present", "machine", [](Policy& p) { kept(p).daily->duration->count.reset(); }},
    {"duration_type_fits", "machine", [](Policy& p) { kept(p).daily->duration->type = DurationType::weeks; }},
    {"days_in_range", "machine", [](Policy& p) { kept(p).daily->duration->count = 6; }},
    {"days_in_range", "machine", [](Policy& p) { kept(p).daily->duration->count = 10000; }},
    {"days_in_range", "vault_share", [](Policy& p) { kept(p).daily->duration->count = 6; }},
    {"weeks_in_range", "machine", [](Policy& p) { kept(p).weekly->duration->count = 5164; }},
    {"weeks_in_range", "weekly", [](Policy& p) { kept(p).weekly->duration->count = 0; }},
    {"months_in_range", "machine", [](Policy& p) { kept(p).monthly->duration->count = 1189; }},
    {"years_in_range", "vault_share", [](Policy& p) { kept(p).yearly->duration->count = 100; }},
    {"snapshot_days_in_range", "share", [](Policy& p) { kept(p).daily->duration->count = 201; }},
    {"snapshot_days_in_range", "share", [](Policy& p) { kept(p).daily->duration->count = -1; }},
    {"snapshot_weeks_in_range", "share", [](Policy& p) { kept(p).weekly->duration->count = 201; }},
    {"snapshot_months_in_range", "share", [](Policy& p) { kept(p).monthly->duration->count = 121; }},
    {"snapshot_years_in_range", "share", [](Policy& p) { kept(p).yearly->duration->count = 11; }},
    {"format_present", "machine", [](Policy& p) { kept(p).monthly->format.reset(); }},
    {"format_of_weekly", "weekly",
     [](Policy& p) {
       kept(p).monthly->format = RetentionFormat::daily;
       kept(p).monthly->by_day = MonthDays{std::vector{MonthDay{1, {}}}};
     }},
    {"month_days_chosen", "machine", [](Policy& p) { kept(p).yearly->by_day.reset(); }},
    {"month_days_chosen", "machine", [](Policy& p) { kept(p).yearly->by_day->days->clear(); }},
    {"month_days_exist", "machine", [](Policy& p) { kept(p).yearly->by_day->days->push_back({29, false}); }},
    {"month_days_exist", "machine", [](Policy& p) { kept(p).yearly->by_day->days->push_back({0, {}}); }},
    {"month_days_exist", "machine", [](Policy& p) { kept(p).yearly->by_day->days->push_back({}); }},
    {"month_weeks_chosen", "machine", [](Policy& p) { kept(p).monthly->by_week->weeks->clear(); }},
    {"month_weeks_chosen", "machine", [](Policy& p) { kept(p).monthly->by_week->days.reset(); }},
    {"month_weeks_chosen", "machine", [](Policy& p) { kept(p).monthly->by_week.reset(); }},
    {"long_term_days_run", "weekly",
     [](Policy& p) { kept(p).monthly->by_week->days = WireWeekDays{WeekDay::saturday}; }},
    {"long_term_days_run", "weekly", [](Policy& p) { kept(p).monthly->by_week->days->push_back(WeekDay::monday); }},
    {"months_chosen", "machine", [](Policy& p) { kept(p).yearly->months->clear(); }},
    {"retention_times_fit", "machine", [](Policy& p) { kept(p).daily->times = WireTimes{at("2026-11-23T08:00Z")}; }},
    {"retention_times_fit", "machine", [](Policy& p) { kept(p).weekly->times->push_back(at("2026-11-23T20:00Z")); }},
    {"retention_times_fit", "hourly_share",
     [](Policy& p) { kept(p).daily->times = WireTimes{at("2026-11-23T12:00Z")}; }},
    {"instant_days_daily", "machine", [](Policy& p) { p.instant_days = 6; }},
    {"instant_days_daily", "machine", [](Policy& p) { p.instant_days = 0; }},
    {"instant_days_weekly", "weekly", [](Policy& p) { p.instant_days = 4; }},
    {"instant_days_enhanced", "enhanced", [](Policy& p) { p.instant_days = 31; }},
    {"snapshot_days", "vault_share", [](Policy& p) { p.vault_retention->snapshot_days = 201; }},
    {"snapshot_days", "vault_share", [](Policy& p) { p.vault_retention->snapshot_days.reset(); }},
    {"snapshots_of_share", "hourly_share", [](Policy& p) { kept(p).daily->duration->count = 50; }},
};

TEST(PolicyRules, EachRowRefusesItsOwn) {
  std::set<std::string_view> seen;
  for (const auto& one : kCases) {
    auto policy = good(one.base);
    one.spoil(policy);
    std::string_view first = "none";
    for (const auto& rule : policy_rules()) {
      if (rule.find(policy)) {
        first = rule.name;
        break;
      }
    }
    EXPECT_EQ(first, one.rule) << one.base;
    seen.insert(first);
    const auto checked = check_policy(policy);
    ASSERT_FALSE(checked) << one.rule;
    ASSERT_NE(checked.error().published(), nullptr);
    EXPECT_EQ(checked.error().published()->row, &errors::kInvalidPolicy);
    EXPECT_TRUE(checked.error().published()->target.starts_with("properties.")) << one.rule;
    EXPECT_NE(checked.error().published()->message.find(checked.error().published()->target), std::string::npos);
  }
  for (const auto& rule : policy_rules()) {
    EXPECT_TRUE(seen.contains(rule.name)) << "no case breaks " << rule.name;
    EXPECT_TRUE(rule.sentence.ends_with('.')) << rule.name;
  }
}

TEST(PolicyRules, AMessageNamesPropertyValueRuleAndRemedy) {
  auto policy = good("machine");
  kept(policy).daily->duration->count = 3;
  EXPECT_EQ(
      check_policy(policy).error().published()->message,
      "The policy is not in the proper format. The property "
      "'properties.retentionPolicy.dailySchedule.retentionDuration.count' is '3'. Daily points are kept 7 to 9999 "
      "days; send a count in that range.");
}

TEST(PolicyRules, EachChangeThatIsRefused) {
  struct Change {
    std::string_view rule;
    std::string before;
    std::string after;
  };
  auto other_workload = good("database");
  other_workload.workload = "SAPHanaDatabase";
  EXPECT_FALSE(check_policy_change(good("database"), other_workload));
  std::set<std::string_view> seen{"same_workload"};
  for (const auto& one :
       {Change{"same_management", "machine", "share"}, Change{"stays_enhanced", "enhanced", "machine"},
        Change{"stays_in_vault", "vault_share", "share"}}) {
    const auto before = good(one.before);
    const auto after = good(one.after);
    std::string_view first = "none";
    for (const auto& rule : policy_change_rules()) {
      if (rule.find(before, after)) {
        first = rule.name;
        break;
      }
    }
    EXPECT_EQ(first, one.rule);
    seen.insert(first);
    EXPECT_FALSE(check_policy_change(before, after));
  }
  for (const auto& rule : policy_change_rules()) {
    EXPECT_TRUE(seen.contains(rule.name)) << "no case breaks " << rule.name;
  }
  EXPECT_TRUE(check_policy_change(good("machine"), good("enhanced")));
  EXPECT_TRUE(check_policy_change(good("share"), good("vault_share")));
}

TEST(PolicyRules, Names) {
  for (const auto* name : {"DefaultPolicy", "a-b", "p_1", "abc!"}) {
    EXPECT_TRUE(check_policy_name(name)) << name;
  }
  for (const auto& name : {std::string("ab"), std::string("1abc"), std::string("a b c"), std::string("pöl"),
                           std::string(151, 'a'), std::string("a/b"), std::string()}) {
    EXPECT_FALSE(check_policy_name(name)) << name;
  }
}

TEST(PolicyShape, MembersOfOtherTypesAreDropped) {
  auto share = good("share");
  share.instant_days = 2;
  share.type = PolicyType::v2;
  share.parts.emplace();
  share.guard_requests = {"/x"};
  share.items = 7;
  share.schedule->days = WireWeekDays{WeekDay::monday};
  share.schedule->minutes = 15;
  kept(share).daily->days = WireWeekDays{WeekDay::monday};
  kept(share).monthly->by_day.emplace();
  kept(share).duration.emplace();
  keep_own_members(share);
  EXPECT_EQ(wire::to_json(share), wire::to_json(good("share")));
}

TEST(PolicyShape, WhatIsLeftOutIsTold) {
  auto policy = good("hourly_share");
  complete_policy(policy);
  // Recorded in the published example: the end of the window.
  EXPECT_EQ(format_time_short(kept(policy).daily->times->front()), "2026-11-24T08:00:00Z");
  EXPECT_EQ(policy.time_zone, "UTC");
  auto weekly = good("weekly");
  weekly.instant_days.reset();
  complete_policy(weekly);
  EXPECT_EQ(weekly.instant_days, 5);
}

TEST(PolicyShape, WhatRunsLessOften) {
  EXPECT_TRUE(runs_less_often(good("machine"), good("weekly")));
  EXPECT_FALSE(runs_less_often(good("weekly"), good("machine")));
  EXPECT_TRUE(runs_less_often(good("enhanced"), good("machine")));
  auto rarer = good("enhanced");
  rarer.schedule->hourly->interval = 6;
  EXPECT_TRUE(runs_less_often(good("enhanced"), rarer));
  EXPECT_FALSE(runs_less_often(rarer, rarer));
  auto other_day = good("weekly");
  other_day.schedule->days = WireWeekDays{WeekDay::monday};
  EXPECT_FALSE(runs_less_often(good("weekly"), other_day));
  EXPECT_FALSE(runs_less_often(good("database"), good("database")));
}

TEST(PolicyShape, WhatShortensRetention) {
  const auto before = good("machine");
  auto after = before;
  EXPECT_FALSE(shortens_retention(before, after));
  kept(after).monthly->duration->count = 59;
  EXPECT_TRUE(shortens_retention(before, after));
  EXPECT_FALSE(shortens_retention(after, before));
  after = before;
  kept(after).yearly.reset();
  EXPECT_TRUE(shortens_retention(before, after));
  EXPECT_FALSE(shortens_retention(after, before));
  EXPECT_FALSE(shortens_retention(good("database"), good("database")));
}

}  // namespace
}  // namespace quaymaster::recovery_services
