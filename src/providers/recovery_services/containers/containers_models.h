#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wire/field.h"

// Discovery and containers on the wire. Source: backup.md 8, recorded traffic; the 2024-04-01 specification for the
// rest. One struct serves machines and storage accounts: the code that fills it in shows which members each has.
namespace quaymaster::recovery_services {

struct ContainerProperties {
  std::optional<std::string> machine_id, machine_version, group, source_id;
  std::optional<std::int64_t> item_count;
  std::optional<std::string> lock, friendly_name, management, registration, health, type, object_type;
  std::optional<std::string> operation;  // request only: Register or Reregister
  static constexpr auto wire() {
    using wire::field;
    using T = ContainerProperties;
    return wire::fields(
        {field<&T::machine_id>("virtualMachineId").read_only(),
         field<&T::machine_version>("virtualMachineVersion").read_only(), field<&T::group>("resourceGroup").read_only(),
         field<&T::source_id>("sourceResourceId"), field<&T::item_count>("protectedItemCount").read_only(),
         field<&T::lock>("acquireStorageAccountLock"), field<&T::friendly_name>("friendlyName"),
         field<&T::management>("backupManagementType"), field<&T::registration>("registrationStatus").read_only(),
         field<&T::health>("healthStatus").read_only(), field<&T::type>("containerType"),
         field<&T::object_type>("protectableObjectType").read_only(), field<&T::operation>("operationType")});
  }
};
struct Container {
  std::optional<std::string> id, name, type;
  std::optional<ContainerProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = Container;
    return wire::fields({field<&T::id>("id").read_only(), field<&T::name>("name").read_only(),
                         field<&T::type>("type").read_only(), field<&T::properties>("properties")});
  }
};

struct ProtectableContainerProperties {
  std::string friendly_name, management, type, health, container_id;
  static constexpr auto wire() {
    using wire::field;
    using T = ProtectableContainerProperties;
    return wire::fields({field<&T::friendly_name>("friendlyName"), field<&T::management>("backupManagementType"),
                         field<&T::type>("protectableContainerType"), field<&T::health>("healthStatus"),
                         field<&T::container_id>("containerId")});
  }
};
struct ProtectableContainer {
  std::string id, name, type;
  ProtectableContainerProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using T = ProtectableContainer;
    return wire::fields(
        {field<&T::id>("id"), field<&T::name>("name"), field<&T::type>("type"), field<&T::properties>("properties")});
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
    return wire::fields({field<&T::machine_id>("virtualMachineId"), field<&T::machine_version>("virtualMachineVersion"),
                         field<&T::group>("resourceGroup"), field<&T::parent_id>("parentContainerFabricId"),
                         field<&T::parent_name>("parentContainerFriendlyName"),
                         field<&T::share_type>("azureFileShareType"), field<&T::management>("backupManagementType"),
                         field<&T::workload>("workloadType"), field<&T::type>("protectableItemType"),
                         field<&T::friendly_name>("friendlyName"), field<&T::state>("protectionState")});
  }
};
struct ProtectableItem {
  std::string id, name, type;
  ProtectableItemProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using T = ProtectableItem;
    return wire::fields(
        {field<&T::id>("id"), field<&T::name>("name"), field<&T::type>("type"), field<&T::properties>("properties")});
  }
};

/// Requests of backup.md 8.3. Types are text, so that types that are not protected here get an answer, not an error.
struct StatusRequest {
  std::optional<std::string> type, id, logical_name;
  static constexpr auto wire() {
    using wire::field;
    using T = StatusRequest;
    return wire::fields(
        {field<&T::type>("resourceType"), field<&T::id>("resourceId"), field<&T::logical_name>("poLogicalName")});
  }
};
struct StatusAnswer {
  std::string status;
  std::optional<std::string> vault_id, fabric, container, item, policy, object_type;
  std::int64_t item_count = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = StatusAnswer;
    return wire::fields({field<&T::status>("protectionStatus"), field<&T::vault_id>("vaultId"),
                         field<&T::fabric>("fabricName"), field<&T::container>("containerName"),
                         field<&T::item>("protectedItemName"), field<&T::policy>("policyName"),
                         field<&T::item_count>("protectedItemsCount"), field<&T::object_type>("objectType")});
  }
};

struct ValidateRequest {
  std::optional<std::string> type, id, vault_id;
  static constexpr auto wire() {
    using wire::field;
    using T = ValidateRequest;
    return wire::fields({field<&T::type>("resourceType"), field<&T::id>("resourceId"), field<&T::vault_id>("vaultId")});
  }
};
struct ValidateAnswer {
  std::string status;
  std::optional<std::string> error_code, error_message, recommendation, container, item;
  static constexpr auto wire() {
    using wire::field;
    using T = ValidateAnswer;
    return wire::fields({field<&T::status>("status"), field<&T::error_code>("errorCode"),
                         field<&T::error_message>("errorMessage"), field<&T::recommendation>("recommendation"),
                         field<&T::container>("containerName"), field<&T::item>("protectedItemName")});
  }
};

struct FeatureRequest {
  std::optional<std::string> type;
  static constexpr auto wire() { return wire::fields({wire::field<&FeatureRequest::type>("featureType")}); }
};
struct FeatureAnswer {
  std::string support;
  static constexpr auto wire() { return wire::fields({wire::field<&FeatureAnswer::support>("supportStatus")}); }
};

}  // namespace quaymaster::recovery_services
