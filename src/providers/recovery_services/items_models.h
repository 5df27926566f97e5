#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "wire/field.h"

// The wire of protected items. Source: backup.md 9, recorded traffic of 2024; the 2024-04-01 specification for members
// that no recording shows.
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
    return std::tuple{wire::field("diskLunList", &WireDiskChoice::luns),
                      wire::field("isInclusionList", &WireDiskChoice::is_inclusion)};
  }
};
struct WireExtendedProperties {
  std::optional<WireDiskChoice> disks;  // null: all disks again
  static constexpr auto wire() {
    return std::tuple{wire::field("diskExclusionProperties", &WireExtendedProperties::disks)};
  }
};

/// What a PUT says. Clients send back what they have read, so everything else is ignored.
struct ItemRequestProperties {
  std::optional<std::string> type, source_id, policy_id, state;
  std::optional<bool> is_rehydrate;
  std::optional<WireExtendedProperties> extended;
  std::optional<std::vector<std::string>> guard_requests;
  static constexpr auto wire() {
    using wire::field;
    using T = ItemRequestProperties;
    return std::tuple{field("protectedItemType", &T::type),
                      field("sourceResourceId", &T::source_id),
                      field("policyId", &T::policy_id),
                      field("protectionState", &T::state),
                      field("isRehydrate", &T::is_rehydrate),
                      field("extendedProperties", &T::extended),
                      field("resourceGuardOperationRequests", &T::guard_requests)};
  }
};
struct ItemRequest {
  std::optional<ItemRequestProperties> properties;
  static constexpr auto wire() { return std::tuple{wire::field("properties", &ItemRequest::properties)}; }
};

struct HealthDetail {
  std::int64_t code = 0;
  std::string title, message;
  std::vector<std::string> recommendations;
  static constexpr auto wire() {
    using wire::field;
    using T = HealthDetail;
    return std::tuple{field("code", &T::code), field("title", &T::title), field("message", &T::message),
                      field("recommendations", &T::recommendations)};
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
    return std::tuple{
        field("oldestRecoveryPoint", &T::oldest_point),       field("recoveryPointCount", &T::point_count),
        field("policyInconsistent", &T::policy_inconsistent), field("policyState", &T::policy_state),
        field("resourceState", &T::resource_state),           field("resourceStateSyncTime", &T::resource_time)};
  }
};

/// Both kinds; which members each has is said where they are filled in.
struct ItemProperties {
  std::string friendly_name;
  std::optional<std::string> machine_id;
  std::string status, state;
  std::optional<std::string> health;
  std::optional<std::vector<HealthDetail>> health_details;
  std::string last_backup_status;
  std::optional<Time> last_backup_time;
  std::optional<std::string> data_id;
  std::optional<std::int64_t> source_side_scanning;
  std::string type, management, workload, container, source_id;
  std::optional<std::string> policy_id, policy_name;
  std::optional<Time> last_point;
  std::string vault_id;
  bool is_archive_enabled = false;
  std::optional<bool> is_deferred;
  std::optional<Time> deferred_time;
  std::optional<std::string> deferred_remaining;
  std::int64_t soft_delete_days = 0;
  std::optional<WireExtendedProperties> extended;
  std::optional<ItemExtendedInfo> info;
  static constexpr auto wire() {
    using wire::field;
    using T = ItemProperties;
    return std::tuple{field("friendlyName", &T::friendly_name),
                      field("virtualMachineId", &T::machine_id),
                      field("protectionStatus", &T::status),
                      field("protectionState", &T::state),
                      field("healthStatus", &T::health),
                      field("healthDetails", &T::health_details),
                      field("lastBackupStatus", &T::last_backup_status),
                      field("lastBackupTime", &T::last_backup_time),
                      field("protectedItemDataId", &T::data_id),
                      field("sourceSideScanning", &T::source_side_scanning),
                      field("protectedItemType", &T::type),
                      field("backupManagementType", &T::management),
                      field("workloadType", &T::workload),
                      field("containerName", &T::container),
                      field("sourceResourceId", &T::source_id),
                      field("policyId", &T::policy_id),
                      field("policyName", &T::policy_name),
                      field("lastRecoveryPoint", &T::last_point),
                      field("vaultId", &T::vault_id),
                      field("isArchiveEnabled", &T::is_archive_enabled),
                      field("isScheduledForDeferredDelete", &T::is_deferred),
                      field("deferredDeleteTimeInUTC", &T::deferred_time),
                      field("deferredDeleteTimeRemaining", &T::deferred_remaining),
                      field("softDeleteRetentionPeriod", &T::soft_delete_days),
                      field("softDeleteRetentionPeriodInDays", &T::soft_delete_days),
                      field("extendedProperties", &T::extended),
                      field("extendedInfo", &T::info)};
  }
};

struct ItemAnswer {
  std::string id, name, type;
  ItemProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using T = ItemAnswer;
    return std::tuple{field("id", &T::id), field("name", &T::name), field("type", &T::type),
                      field("properties", &T::properties)};
  }
};

/// "Protect this machine", as templates say it (backup.md 8.4).
struct IntentProperties {
  std::optional<std::string> type, management, source_id, policy_id, state;
  static constexpr auto wire() {
    using wire::field;
    using T = IntentProperties;
    return std::tuple{field("protectionIntentItemType", &T::type),
                      field("backupManagementType", &T::management).read_only(),
                      field("sourceResourceId", &T::source_id), field("policyId", &T::policy_id),
                      field("protectionState", &T::state).read_only()};
  }
};
struct Intent {
  std::optional<std::string> id, name, type;
  std::optional<IntentProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = Intent;
    return std::tuple{field("id", &T::id).read_only(), field("name", &T::name).read_only(),
                      field("type", &T::type).read_only(), field("properties", &T::properties)};
  }
};

}  // namespace quaymaster::recovery_services
