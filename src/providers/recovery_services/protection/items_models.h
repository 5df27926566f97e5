#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "wire/field.h"

// Protected items on the wire. Source: backup.md 9, recorded traffic of 2024; the 2024-04-01 specification for
// members that no recording shows.
namespace quaymaster::recovery_services {

/// The discriminator of a protected item.
enum class ItemType { machine, old_machine, file_share };
constexpr auto names(ItemType) {
  using enum ItemType;
  return std::array{wire::name(machine, "Microsoft.Compute/virtualMachines"),
                    wire::name(old_machine, "AzureIaaSVMProtectedItem"),
                    wire::name(file_share, "AzureFileShareProtectedItem")};
}

struct WireDiskChoice {
  std::vector<std::int64_t> luns;
  bool is_inclusion = false;
  static constexpr auto wire() {
    return wire::fields({wire::field<&WireDiskChoice::luns>("diskLunList").or_text(),
                         wire::field<&WireDiskChoice::is_inclusion>("isInclusionList")});
  }
};
struct WireExtendedProperties {
  std::optional<WireDiskChoice> disks;  // null: all disks again
  static constexpr auto wire() {
    return wire::fields({wire::field<&WireExtendedProperties::disks>("diskExclusionProperties")});
  }
};

/// The body of a PUT. Clients send back what they have read, so everything else is ignored.
struct ItemRequestProperties {
  std::optional<std::string> type, source_id, policy_id, state;
  std::optional<bool> is_rehydrate;
  std::optional<WireExtendedProperties> extended;
  std::optional<std::vector<std::string>> guard_requests;
  static constexpr auto wire() {
    using wire::field;
    using T = ItemRequestProperties;
    return wire::fields({field<&T::type>("protectedItemType"), field<&T::source_id>("sourceResourceId"),
                         field<&T::policy_id>("policyId"), field<&T::state>("protectionState"),
                         field<&T::is_rehydrate>("isRehydrate"), field<&T::extended>("extendedProperties"),
                         field<&T::guard_requests>("resourceGuardOperationRequests")});
  }
};
struct ItemRequest {
  std::optional<ItemRequestProperties> properties;
  static constexpr auto wire() { return wire::fields({wire::field<&ItemRequest::properties>("properties")}); }
};

struct HealthDetail {
  std::int64_t code = 0;
  std::string title, message;
  std::vector<std::string> recommendations;
  static constexpr auto wire() {
    using wire::field;
    using T = HealthDetail;
    return wire::fields({field<&T::code>("code"), field<&T::title>("title"), field<&T::message>("message"),
                         field<&T::recommendations>("recommendations")});
  }
};

/// How well a purpose is served: an entry of `kpisHealths`.
struct KpiHealth {
  std::string status;
  std::vector<HealthDetail> details;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&KpiHealth::status>("resourceHealthStatus"), field<&KpiHealth::details>("resourceHealthDetails")});
  }
};

/// Machines have `policy_inconsistent`, shares the last three.
struct ItemExtendedInfo {
  std::optional<Time> oldest_point;
  std::int64_t point_count = 0;
  std::optional<bool> policy_inconsistent;
  std::optional<std::string> policy_state, resource_state;
  std::optional<Time> resource_time;
  static constexpr auto wire() {
    using wire::field;
    using T = ItemExtendedInfo;
    return wire::fields({field<&T::oldest_point>("oldestRecoveryPoint"), field<&T::point_count>("recoveryPointCount"),
                         field<&T::policy_inconsistent>("policyInconsistent"), field<&T::policy_state>("policyState"),
                         field<&T::resource_state>("resourceState"),
                         field<&T::resource_time>("resourceStateSyncTime")});
  }
};

/// Both kinds of item; the code that fills it in shows which members each has.
struct ItemProperties {
  std::string friendly_name;
  std::optional<std::string> machine_id;
  std::string status, state;
  std::optional<std::string> health;
  std::optional<std::vector<HealthDetail>> health_details;
  std::optional<std::map<std::string, KpiHealth>> kpis;
  std::string last_backup_status;
  std::optional<Time> last_backup_time;
  std::optional<std::string> data_id;
  std::optional<std::int64_t> source_side_scanning;
  std::string type, management, workload, container, source_id;
  std::optional<std::string> policy_id, policy_name;
  std::optional<Time> last_point;
  std::optional<std::string> vault_id;
  bool is_archive_enabled = false;
  std::optional<bool> is_deferred;
  std::optional<Time> deferred_time;
  std::optional<std::string> deferred_remaining;
  std::optional<std::int64_t> soft_delete_days;
  std::optional<WireExtendedProperties> extended;
  std::optional<ItemExtendedInfo> info;
  static constexpr auto wire() {
    using wire::field;
    using T = ItemProperties;
    return wire::fields({field<&T::friendly_name>("friendlyName"),
                         field<&T::machine_id>("virtualMachineId"),
                         field<&T::status>("protectionStatus"),
                         field<&T::state>("protectionState"),
                         field<&T::health>("healthStatus"),
                         field<&T::health_details>("healthDetails"),
                         field<&T::kpis>("kpisHealths"),
                         field<&T::last_backup_status>("lastBackupStatus"),
                         field<&T::last_backup_time>("lastBackupTime"),
                         field<&T::data_id>("protectedItemDataId"),
                         field<&T::source_side_scanning>("sourceSideScanning"),
                         field<&T::type>("protectedItemType"),
                         field<&T::management>("backupManagementType"),
                         field<&T::workload>("workloadType"),
                         field<&T::container>("containerName"),
                         field<&T::source_id>("sourceResourceId"),
                         field<&T::policy_id>("policyId"),
                         field<&T::policy_name>("policyName"),
                         field<&T::last_point>("lastRecoveryPoint"),
                         field<&T::vault_id>("vaultId"),
                         field<&T::is_archive_enabled>("isArchiveEnabled"),
                         field<&T::is_deferred>("isScheduledForDeferredDelete"),
                         field<&T::deferred_time>("deferredDeleteTimeInUTC"),
                         field<&T::deferred_remaining>("deferredDeleteTimeRemaining"),
                         field<&T::soft_delete_days>("softDeleteRetentionPeriod"),
                         field<&T::extended>("extendedProperties"),
                         field<&T::info>("extendedInfo")});
  }
};

struct ItemAnswer {
  std::string id, name, type;
  ItemProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using T = ItemAnswer;
    return wire::fields(
        {field<&T::id>("id"), field<&T::name>("name"), field<&T::type>("type"), field<&T::properties>("properties")});
  }
};

/// "Protect this machine", as templates express it (backup.md 8.4).
struct IntentProperties {
  std::optional<std::string> type, management, source_id, policy_id, state;
  static constexpr auto wire() {
    using wire::field;
    using T = IntentProperties;
    return wire::fields({field<&T::type>("protectionIntentItemType"),
                         field<&T::management>("backupManagementType").read_only(),
                         field<&T::source_id>("sourceResourceId"), field<&T::policy_id>("policyId"),
                         field<&T::state>("protectionState").read_only()});
  }
};
struct Intent {
  std::optional<std::string> id, name, type;
  std::optional<IntentProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = Intent;
    return wire::fields({field<&T::id>("id").read_only(), field<&T::name>("name").read_only(),
                         field<&T::type>("type").read_only(), field<&T::properties>("properties")});
  }
};

}  // namespace quaymaster::recovery_services
