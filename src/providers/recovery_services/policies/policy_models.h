#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "wire/field.h"

// Backup policies on the wire. Source: Microsoft.RecoveryServices 2024-04-01, ProtectionPolicyResource; backup.md
// 10.1. The published types that a member distinguishes (`backupManagementType`, `schedulePolicyType`,
// `retentionPolicyType`) are one struct here, with the members of all cases: no name has two meanings in two cases.
// `keep_own_members` (policy_shape.h) drops what does not belong to the case, as the service does.
namespace quaymaster::recovery_services {

enum class Management { machine, file_share, workload, sql, agent, generic };
constexpr auto names(Management) {
  using enum Management;
  using wire::name;
  return std::array{name(machine, "AzureIaasVM"),
                    name(file_share, "AzureStorage"),
                    name(workload, "AzureWorkload"),
                    name(sql, "AzureSql"),
                    name(agent, "MAB"),
                    name(generic, "GenericProtectionPolicy")};
}

enum class ScheduleType { simple, simple_v2, log, long_term };
constexpr auto names(ScheduleType) {
  using enum ScheduleType;
  using wire::name;
  return std::array{name(simple, "SimpleSchedulePolicy"), name(simple_v2, "SimpleSchedulePolicyV2"),
                    name(log, "LogSchedulePolicy"), name(long_term, "LongTermSchedulePolicy")};
}

enum class RetentionType { long_term, simple };
constexpr auto names(RetentionType) {
  return std::array{wire::name(RetentionType::long_term, "LongTermRetentionPolicy"),
                    wire::name(RetentionType::simple, "SimpleRetentionPolicy")};
}

enum class PolicyType { v1, v2 };
constexpr auto names(PolicyType) {
  return std::array{wire::name(PolicyType::v1, "V1"), wire::name(PolicyType::v2, "V2")};
}

enum class SubPolicyType { full, differential, log, copy_only_full, incremental, snapshot_full, snapshot_copy_only };
constexpr auto names(SubPolicyType) {
  using enum SubPolicyType;
  using wire::name;
  return std::array{name(full, "Full"),
                    name(differential, "Differential"),
                    name(log, "Log"),
                    name(copy_only_full, "CopyOnlyFull"),
                    name(incremental, "Incremental"),
                    name(snapshot_full, "SnapshotFull"),
                    name(snapshot_copy_only, "SnapshotCopyOnlyFull")};
}

enum class Frequency { daily, weekly, hourly };
constexpr auto names(Frequency) {
  using enum Frequency;
  using wire::name;
  return std::array{name(daily, "Daily"), name(weekly, "Weekly"), name(hourly, "Hourly")};
}

/// In the order of std::chrono::weekday::c_encoding().
enum class WeekDay { sunday, monday, tuesday, wednesday, thursday, friday, saturday };
constexpr auto names(WeekDay) {
  using enum WeekDay;
  using wire::name;
  return std::array{name(sunday, "Sunday"),       name(monday, "Monday"),     name(tuesday, "Tuesday"),
                    name(wednesday, "Wednesday"), name(thursday, "Thursday"), name(friday, "Friday"),
                    name(saturday, "Saturday")};
}

enum class WeekOfMonth { first, second, third, fourth, last };
constexpr auto names(WeekOfMonth) {
  using enum WeekOfMonth;
  using wire::name;
  return std::array{name(first, "First"), name(second, "Second"), name(third, "Third"), name(fourth, "Fourth"),
                    name(last, "Last")};
}

/// From 0.
enum class MonthName { jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec };
constexpr auto names(MonthName) {
  using enum MonthName;
  using wire::name;
  return std::array{name(jan, "January"),   name(feb, "February"), name(mar, "March"),    name(apr, "April"),
                    name(may, "May"),       name(jun, "June"),     name(jul, "July"),     name(aug, "August"),
                    name(sep, "September"), name(oct, "October"),  name(nov, "November"), name(dec, "December")};
}

enum class DurationType { days, weeks, months, years };
constexpr auto names(DurationType) {
  using enum DurationType;
  using wire::name;
  return std::array{name(days, "Days"), name(weeks, "Weeks"), name(months, "Months"), name(years, "Years")};
}

enum class RetentionFormat { daily, weekly };
constexpr auto names(RetentionFormat) {
  return std::array{wire::name(RetentionFormat::daily, "Daily"), wire::name(RetentionFormat::weekly, "Weekly")};
}

/// Only hour and minute matter; the date is echoed.
using WireTimes = std::vector<Time>;
using WireWeekDays = std::vector<WeekDay>;

struct HourlySchedule {
  std::optional<std::int32_t> interval;  // hours
  std::optional<Time> window_start;
  std::optional<std::int32_t> window_duration;  // hours
  static constexpr auto wire() {
    using wire::field;
    using S = HourlySchedule;
    return wire::fields({field<&S::interval>("interval").or_text(), field<&S::window_start>("scheduleWindowStartTime"),
                         field<&S::window_duration>("scheduleWindowDuration").or_text()});
  }
};

/// `dailySchedule` and `weeklySchedule` of SimpleSchedulePolicyV2; the former has no days.
struct RunTimes {
  std::optional<WireWeekDays> days;
  std::optional<WireTimes> times;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&RunTimes::days>("scheduleRunDays"), field<&RunTimes::times>("scheduleRunTimes")});
  }
};

struct SchedulePolicy {
  ScheduleType type = ScheduleType::simple;
  std::optional<Frequency> frequency;       // simple, simple_v2
  std::optional<WireWeekDays> days;         // simple
  std::optional<WireTimes> times;           // simple
  std::optional<HourlySchedule> hourly;     // simple, simple_v2
  std::optional<RunTimes> daily;            // simple_v2
  std::optional<RunTimes> weekly;           // simple_v2
  std::optional<std::int32_t> every_weeks;  // simple
  std::optional<std::int32_t> minutes;      // log
  static constexpr auto wire() {
    using wire::field;
    using P = SchedulePolicy;
    return wire::fields({field<&P::type>("schedulePolicyType").required(), field<&P::frequency>("scheduleRunFrequency"),
                         field<&P::days>("scheduleRunDays"), field<&P::times>("scheduleRunTimes"),
                         field<&P::hourly>("hourlySchedule"), field<&P::daily>("dailySchedule"),
                         field<&P::weekly>("weeklySchedule"),
                         field<&P::every_weeks>("scheduleWeeklyFrequency").or_text(),
                         field<&P::minutes>("scheduleFrequencyInMins").or_text()});
  }
};

struct RetentionDuration {
  std::optional<std::int32_t> count;
  std::optional<DurationType> type;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&RetentionDuration::count>("count").or_text(), field<&RetentionDuration::type>("durationType")});
  }
};

struct MonthDay {
  std::optional<std::int32_t> date;
  std::optional<bool> is_last;
  static constexpr auto wire() {
    return wire::fields({wire::field<&MonthDay::date>("date").or_text(), wire::field<&MonthDay::is_last>("isLast")});
  }
};
struct MonthDays {
  std::optional<std::vector<MonthDay>> days;
  static constexpr auto wire() { return wire::fields({wire::field<&MonthDays::days>("daysOfTheMonth")}); }
};
struct MonthWeeks {
  std::optional<WireWeekDays> days;
  std::optional<std::vector<WeekOfMonth>> weeks;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&MonthWeeks::days>("daysOfTheWeek"), field<&MonthWeeks::weeks>("weeksOfTheMonth")});
  }
};

/// One of the four schedules of a LongTermRetentionPolicy, with the members of all of them in the order in which the
/// service writes them.
struct RetentionSchedule {
  std::optional<WireWeekDays> days;              // weekly
  std::optional<RetentionFormat> format;         // monthly, yearly
  std::optional<std::vector<MonthName>> months;  // yearly
  std::optional<MonthDays> by_day;               // monthly, yearly
  std::optional<MonthWeeks> by_week;             // monthly, yearly
  std::optional<WireTimes> times;
  std::optional<RetentionDuration> duration;
  static constexpr auto wire() {
    using wire::field;
    using S = RetentionSchedule;
    return wire::fields({field<&S::days>("daysOfTheWeek"), field<&S::format>("retentionScheduleFormatType"),
                         field<&S::months>("monthsOfYear"), field<&S::by_day>("retentionScheduleDaily"),
                         field<&S::by_week>("retentionScheduleWeekly"), field<&S::times>("retentionTimes"),
                         field<&S::duration>("retentionDuration")});
  }
};

struct RetentionPolicy {
  RetentionType type = RetentionType::long_term;
  std::optional<RetentionSchedule> daily;  // long_term, like the next three
  std::optional<RetentionSchedule> weekly;
  std::optional<RetentionSchedule> monthly;
  std::optional<RetentionSchedule> yearly;
  std::optional<RetentionDuration> duration;  // simple
  static constexpr auto wire() {
    using wire::field;
    using P = RetentionPolicy;
    return wire::fields({field<&P::type>("retentionPolicyType").required(), field<&P::daily>("dailySchedule"),
                         field<&P::weekly>("weeklySchedule"), field<&P::monthly>("monthlySchedule"),
                         field<&P::yearly>("yearlySchedule"), field<&P::duration>("retentionDuration")});
  }
};

struct VaultRetentionPolicy {
  std::optional<std::int32_t> snapshot_days;
  std::optional<RetentionPolicy> retention;
  static constexpr auto wire() {
    using wire::field;
    using P = VaultRetentionPolicy;
    return wire::fields(
        {field<&P::snapshot_days>("snapshotRetentionInDays").or_text(), field<&P::retention>("vaultRetention")});
  }
};

struct InstantRpDetails {
  std::optional<std::string> prefix;
  std::optional<std::string> suffix;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&InstantRpDetails::prefix>("azureBackupRGNamePrefix"),
                         field<&InstantRpDetails::suffix>("azureBackupRGNameSuffix")});
  }
};

struct WorkloadSettings {
  std::optional<std::string> time_zone;
  std::optional<bool> sql_compression;
  std::optional<bool> compression;
  static constexpr auto wire() {
    using wire::field;
    using S = WorkloadSettings;
    return wire::fields({field<&S::time_zone>("timeZone"), field<&S::sql_compression>("issqlcompression"),
                         field<&S::compression>("isCompression")});
  }
};

struct SubPolicy {
  std::optional<SubPolicyType> type;
  std::optional<SchedulePolicy> schedule;
  std::optional<RetentionPolicy> retention;
  std::optional<wire::Json> tiering;
  std::optional<wire::Json> snapshot_details;
  static constexpr auto wire() {
    using wire::field;
    using P = SubPolicy;
    return wire::fields({field<&P::type>("policyType"), field<&P::schedule>("schedulePolicy"),
                         field<&P::retention>("retentionPolicy"), field<&P::tiering>("tieringPolicy"),
                         field<&P::snapshot_details>("snapshotBackupAdditionalDetails")});
  }
};

/// `properties` of a policy, as sent, stored and returned.
struct PolicyProperties {
  Management management = Management::machine;
  std::optional<std::string> workload;                     // file_share, workload
  std::optional<PolicyType> type;                          // machine; absent: V1
  std::optional<InstantRpDetails> instant_details;         // machine
  std::optional<WorkloadSettings> settings;                // workload
  std::optional<SchedulePolicy> schedule;                  // machine, file_share
  std::optional<RetentionPolicy> retention;                // machine, file_share
  std::optional<VaultRetentionPolicy> vault_retention;     // file_share
  std::optional<std::vector<SubPolicy>> parts;             // workload
  std::optional<wire::Json> tiering;                       // machine
  std::optional<std::int32_t> instant_days;                // machine
  std::optional<std::string> time_zone;                    // machine, file_share
  std::optional<std::string> snapshot_consistency;         // machine
  std::optional<std::vector<std::string>> guard_requests;  // resource guard: request only, never stored
  std::optional<std::int64_t> items;                       // answers only, never stored
  static constexpr auto wire() {
    using wire::field;
    using P = PolicyProperties;
    return wire::fields({field<&P::management>("backupManagementType").required(), field<&P::workload>("workLoadType"),
                         field<&P::type>("policyType"), field<&P::instant_details>("instantRPDetails"),
                         field<&P::settings>("settings"), field<&P::schedule>("schedulePolicy"),
                         field<&P::retention>("retentionPolicy"), field<&P::vault_retention>("vaultRetentionPolicy"),
                         field<&P::parts>("subProtectionPolicy"), field<&P::tiering>("tieringPolicy"),
                         field<&P::instant_days>("instantRpRetentionRangeInDays").or_text(),
                         field<&P::time_zone>("timeZone"), field<&P::snapshot_consistency>("snapshotConsistencyType"),
                         field<&P::guard_requests>("resourceGuardOperationRequests"),
                         field<&P::items>("protectedItemsCount").read_only()});
  }
};

/// The policy resource.
struct PolicyResource {
  std::string id;
  std::string name;
  std::string type;
  std::optional<PolicyProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using P = PolicyResource;
    return wire::fields({field<&P::id>("id").read_only(), field<&P::name>("name").read_only(),
                         field<&P::type>("type").read_only(), field<&P::properties>("properties").required()});
  }
};

}  // namespace quaymaster::recovery_services
