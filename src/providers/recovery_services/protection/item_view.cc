#include "providers/recovery_services/protection/item_view.h"

#include <algorithm>

#include "base/encode.h"
#include "providers/recovery_services/common/versions.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kType =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";

/// The last backup time that machines without a backup report. Source: recorded, backup.md 3.
constexpr Time kNeverBackedUp = std::chrono::sys_days{std::chrono::year{2001} / 1 / 1};

std::string_view last_backup_status(const ItemRecord& item) {
  switch (item.last_backup) {
    case LastBackup::none:
      return item.kind == SourceKind::machine ? "" : "IRPending";
    case LastBackup::completed:
      return "Completed";
    case LastBackup::completed_with_warnings:
      return "CompletedWithWarnings";
    case LastBackup::failed:
      return "Failed";
  }
  return {};
}

/// The job's error, as recorded. Source of the healthy text: backup.md 9.2; the third text is ours, for items whose
/// backup failed before errors were stored.
HealthDetail health_of(const ItemRecord& item) {
  if (item.failure) {
    return {item.failure->number, item.failure->title, item.failure->text, item.failure->recommendations};
  }
  if (item.last_backup == LastBackup::failed) {
    return {400240,
            "IaasVmHealthRedDefault",
            "The last backup of this virtual machine failed.",
            {"Check the errors of the last backup job, remove their cause and trigger a backup."}};
  }
  return {400239, "IaasVmHealthGreenDefault", "Backup pre-check status of this virtual machine is OK.", {}};
}

/// As recorded: nothing before the first backup; after it, good or bad, this entry. Which failures count as
/// persistent is our choice: those that need user action.
std::map<std::string, KpiHealth> kpis_of(const ItemRecord& item) {
  if (item.last_backup == LastBackup::none) {
    return {};
  }
  KpiHealth backup{"Healthy", {{0, "Success", "", {}}}};
  if (item.last_backup == LastBackup::failed) {
    const bool lasts = item.failure && item.failure->title.starts_with("UserError");
    backup = {lasts ? "PersistentDegraded" : "TransientDegraded", {health_of(item)}};
  }
  return {{"BackupOperationStatusKPI", std::move(backup)}};
}

void fill_machine(ItemProperties& wire, const ItemRecord& item, std::string_view api_version) {
  const bool failed = item.last_backup == LastBackup::failed;
  wire.machine_id = item.source_id;
  wire.health = failed ? "ActionRequired" : "Passed";
  if (item.last_backup != LastBackup::none) {
    wire.health_details = {health_of(item)};
  }
  wire.last_backup_time = item.last_backup_time.value_or(kNeverBackedUp);
  wire.data_id = std::to_string(item.data_id);
  if (is_since(api_version, cuts::kItemScanning)) {
    wire.source_side_scanning = 0;
  }
  wire.type = wire::text_of(ItemType::machine);
  wire.container = item.short_container();
  wire.last_point = item.last_point_time;
}

void fill_share(ItemProperties& wire, const ItemRecord& item) {
  wire.last_backup_time = item.last_backup_time;
  wire.type = wire::text_of(ItemType::file_share);
  wire.container = item.container;
}

/// Machines without a policy report an empty one, shares none (backup.md 9.1).
void fill_policy(ItemProperties& wire, const ItemRecord& item, const std::string& vault) {
  if (!item.policy.empty()) {
    wire.policy_id = fmt::format("{}/backupPolicies/{}", vault, item.policy);
  }
  if (item.kind == SourceKind::machine) {
    wire.policy_id = wire.policy_id.value_or("");
    wire.policy_name = item.policy;
  }
}

}  // namespace

std::string_view protection_state(const ItemRecord& item) {
  if (item.is_soft_deleted()) {
    return "ProtectionStopped";
  }
  switch (item.protection) {
    case ItemRecord::Protection::initial:
      return item.last_backup == LastBackup::failed ? "Protected" : "IRPending";  // as recorded
    case ItemRecord::Protection::active:
      return "Protected";
    case ItemRecord::Protection::stopped:
      return "ProtectionStopped";
    case ItemRecord::Protection::suspended:
      return "BackupsSuspended";
  }
  return {};
}

std::string_view workload_type(SourceKind kind) {
  return kind == SourceKind::machine ? "VM" : "AzureFileShare";
}

std::string format_span(Ticks span) {
  using namespace std::chrono;
  span = std::max(span, Ticks::zero());
  const auto day = duration_cast<days>(span);
  const hh_mm_ss rest(span - day);
  auto text = day.count() > 0 ? fmt::format("{}.", day.count()) : std::string();
  text += fmt::format("{:02}:{:02}:{:02}", rest.hours().count(), rest.minutes().count(), rest.seconds().count());
  if (rest.subseconds() != Ticks::zero()) {
    text += fmt::format(".{:07}", rest.subseconds().count());
  }
  return text;
}

ItemExtendedInfo item_extended_info(const ItemRecord& item, const PointCount& points) {
  ItemExtendedInfo info;
  info.oldest_point = points.oldest;
  info.point_count = points.count;
  if (item.kind == SourceKind::machine) {
    info.policy_inconsistent = false;
  } else {
    info.policy_state = "Consistent";
    info.resource_state = "Active";
    info.resource_time = item.last_backup_time.value_or(item.created);
  }
  return info;
}

ItemAnswer item_answer(const arm::Context& context, const VaultRecord& vault, const ItemRecord& item) {
  const auto path = vault_path(context, vault);
  ItemAnswer answer{item_path(path, item), item.item, std::string(kType), {}};
  auto& wire = answer.properties;
  wire.friendly_name = item.friendly_name;
  wire.status = item.last_backup == LastBackup::failed ? "Unhealthy" : "Healthy";
  wire.state = protection_state(item);
  wire.last_backup_status = last_backup_status(item);
  wire.management = wire::text_of(item.kind);
  wire.workload = workload_type(item.kind);
  wire.source_id = item.source_id;
  const std::string_view version = context.api_version;
  if (is_since(version, cuts::kItemVault)) {
    wire.vault_id = context.base + vault.resource_id();
    wire.soft_delete_days = 0;
  }
  if (is_since(version, cuts::kKpisBegin) && !is_since(version, cuts::kKpisEnd)) {
    wire.kpis = kpis_of(item);
  }
  item.kind == SourceKind::machine ? fill_machine(wire, item, version) : fill_share(wire, item);
  fill_policy(wire, item, path);
  if (item.disks) {
    wire.extended = WireExtendedProperties{WireDiskChoice{item.disks->luns, item.disks->include}};
  }
  if (item.is_soft_deleted()) {
    wire.is_deferred = true;
    wire.deferred_time = item.deleted;
    wire.deferred_remaining = format_span(item.purge_time() - context.now);
    if (wire.soft_delete_days) {
      wire.soft_delete_days = item.deferred_days;
    }
  }
  return answer;
}

}  // namespace quaymaster::recovery_services
