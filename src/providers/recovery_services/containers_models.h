#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "wire/field.h"

// The wire of discovery and containers. Source: backup.md 8, recorded traffic; the 2024-04-01 specification for the
// rest. One struct serves machines and storage accounts: which members each has is said where they are filled in.
namespace quaymaster::recovery_services {

struct ContainerProperties {
  std::optional<std::string> machine_id, machine_version, group, source_id;
  std::optional<std::int64_t> item_count;
  std::optional<std::string> lock, friendly_name, management, registration, health, type, object_type;
  std::optional<std::string> operation;  // sent only: Register or Reregister
  static constexpr auto wire() {
    using wire::field;
    using T = ContainerProperties;
    return std::tuple{field("virtualMachineId", &T::machine_id).read_only(),
                      field("virtualMachineVersion", &T::machine_version).read_only(),
                      field("resourceGroup", &T::group).read_only(),
                      field("sourceResourceId", &T::source_id),
                      field("protectedItemCount", &T::item_count).read_only(),
                      field("acquireStorageAccountLock", &T::lock),
                      field("friendlyName", &T::friendly_name),
                      field("backupManagementType", &T::management),
                      field("registrationStatus", &T::registration).read_only(),
                      field("healthStatus", &T::health).read_only(),
                      field("containerType", &T::type),
                      field("protectableObjectType", &T::object_type).read_only(),
                      field("operationType", &T::operation)};
  }
};
struct Container {
  std::optional<std::string> id, name, type;
  std::optional<ContainerProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = Container;
    return std::tuple{field("id", &T::id).read_only(), field("name", &T::name).read_only(),
                      field("type", &T::type).read_only(), field("properties", &T::properties)};
  }
};

struct ProtectableContainerProperties {
  std::string friendly_name, management, type, health, container_id;
  static constexpr auto wire() {
    using wire::field;
    using T = ProtectableContainerProperties;
    return std::tuple{field("friendlyName", &T::friendly_name), field("backupManagementType", &T::management),
                      field("protectableContainerType", &T::type), field("healthStatus", &T::health),
                      field("containerId", &T::container_id)};
  }
};
struct ProtectableContainer {
  std::string id, name, type;
  ProtectableContainerProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using T = ProtectableContainer;
    return std::tuple{field("id", &T::id), field("name", &T::name), field("type", &T::type),
                      field("properties", &T::properties)};
  }
};

struct ProtectableItemProperties {
  std::optional<std::string> machine_id, machine_version, group;
  std::optional<std::string> parent_id, parent_name, share_type;
  std::string management;
  std::optional<std::string> workload;
  std::string type, friendly_name, state;
  static constexpr auto wire() {
    using wire::field;
    using T = ProtectableItemProperties;
    return std::tuple{field("virtualMachineId", &T::machine_id),
                      field("virtualMachineVersion", &T::machine_version),
                      field("resourceGroup", &T::group),
                      field("parentContainerFabricId", &T::parent_id),
                      field("parentContainerFriendlyName", &T::parent_name),
                      field("azureFileShareType", &T::share_type),
                      field("backupManagementType", &T::management),
                      field("workloadType", &T::workload),
                      field("protectableItemType", &T::type),
                      field("friendlyName", &T::friendly_name),
                      field("protectionState", &T::state)};
  }
};
struct ProtectableItem {
  std::string id, name, type;
  ProtectableItemProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using T = ProtectableItem;
    return std::tuple{field("id", &T::id), field("name", &T::name), field("type", &T::type),
                      field("properties", &T::properties)};
  }
};

/// Requests of backup.md 8.3. Types are text: those that are not protected here are answered, not refused.
struct StatusRequest {
  std::optional<std::string> type, id, logical_name;
  static constexpr auto wire() {
    using wire::field;
    using T = StatusRequest;
    return std::tuple{field("resourceType", &T::type), field("resourceId", &T::id),
                      field("poLogicalName", &T::logical_name)};
  }
};
struct StatusAnswer {
  std::string status;
  std::optional<std::string> vault_id, fabric, container, item, error_code, error_message, policy, registration;
  std::int64_t item_count = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = StatusAnswer;
    return std::tuple{field("protectionStatus", &T::status),
                      field("vaultId", &T::vault_id),
                      field("fabricName", &T::fabric),
                      field("containerName", &T::container),
                      field("protectedItemName", &T::item),
                      field("errorCode", &T::error_code),
                      field("errorMessage", &T::error_message),
                      field("policyName", &T::policy),
                      field("registrationStatus", &T::registration),
                      field("protectedItemsCount", &T::item_count)};
  }
};

struct ValidateRequest {
  std::optional<std::string> type, id, vault_id;
  static constexpr auto wire() {
    using wire::field;
    using T = ValidateRequest;
    return std::tuple{field("resourceType", &T::type), field("resourceId", &T::id), field("vaultId", &T::vault_id)};
  }
};
struct ValidateAnswer {
  std::string status;
  std::optional<std::string> error_code, error_message, recommendation, container, item;
  static constexpr auto wire() {
    using wire::field;
    using T = ValidateAnswer;
    return std::tuple{field("status", &T::status),
                      field("errorCode", &T::error_code),
                      field("errorMessage", &T::error_message),
                      field("recommendation", &T::recommendation),
                      field("containerName", &T::container),
                      field("protectedItemName", &T::item)};
  }
};

struct FeatureRequest {
  std::optional<std::string> type;
  static constexpr auto wire() { return std::tuple{wire::field("featureType", &FeatureRequest::type)}; }
};
struct FeatureAnswer {
  std::string support;
  static constexpr auto wire() { return std::tuple{wire::field("supportStatus", &FeatureAnswer::support)}; }
};

}  // namespace quaymaster::recovery_services
