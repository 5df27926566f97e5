#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "providers/recovery_services/common/vault_settings.h"

// The vault models on the wire. Source: Microsoft.RecoveryServices 2024-04-01, and backup.md 6.2 where traffic was
// recorded. Requests and answers share one set of structs; members that only the server sets are read-only.
namespace quaymaster::recovery_services {

struct WireIdentity {
  std::optional<std::string> type;  // any case, with or without the space after the comma
  std::optional<std::string> principal_id;
  std::optional<std::string> tenant_id;
  std::optional<std::map<std::string, std::optional<UserIdentity>>> users;  // null removes one
  static constexpr auto wire() {
    using wire::field;
    using T = WireIdentity;
    return wire::fields({field<&T::type>("type"), field<&T::principal_id>("principalId").read_only(),
                         field<&T::tenant_id>("tenantId").read_only(), field<&T::users>("userAssignedIdentities")});
  }
};

struct WireSku {
  std::optional<SkuName> name;
  std::optional<std::string> tier;
  static constexpr auto wire() {
    return wire::fields({wire::field<&WireSku::name>("name"), wire::field<&WireSku::tier>("tier")});
  }
};

struct MonitorAlerts {
  std::optional<Switch> jobs, replication, failover;
  static constexpr auto wire() {
    using wire::field;
    using T = MonitorAlerts;
    return wire::fields({field<&T::jobs>("alertsForAllJobFailures"),
                         field<&T::replication>("alertsForAllReplicationIssues"),
                         field<&T::failover>("alertsForAllFailoverIssues")});
  }
};
struct ClassicAlerts {
  std::optional<Switch> critical, mail;
  static constexpr auto wire() {
    using wire::field;
    using T = ClassicAlerts;
    return wire::fields(
        {field<&T::critical>("alertsForCriticalOperations"), field<&T::mail>("emailNotificationsForSiteRecovery")});
  }
};
struct WireMonitoring {
  std::optional<MonitorAlerts> azure;
  std::optional<ClassicAlerts> classic;
  static constexpr auto wire() {
    using wire::field;
    using T = WireMonitoring;
    return wire::fields({field<&T::azure>("azureMonitorAlertSettings"), field<&T::classic>("classicAlertSettings")});
  }
};

struct WireImmutability {
  std::optional<Immutability> state;
  std::optional<wire::Json> configuration;
  static constexpr auto wire() {
    using wire::field;
    using T = WireImmutability;
    return wire::fields({field<&T::state>("state"), field<&T::configuration>("configuration")});
  }
};
struct WireSoftDelete {
  std::optional<std::int64_t> days;
  std::optional<SoftDelete> state, enhanced;
  static constexpr auto wire() {
    using wire::field;
    using T = WireSoftDelete;
    return wire::fields({field<&T::days>("softDeleteRetentionPeriodInDays").or_text(),
                         field<&T::state>("softDeleteState"), field<&T::enhanced>("enhancedSecurityState")});
  }
};
struct WireSecurity {
  std::optional<WireImmutability> immutability;
  std::optional<wire::Json> no_immutability;  // null, where newer versions report that there is none
  std::optional<WireSoftDelete> soft_delete;
  std::optional<std::string> multi_user;
  std::optional<wire::Json> source_scan;
  static constexpr auto wire() {
    using wire::field;
    using T = WireSecurity;
    return wire::fields({field<&T::immutability>("immutabilitySettings"),
                         field<&T::no_immutability>("immutabilitySettings").read_only(),
                         field<&T::soft_delete>("softDeleteSettings"),
                         field<&T::multi_user>("multiUserAuthorization").read_only(),
                         field<&T::source_scan>("sourceScanConfiguration").read_only()});
  }
};
struct WireRedundancy {
  std::optional<Redundancy> standard;
  std::optional<Switch> cross_region;
  static constexpr auto wire() {
    using wire::field;
    using T = WireRedundancy;
    return wire::fields(
        {field<&T::standard>("standardTierStorageRedundancy"), field<&T::cross_region>("crossRegionRestore")});
  }
};
struct WireCrossSubscription {
  std::optional<CrossSubscription> state;
  static constexpr auto wire() {
    return wire::fields({wire::field<&WireCrossSubscription::state>("crossSubscriptionRestoreState")});
  }
};
struct WireRestore {
  std::optional<WireCrossSubscription> cross;
  static constexpr auto wire() {
    return wire::fields({wire::field<&WireRestore::cross>("crossSubscriptionRestoreSettings")});
  }
};
struct KeyVaultProperties {
  std::optional<std::string> key_uri;
  static constexpr auto wire() { return wire::fields({wire::field<&KeyVaultProperties::key_uri>("keyUri")}); }
};
struct KekIdentity {
  std::optional<bool> system;
  std::optional<std::string> user;
  std::optional<wire::Json> no_user;  // null for a vault that uses its own identity
  static constexpr auto wire() {
    using wire::field;
    using T = KekIdentity;
    return wire::fields({field<&T::system>("useSystemAssignedIdentity"), field<&T::user>("userAssignedIdentity"),
                         field<&T::no_user>("userAssignedIdentity").read_only()});
  }
};
struct WireEncryption {
  std::optional<KeyVaultProperties> key;
  std::optional<KekIdentity> identity;
  std::optional<Switch> infrastructure;
  static constexpr auto wire() {
    using wire::field;
    using T = WireEncryption;
    return wire::fields({field<&T::key>("keyVaultProperties"), field<&T::identity>("kekIdentity"),
                         field<&T::infrastructure>("infrastructureEncryption")});
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
    return wire::fields(
        {field<&T::state>("provisioningState").read_only(),
         field<&T::endpoint_backup>("privateEndpointStateForBackup").read_only(),
         field<&T::endpoint_recovery>("privateEndpointStateForSiteRecovery").read_only(),
         field<&T::encryption>("encryption"), field<&T::monitoring>("monitoringSettings"),
         field<&T::storage_version>("backupStorageVersion").read_only(), field<&T::security>("securitySettings"),
         field<&T::redundancy>("redundancySettings"), field<&T::secure_score>("secureScore").read_only(),
         field<&T::security_level>("bcdrSecurityLevel").read_only(), field<&T::public_access>("publicNetworkAccess"),
         field<&T::restore>("restoreSettings"), field<&T::guard_requests>("resourceGuardOperationRequests")});
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
    return wire::fields({field<&T::location>("location"), field<&T::name>("name").read_only(),
                         field<&T::etag>("etag").read_only(), field<&T::tags>("tags"), field<&T::identity>("identity"),
                         field<&T::properties>("properties"), field<&T::id>("id").read_only(),
                         field<&T::type>("type").read_only(), field<&T::sku>("sku")});
  }
};

struct CheckName {
  std::optional<std::string> type, name;
  static constexpr auto wire() {
    return wire::fields({wire::field<&CheckName::type>("type"), wire::field<&CheckName::name>("name")});
  }
};
struct NameAnswer {
  bool available = true;
  std::optional<std::string> reason, message;
  static constexpr auto wire() {
    using wire::field;
    using T = NameAnswer;
    return wire::fields(
        {field<&T::available>("nameAvailable"), field<&T::reason>("reason"), field<&T::message>("message")});
  }
};

/// A counter: not a resource, so it has no id.
struct UsageName {
  std::string value, localized;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&UsageName::value>("value"), wire::field<&UsageName::localized>("localizedValue")});
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
    return wire::fields({field<&T::unit>("unit"), field<&T::current>("currentValue"), field<&T::limit>("limit"),
                         field<&T::name>("name")});
  }
};
struct UsageList {
  std::vector<Usage> value;
  static constexpr auto wire() { return wire::fields({wire::field<&UsageList::value>("value")}); }
};

}  // namespace quaymaster::recovery_services
