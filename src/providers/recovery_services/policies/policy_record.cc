#include "providers/recovery_services/policies/policy_record.h"

#include "arm/resource_groups.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/policies/policy_store.h"
#include "wire/field.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE rs_policies (
  vault TEXT NOT NULL,
  lower_name TEXT NOT NULL,
  name TEXT NOT NULL,
  management TEXT NOT NULL,
  properties TEXT NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (vault, lower_name)
) STRICT;
)",
    // The jobs of a change of a policy in use, until the last one has ended; and the scheduler's last runs.
    R"(
CREATE TABLE rs_policy_jobs (
  operation TEXT NOT NULL,
  job TEXT PRIMARY KEY,
  ended INTEGER NOT NULL
) STRICT;
CREATE INDEX rs_policy_jobs_by_operation ON rs_policy_jobs (operation);
)",
};

#define QM_POLICY_COLUMNS "SELECT vault, name, management, properties, created, changed FROM rs_policies "

Result<PolicyRecord> policy_of(const store::Row& row) {
  PolicyRecord policy;
  TRY(policy.vault, row.guid(0));
  policy.name = row.text(1);
  policy.management = row.text(2);
  policy.properties = row.text(3);
  policy.created = row.time(4);
  policy.changed = row.time(5);
  return policy;
}

auto append_to(std::vector<PolicyRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    TRY(auto policy, policy_of(row));
    into.push_back(std::move(policy));
    return ok();
  };
}

/// A policy of a new vault; "{}" stands for the day it is created on. Source: recorded answers, backup.md 10.2.
struct Default {
  std::string_view name;
  std::string_view management;
  std::string_view properties;
};

#define QM_THIRTY_DAYS(time)                                                               \
  R"({"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{"retentionTimes":)" \
  R"([")" time R"("],"retentionDuration":{"count":30,"durationType":"Days"}}})"
#define QM_EVERY_EVENING                                                            \
  R"({"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily",)" \
  R"("scheduleRunTimes":["{}T20:00:00Z"],"scheduleWeeklyFrequency":0})"

constexpr Default kDefaults[] = {
    {"DefaultPolicy", "AzureIaasVM",
     R"({"backupManagementType":"AzureIaasVM","instantRPDetails":{},"schedulePolicy":)" QM_EVERY_EVENING
     R"(,"retentionPolicy":)" QM_THIRTY_DAYS("{}T20:00:00Z") R"(,"instantRpRetentionRangeInDays":2,"timeZone":"UTC"})"},
    {"EnhancedPolicy", "AzureIaasVM",
     R"({"backupManagementType":"AzureIaasVM","policyType":"V2","instantRPDetails":{},"schedulePolicy":)"
     R"({"schedulePolicyType":"SimpleSchedulePolicyV2","scheduleRunFrequency":"Hourly","hourlySchedule":)"
     R"({"interval":4,"scheduleWindowStartTime":"{}T08:00:00Z","scheduleWindowDuration":12}},"retentionPolicy":)" QM_THIRTY_DAYS(
         "{}T08:00:00Z") R"(,"instantRpRetentionRangeInDays":2,"timeZone":"UTC"})"},
    {"HourlyLogBackup", "AzureWorkload",
     R"({"backupManagementType":"AzureWorkload","workLoadType":"SQLDataBase","settings":{"timeZone":"UTC",)"
     R"("issqlcompression":false,"isCompression":false},"subProtectionPolicy":[{"policyType":"Full","schedulePolicy":)" QM_EVERY_EVENING
     R"(,"retentionPolicy":)" QM_THIRTY_DAYS(
         "{}T20:00:00Z") R"(},{"policyType":"Log","schedulePolicy":{"schedulePolicyType":"LogSchedulePolicy","scheduleFrequencyInMins":60},)"
                         R"("retentionPolicy":{"retentionPolicyType":"SimpleRetentionPolicy","retentionDuration":{"count":30,)"
                         R"("durationType":"Days"}}}]})"},
};

/// `text` with the day in place of every "{}T"; the braces of empty objects are not followed by a T.
std::string on_day(std::string_view text, std::string_view day) {
  constexpr std::string_view kMark = "{}T";
  std::string filled;
  for (auto at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark)) {
    filled.append(text.substr(0, at)).append(day);
    text.remove_prefix(at + 2);
  }
  return filled.append(text);
}

}  // namespace

store::Schema policies_schema() {
  return {"recovery_services_policies", kSteps};
}

Result<PolicyRecord> find_policy(store::Reader& reader, const Guid& vault, std::string_view name) {
  std::vector<PolicyRecord> found;
  TRY(reader.each(QM_POLICY_COLUMNS "WHERE vault = ? AND lower_name = ?", append_to(found), vault.text(),
                  to_lower(name)));
  if (found.empty()) {
    return refuse(Errc::not_found, errors::kPolicyNotFound, name);
  }
  return std::move(found.front());
}

Result<std::string> policy_in_id(const VaultRecord& vault, std::string_view id) {
  constexpr std::string_view kType = "Microsoft.RecoveryServices/vaults/backupPolicies";
  const auto refused = [&] { return refuse(Errc::invalid, errors::kPolicyElsewhere, id, vault.name).at("policyId"); };
  const auto parsed = arm::parse_resource_id(id);
  if (!parsed || !equal_ignoring_case(parsed.value().type, kType) ||
      !equal_ignoring_case(parsed.value().subscription, vault.subscription) ||
      !equal_ignoring_case(parsed.value().group, vault.group)) {
    return refused();
  }
  const std::string_view names = parsed.value().name;
  const auto slash = names.find('/');
  if (slash == std::string_view::npos || !equal_ignoring_case(names.substr(0, slash), vault.name)) {
    return refused();
  }
  return std::string(names.substr(slash + 1));
}

Result<> check_policy_fits(const PolicyRecord& policy, SourceKind kind) {
  if (equal_ignoring_case(policy.management, wire::text_of(kind))) {
    return ok();
  }
  return refuse(Errc::invalid, errors::kPolicyDoesNotFit, policy.name, policy.management, wire::text_of(kind))
      .at("policyId");
}

Result<> create_default_policies(store::Writer& writer, const VaultRecord& vault, Time now) {
  const auto day = format_time(now).substr(0, std::string_view("2026-11-23").size());
  for (const auto& one : kDefaults) {
    PolicyRecord policy;
    policy.vault = vault.id;
    policy.name = one.name;
    policy.management = one.management;
    policy.properties = on_day(one.properties, day);
    policy.created = policy.changed = now;
    TRY(put_policy(writer, policy));
  }
  return ok();
}

Result<> remove_policies(store::Writer& writer, const VaultRecord& vault) {
  TRY(writer.change("DELETE FROM rs_policies WHERE vault = ?", vault.id.text()));
  return ok();
}

Result<> put_policy(store::Writer& writer, const PolicyRecord& policy) {
  TRY(
      writer.change("INSERT INTO rs_policies (vault, lower_name, name, management, properties, created, changed) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (vault, lower_name) DO UPDATE SET "
                    "management = excluded.management, properties = excluded.properties, changed = excluded.changed",
                    policy.vault.text(), to_lower(policy.name), policy.name, policy.management, policy.properties,
                    policy.created, policy.changed));
  return ok();
}

Result<bool> delete_policy(store::Writer& writer, const Guid& vault, std::string_view name) {
  TRY(const auto gone,
      writer.change("DELETE FROM rs_policies WHERE vault = ? AND lower_name = ?", vault.text(), to_lower(name)));
  return gone > 0;
}

Result<std::vector<PolicyRecord>> list_policies(store::Reader& reader, const Guid& vault, std::string_view after,
                                                std::size_t limit) {
  std::vector<PolicyRecord> found;
  TRY(reader.each(QM_POLICY_COLUMNS "WHERE vault = ? AND lower_name > ? ORDER BY lower_name LIMIT ?", append_to(found),
                  vault.text(), after, limit));
  return found;
}

}  // namespace quaymaster::recovery_services
