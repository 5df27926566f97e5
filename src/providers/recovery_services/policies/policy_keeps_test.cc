// Accepted policies do what they promise: random policies of every form, run by the same schedule and retention code
// that real items use.
#include <gtest/gtest.h>

#include <random>

#include "providers/recovery_services/policies/policy_access.h"
#include "providers/recovery_services/policies/policy_plan.h"
#include "providers/recovery_services/policies/policy_rules.h"
#include "providers/recovery_services/policies/policy_shape.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kZones[] = {"UTC", "W. Europe Standard Time", "Pacific Standard Time", "Tonga Standard Time",
                                       "Lord Howe Standard Time"};

/// Random policies: mostly valid, with days and forms that often do not fit each other.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  PolicyProperties policy() {
    PolicyProperties policy;
    const bool machine = chance(2);
    policy.management = machine ? Management::machine : Management::file_share;
    policy.time_zone = std::string(kZones[below(std::size(kZones))]);
    const auto frequency = static_cast<Frequency>(below(3));
    const bool enhanced = machine && (frequency == Frequency::hourly || chance(2));
    if (enhanced) {
      policy.type = PolicyType::v2;
    }
    at_ = parse_time("2026-01-01T00:00:00Z").value() + std::chrono::minutes{30 * below(48)};
    auto& schedule = policy.schedule.emplace();
    schedule.type = enhanced ? ScheduleType::simple_v2 : ScheduleType::simple;
    schedule.frequency = frequency;
    run_days_ = week_days();
    if (frequency == Frequency::hourly) {
      constexpr std::int32_t kIntervals[] = {4, 6, 8, 12};
      const auto interval = kIntervals[below(4)];
      schedule.hourly = HourlySchedule{interval, at_, interval + below(25 - interval)};
    } else if (enhanced) {
      (frequency == Frequency::weekly ? schedule.weekly : schedule.daily) = RunTimes{run_days_, WireTimes{at_}};
    } else {
      schedule.times = WireTimes{at_};
      schedule.days = run_days_;
    }
    const bool vault_tier = !machine && chance(3);
    auto& retention = vault_tier ? policy.vault_retention.emplace().retention.emplace() : policy.retention.emplace();
    if (vault_tier) {
      policy.vault_retention->snapshot_days = 5;
    }
    if (frequency != Frequency::weekly) {
      retention.daily = part(DurationType::days, 7);
    }
    if (frequency == Frequency::weekly || chance(2)) {
      retention.weekly = part(DurationType::weeks, 1 + below(20));
      retention.weekly->days = frequency == Frequency::weekly ? run_days_ : week_days();
    }
    if (chance(2)) {
      retention.monthly = long_part(DurationType::months, frequency);
    }
    if (chance(2)) {
      retention.yearly = long_part(DurationType::years, frequency);
      retention.yearly->months.emplace();
      for (int i = 0; i < 1 + below(3); ++i) {
        retention.yearly->months->push_back(static_cast<MonthName>(below(12)));
      }
    }
    return policy;
  }
  Time day() { return parse_time("2026-01-01T00:00:00Z").value() + std::chrono::hours{24 * below(365)}; }

 private:
  int below(std::size_t limit) { return static_cast<int>(engine_() % limit); }
  bool chance(int of) { return below(static_cast<std::size_t>(of)) == 0; }
  WireWeekDays week_days() {
    WireWeekDays days;
    for (int i = 0; i < 1 + below(3); ++i) {
      days.push_back(static_cast<WeekDay>(below(7)));
    }
    return days;
  }
  RetentionSchedule part(DurationType unit, std::int32_t count) {
    RetentionSchedule schedule;
    schedule.duration = RetentionDuration{count, unit};
    if (chance(2)) {
      schedule.times = WireTimes{at_};
    }
    return schedule;
  }
  RetentionSchedule long_part(DurationType unit, Frequency frequency) {
    auto schedule = part(unit, 1 + below(10));
    if (frequency == Frequency::weekly || chance(2)) {
      schedule.format = RetentionFormat::weekly;
      schedule.by_week.emplace().days = chance(2) ? WireWeekDays{run_days_.front()} : week_days();
      schedule.by_week->weeks = {static_cast<WeekOfMonth>(below(5))};
    } else {
      schedule.format = RetentionFormat::daily;
      schedule.by_day.emplace().days = {chance(3) ? MonthDay{{}, true} : MonthDay{1 + below(28), false}};
    }
    return schedule;
  }

  std::mt19937 engine_;
  Time at_;
  WireWeekDays run_days_;
};

/// Every run of a year and a month, so that a rule about a single month of the year applies at least once.
std::vector<RetainedPoint> runs_of(const Plan& plan, Time from) {
  std::vector<RetainedPoint> points;
  const auto end = from + std::chrono::hours{24 * 400};
  for (auto run = next_run(plan.schedule, plan.zone, from); run && *run < end;
       run = next_run(plan.schedule, plan.zone, *run)) {
    points.push_back({*run, false, {}});
  }
  return points;
}

/// Does the rule keep any of the points? An earlier rule that selects none keeps the points that it does not select.
bool keeps_any(const KeepRule& rule, const TimeZone& zone, std::span<const RetainedPoint> points) {
  KeepRule none;
  none.name = "none";
  none.days.kind = DayChoice::Kind::week_days;
  const auto found = lifetimes({{none, rule}}, zone, points);
  return std::ranges::any_of(found, [&](const Lifetime& lifetime) { return lifetime.rule == rule.name; });
}

TEST(PolicyKeeps, EveryRetentionOfAnAcceptedPolicyMeetsARun) {
  int accepted = 0;
  std::map<std::pair<Management, Frequency>, int> forms;
  for (unsigned seed = 1; seed <= 240; ++seed) {
    Dice dice(seed);
    auto policy = dice.policy();
    keep_own_members(policy);
    if (!check_policy(policy)) {
      continue;
    }
    ++accepted;
    ++forms[{policy.management, *policy.schedule->frequency}];
    complete_policy(policy);
    const auto plan = plan_of(policy);
    ASSERT_TRUE(plan) << "seed " << seed;
    const auto points = runs_of(plan.value(), dice.day());
    for (const auto& rule : plan.value().retention.rules) {
      ASSERT_TRUE(keeps_any(rule, plan.value().zone, points))
          << "seed " << seed << ", " << rule.name << " keeps nothing of " << wire::to_json(policy);
    }
  }
  EXPECT_GT(accepted, 120);
  EXPECT_EQ(forms.size(), 6U) << "each frequency, of machines and of file shares";
}

}  // namespace
}  // namespace quaymaster::recovery_services
