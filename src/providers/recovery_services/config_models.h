#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "providers/recovery_services/vault_settings.h"

// The wire of a vault's sub-configurations. Source: the 2024-04-01 examples of backup, and backup.md 7 where traffic
// was recorded.
namespace quaymaster::recovery_services {

/// The frame that all of them share.
template <class Properties>
struct Config {
  std::optional<std::string> id, name, type;
  std::optional<Properties> properties;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("id", &Config::id).read_only(), field("name", &Config::name).read_only(),
                      field("type", &Config::type).read_only(), field("properties", &Config::properties)};
  }
};

struct VaultConfig {
  std::optional<SoftDelete> enhanced, soft_delete;
  std::optional<std::int64_t> days;
  std::optional<bool> is_editable;
  std::optional<std::vector<std::string>> guard_requests;  // sent only
  static constexpr auto wire() {
    using wire::field;
    using T = VaultConfig;
    return std::tuple{field("enhancedSecurityState", &T::enhanced), field("softDeleteFeatureState", &T::soft_delete),
                      field("softDeleteRetentionPeriodInDays", &T::days),
                      field("isSoftDeleteFeatureStateEditable", &T::is_editable).read_only(),
                      field("resourceGuardOperationRequests", &T::guard_requests)};
  }
};

/// Clients set one or both of model and type; they are one thing.
struct StorageConfig {
  std::optional<Redundancy> model, storage;
  std::optional<std::string> state, dedup, xcool;
  std::optional<bool> cross_region;
  static constexpr auto wire() {
    using wire::field;
    using T = StorageConfig;
    return std::tuple{field("storageModelType", &T::model),
                      field("storageType", &T::storage),
                      field("storageTypeState", &T::state).read_only(),
                      field("dedupState", &T::dedup).read_only(),
                      field("xcoolState", &T::xcool).read_only(),
                      field("crossRegionRestoreFlag", &T::cross_region)};
  }
};

enum class EncryptionKind { microsoft, customer };
constexpr auto names(EncryptionKind) {
  return std::array{wire::name(EncryptionKind::microsoft, "MicrosoftManaged"),
                    wire::name(EncryptionKind::customer, "CustomerManaged")};
}

/// `infrastructure` is Enabled or Disabled; clients also write true and false.
struct EncryptionConfig {
  std::optional<EncryptionKind> kind;
  std::optional<std::string> key_uri, subscription, status, infrastructure, user_identity;
  std::optional<bool> use_system_identity;
  static constexpr auto wire() {
    using wire::field;
    using T = EncryptionConfig;
    return std::tuple{field("encryptionAtRestType", &T::kind),
                      field("keyUri", &T::key_uri),
                      field("subscriptionId", &T::subscription),
                      field("lastUpdateStatus", &T::status).read_only(),
                      field("infrastructureEncryptionState", &T::infrastructure),
                      field("useSystemAssignedIdentity", &T::use_system_identity),
                      field("userAssignedIdentity", &T::user_identity)};
  }
};

struct GuardDetail {
  std::string operation, request;
  static constexpr auto wire() {
    return std::tuple{wire::field("vaultCriticalOperation", &GuardDetail::operation),
                      wire::field("defaultResourceRequest", &GuardDetail::request)};
  }
};
struct GuardProxy {
  std::optional<std::string> guard_id;
  std::optional<std::vector<GuardDetail>> details;
  std::optional<Time> changed;
  static constexpr auto wire() {
    using wire::field;
    using T = GuardProxy;
    return std::tuple{field("resourceGuardResourceId", &T::guard_id),
                      field("resourceGuardOperationDetails", &T::details).read_only(),
                      field("lastUpdatedTime", &T::changed).read_only()};
  }
};
struct GuardProxyList {
  std::vector<Config<GuardProxy>> value;
  static constexpr auto wire() { return std::tuple{wire::field("value", &GuardProxyList::value)}; }
};

struct UnlockRequest {
  std::vector<std::string> guard_requests;
  std::optional<std::string> resource;
  static constexpr auto wire() {
    return std::tuple{wire::field("resourceGuardOperationRequests", &UnlockRequest::guard_requests),
                      wire::field("resourceToBeDeleted", &UnlockRequest::resource)};
  }
};
struct UnlockAnswer {
  Time until;
  static constexpr auto wire() { return std::tuple{wire::field("unlockDeleteExpiryTime", &UnlockAnswer::until)}; }
};

}  // namespace quaymaster::recovery_services
