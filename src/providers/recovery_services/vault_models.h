#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "providers/recovery_services/vault_settings.h"

// The wire of vaults. Source: Microsoft.RecoveryServices 2024-04-01, and backup.md 6.2 where traffic was recorded. One
// set of structs serves requests and answers: what only we write is read-only.
namespace quaymaster::recovery_services {

struct WireIdentity {
  std::optional<std::string> type;  // any case, with or without the blank behind the comma
  std::optional<std::string> principal_id;
  std::optional<std::string> tenant_id;
  std::optional<std::map<std::string, std::optional<UserIdentity>>> users;  // null takes one away
  static constexpr auto wire() {
    using wire::field;
    using T = WireIdentity;
    return std::tuple{field("type", &T::type), field("principalId", &T::principal_id).read_only(),
                      field("tenantId", &T::tenant_id).read_only(), field("userAssignedIdentities", &T::users)};
  }
};

struct WireSku {
  std::optional<SkuName> name;
  std::optional<std::string> tier;
  static constexpr auto wire() {
    return std::tuple{wire::field("name", &WireSku::name), wire::field("tier", &WireSku::tier)};
  }
};

struct MonitorAlerts {
  std::optional<Switch> jobs, replication, failover;
  static constexpr auto wire() {
    using wire::field;
    using T = MonitorAlerts;
    return std::tuple{field("alertsForAllJobFailures", &T::jobs),
                      field("alertsForAllReplicationIssues", &T::replication),
                      field("alertsForAllFailoverIssues", &T::failover)};
  }
};
struct ClassicAlerts {
  std::optional<Switch> critical, mail;
  static constexpr auto wire() {
    using wire::field;
    using T = ClassicAlerts;
    return std::tuple{field("alertsForCriticalOperations", &T::critical),
                      field("emailNotificationsForSiteRecovery", &T::mail)};
  }
};
struct WireMonitoring {
  std::optional<MonitorAlerts> azure;
  std::optional<ClassicAlerts> classic;
  static constexpr auto wire() {
    using wire::field;
    using T = WireMonitoring;
    return std::tuple{field("azureMonitorAlertSettings", &T::azure), field("classicAlertSettings", &T::classic)};
  }
};

struct WireImmutability {
  std::optional<Immutability> state;
  std::optional<wire::Json> configuration;
  static constexpr auto wire() {
    using wire::field;
    using T = WireImmutability;
    return std::tuple{field("state", &T::state), field("configuration", &T::configuration)};
  }
};
struct WireSoftDelete {
  std::optional<std::int64_t> days;
  std::optional<SoftDelete> state, enhanced;
  static constexpr auto wire() {
    using wire::field;
    using T = WireSoftDelete;
    return std::tuple{field("softDeleteRetentionPeriodInDays", &T::days), field("softDeleteState", &T::state),
                      field("enhancedSecurityState", &T::enhanced)};
  }
};
struct WireSecurity {
  std::optional<WireImmutability> immutability;
  std::optional<WireSoftDelete> soft_delete;
  std::optional<std::string> multi_user;
  static constexpr auto wire() {
    using wire::field;
    using T = WireSecurity;
    return std::tuple{field("immutabilitySettings", &T::immutability), field("softDeleteSettings", &T::soft_delete),
                      field("multiUserAuthorization", &T::multi_user).read_only()};
  }
};
struct WireRedundancy {
  std::optional<Redundancy> standard;
  std::optional<Switch> cross_region;
  static constexpr auto wire() {
    using wire::field;
    using T = WireRedundancy;
    return std::tuple{field("standardTierStorageRedundancy", &T::standard),
                      field("crossRegionRestore", &T::cross_region)};
  }
};
struct WireCrossSubscription {
  std::optional<CrossSubscription> state;
  static constexpr auto wire() {
    return std::tuple{wire::field("crossSubscriptionRestoreState", &WireCrossSubscription::state)};
  }
};
struct WireRestore {
  std::optional<WireCrossSubscription> cross;
  static constexpr auto wire() {
    return std::tuple{wire::field("crossSubscriptionRestoreSettings", &WireRestore::cross)};
  }
};
struct KeyVaultProperties {
  std::optional<std::string> key_uri;
  static constexpr auto wire() { return std::tuple{wire::field("keyUri", &KeyVaultProperties::key_uri)}; }
};
struct KekIdentity {
  std::optional<bool> system;
  std::optional<std::string> user;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("useSystemAssignedIdentity", &KekIdentity::system),
                      field("userAssignedIdentity", &KekIdentity::user)};
  }
};
struct WireEncryption {
  std::optional<KeyVaultProperties> key;
  std::optional<KekIdentity> identity;
  std::optional<Switch> infrastructure;
  static constexpr auto wire() {
    using wire::field;
    using T = WireEncryption;
    return std::tuple{field("keyVaultProperties", &T::key), field("kekIdentity", &T::identity),
                      field("infrastructureEncryption", &T::infrastructure)};
  }
};

struct VaultProperties {
  std::optional<std::string> state, endpoint_backup, endpoint_recovery;
  std::optional<WireEncryption> encryption;
  std::optional<WireMonitoring> monitoring;
  std::optional<std::string> storage_version;
  std::optional<WireSecurity> security;
  std::optional<WireRedundancy> redundancy;
  std::optional<std::string> secure_score, security_level;
  std::optional<Switch> public_access;
  std::optional<WireRestore> restore;
  std::optional<std::vector<std::string>> guard_requests;
  static constexpr auto wire() {
    using wire::field;
    using T = VaultProperties;
    return std::tuple{field("provisioningState", &T::state).read_only(),
                      field("privateEndpointStateForBackup", &T::endpoint_backup).read_only(),
                      field("privateEndpointStateForSiteRecovery", &T::endpoint_recovery).read_only(),
                      field("encryption", &T::encryption),
                      field("monitoringSettings", &T::monitoring),
                      field("backupStorageVersion", &T::storage_version).read_only(),
                      field("securitySettings", &T::security),
                      field("redundancySettings", &T::redundancy),
                      field("secureScore", &T::secure_score).read_only(),
                      field("bcdrSecurityLevel", &T::security_level).read_only(),
                      field("publicNetworkAccess", &T::public_access),
                      field("restoreSettings", &T::restore),
                      field("resourceGuardOperationRequests", &T::guard_requests)};
  }
};

struct Vault {
  std::optional<std::string> location, name, etag;
  std::optional<arm::Tags> tags;
  std::optional<WireIdentity> identity;
  std::optional<VaultProperties> properties;
  std::optional<std::string> id, type;
  std::optional<WireSku> sku;
  static constexpr auto wire() {
    using wire::field;
    using T = Vault;
    return std::tuple{
        field("location", &T::location), field("name", &T::name).read_only(), field("etag", &T::etag).read_only(),
        field("tags", &T::tags),         field("identity", &T::identity),     field("properties", &T::properties),
        field("id", &T::id).read_only(), field("type", &T::type).read_only(), field("sku", &T::sku)};
  }
};

struct CheckName {
  std::optional<std::string> type, name;
  static constexpr auto wire() {
    return std::tuple{wire::field("type", &CheckName::type), wire::field("name", &CheckName::name)};
  }
};
struct NameAnswer {
  bool available = true;
  std::optional<std::string> reason, message;
  static constexpr auto wire() {
    using wire::field;
    using T = NameAnswer;
    return std::tuple{field("nameAvailable", &T::available), field("reason", &T::reason),
                      field("message", &T::message)};
  }
};

/// A counter: not a resource, so it has no id.
struct UsageName {
  std::string value, localized;
  static constexpr auto wire() {
    return std::tuple{wire::field("value", &UsageName::value), wire::field("localizedValue", &UsageName::localized)};
  }
};
struct Usage {
  std::string unit = "Count";
  std::int64_t current = 0;
  std::int64_t limit = -1;
  UsageName name;
  static constexpr auto wire() {
    using wire::field;
    using T = Usage;
    return std::tuple{field("unit", &T::unit), field("currentValue", &T::current), field("limit", &T::limit),
                      field("name", &T::name)};
  }
};
struct UsageList {
  std::vector<Usage> value;
  static constexpr auto wire() { return std::tuple{wire::field("value", &UsageList::value)}; }
};

}  // namespace quaymaster::recovery_services
