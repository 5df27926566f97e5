#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "providers/recovery_services/common/vault_settings.h"

// Sub-configurations of a vault on the wire. Source: the 2024-04-01 examples of backup, and backup.md 7 where traffic
// was recorded.
namespace quaymaster::recovery_services {

/// The envelope that all of them share.
template <class Properties>
struct Config {
  std::optional<std::string> id, name, type;
  std::optional<Properties> properties;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Config::id>("id").read_only(), field<&Config::name>("name").read_only(),
                         field<&Config::type>("type").read_only(), field<&Config::properties>("properties")});
  }
};

struct VaultConfig {
  std::optional<SoftDelete> enhanced, soft_delete;
  std::optional<std::int64_t> days;
  std::optional<bool> is_editable;
  std::optional<std::vector<std::string>> guard_requests;  // request only
  static constexpr auto wire() {
    using wire::field;
    using T = VaultConfig;
    return wire::fields({field<&T::enhanced>("enhancedSecurityState"), field<&T::soft_delete>("softDeleteFeatureState"),
                         field<&T::days>("softDeleteRetentionPeriodInDays").or_text(),
                         field<&T::is_editable>("isSoftDeleteFeatureStateEditable").read_only(),
                         field<&T::guard_requests>("resourceGuardOperationRequests")});
  }
};

/// Clients set model, type or both; they mean the same.
struct StorageConfig {
  std::optional<Redundancy> model, storage;
  std::optional<std::string> state, dedup, xcool;
  std::optional<bool> cross_region;
  static constexpr auto wire() {
    using wire::field;
    using T = StorageConfig;
    return wire::fields({field<&T::model>("storageModelType"), field<&T::storage>("storageType"),
                         field<&T::state>("storageTypeState").read_only(), field<&T::dedup>("dedupState").read_only(),
                         field<&T::xcool>("xcoolState").read_only(),
                         field<&T::cross_region>("crossRegionRestoreFlag")});
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
    return wire::fields({field<&T::kind>("encryptionAtRestType"), field<&T::key_uri>("keyUri"),
                         field<&T::subscription>("subscriptionId"), field<&T::status>("lastUpdateStatus").read_only(),
                         field<&T::infrastructure>("infrastructureEncryptionState"),
                         field<&T::use_system_identity>("useSystemAssignedIdentity"),
                         field<&T::user_identity>("userAssignedIdentity")});
  }
};

struct GuardDetail {
  std::string operation, request;
  static constexpr auto wire() {
    return wire::fields({wire::field<&GuardDetail::operation>("vaultCriticalOperation"),
                         wire::field<&GuardDetail::request>("defaultResourceRequest")});
  }
};
struct GuardProxy {
  std::optional<std::string> guard_id;
  std::optional<std::vector<GuardDetail>> details;
  std::optional<Time> changed;
  static constexpr auto wire() {
    using wire::field;
    using T = GuardProxy;
    return wire::fields({field<&T::guard_id>("resourceGuardResourceId"),
                         field<&T::details>("resourceGuardOperationDetails").read_only(),
                         field<&T::changed>("lastUpdatedTime").read_only()});
  }
};
struct GuardProxyList {
  std::vector<Config<GuardProxy>> value;
  static constexpr auto wire() { return wire::fields({wire::field<&GuardProxyList::value>("value")}); }
};

struct UnlockRequest {
  std::vector<std::string> guard_requests;
  std::optional<std::string> resource;
  static constexpr auto wire() {
    return wire::fields({wire::field<&UnlockRequest::guard_requests>("resourceGuardOperationRequests"),
                         wire::field<&UnlockRequest::resource>("resourceToBeDeleted")});
  }
};
struct UnlockAnswer {
  Time until;
  static constexpr auto wire() { return wire::fields({wire::field<&UnlockAnswer::until>("unlockDeleteExpiryTime")}); }
};

}  // namespace quaymaster::recovery_services
