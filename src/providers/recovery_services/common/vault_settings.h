#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arm/resource_groups.h"
#include "base/clock.h"
#include "wire/field.h"

// The settings of a vault: one state, of which the vault resource and its sub-configurations are views (backup.md 6.2
// and 7). Stored as JSON in the vault's row, so these names must stay readable.
namespace quaymaster::recovery_services {

enum class Switch { enabled, disabled };
constexpr auto names(Switch) {
  return std::array{wire::name(Switch::enabled, "Enabled"), wire::name(Switch::disabled, "Disabled")};
}

enum class SoftDelete { disabled, enabled, always_on };
constexpr auto names(SoftDelete) {
  using enum SoftDelete;
  return std::array{wire::name(disabled, "Disabled"), wire::name(enabled, "Enabled"),
                    wire::name(always_on, "AlwaysON")};
}

enum class Immutability { disabled, unlocked, locked };
constexpr auto names(Immutability) {
  using enum Immutability;
  return std::array{wire::name(disabled, "Disabled"), wire::name(unlocked, "Unlocked"), wire::name(locked, "Locked")};
}

enum class Redundancy { locally, geo, zone, read_access_geo_zone };
constexpr auto names(Redundancy) {
  using enum Redundancy;
  using wire::name;
  return std::array{name(locally, "LocallyRedundant"), name(geo, "GeoRedundant"), name(zone, "ZoneRedundant"),
                    name(read_access_geo_zone, "ReadAccessGeoZoneRedundant")};
}

enum class CrossSubscription { enabled, disabled, permanently_disabled };
constexpr auto names(CrossSubscription) {
  using enum CrossSubscription;
  using wire::name;
  return std::array{name(enabled, "Enabled"), name(disabled, "Disabled"),
                    name(permanently_disabled, "PermanentlyDisabled")};
}

enum class IdentityKind { none, system, user, both };
constexpr auto names(IdentityKind) {
  using enum IdentityKind;
  using wire::name;
  return std::array{name(none, "None"), name(system, "SystemAssigned"), name(user, "UserAssigned"),
                    name(both, "SystemAssigned, UserAssigned")};
}

enum class SkuName { standard, rs0 };
constexpr auto names(SkuName) {
  return std::array{wire::name(SkuName::standard, "Standard"), wire::name(SkuName::rs0, "RS0")};
}

/// The ids are invented: nothing can sign in with them.
struct UserIdentity {
  std::string client_id;
  std::string principal_id;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&UserIdentity::client_id>("clientId").read_only(),
                         field<&UserIdentity::principal_id>("principalId").read_only()});
  }
};

struct Identity {
  IdentityKind kind = IdentityKind::none;
  bool was_set = false;      // by a request: from then on the vault reports its identity type, even None
  std::string principal_id;  // of the system-assigned identity; empty: it has none
  std::map<std::string, UserIdentity> users;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Identity::kind>("kind"), field<&Identity::was_set>("wasSet"),
                         field<&Identity::principal_id>("principalId"), field<&Identity::users>("users")});
  }
};

struct Monitoring {
  Switch job_failures = Switch::enabled;
  Switch replication_issues = Switch::enabled;
  Switch failover_issues = Switch::enabled;
  Switch classic_critical = Switch::enabled;
  Switch classic_site_recovery_mail = Switch::enabled;
  static constexpr auto wire() {
    using wire::field;
    using M = Monitoring;
    return wire::fields({field<&M::job_failures>("jobFailures"), field<&M::replication_issues>("replicationIssues"),
                         field<&M::failover_issues>("failoverIssues"), field<&M::classic_critical>("classicCritical"),
                         field<&M::classic_site_recovery_mail>("classicMail")});
  }
};

/// A customer-managed key, as the client set it. Data is encrypted with the server's own key regardless (backup.md
/// 6.2). The identity that reads the key is either the vault's own or a user-assigned one, never both.
struct Encryption {
  std::string key_uri;
  bool use_system_identity = true;
  std::string user_identity;  // empty if and only if the vault's own is used
  Switch infrastructure = Switch::disabled;
  static constexpr auto wire() {
    using wire::field;
    using E = Encryption;
    return wire::fields({field<&E::key_uri>("keyUri"), field<&E::use_system_identity>("useSystemIdentity"),
                         field<&E::user_identity>("userIdentity"), field<&E::infrastructure>("infrastructure")});
  }
};

/// A deletion that a resource guard permits for a limited time.
struct Unlock {
  std::string resource;  // lower case
  Time until;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Unlock::resource>("resource"), wire::field<&Unlock::until>("until")});
  }
};

/// A resource guard over the vault (backup.md 15.3).
struct Guard {
  std::string resource_id;
  Time changed;
  std::vector<Unlock> unlocks;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Guard::resource_id>("resourceId"), field<&Guard::changed>("changed"),
                         field<&Guard::unlocks>("unlocks")});
  }
};

struct VaultSettings {
  arm::Tags tags;
  SkuName sku = SkuName::standard;
  Identity identity;
  Monitoring monitoring;
  SoftDelete soft_delete = SoftDelete::enabled;
  std::int64_t soft_delete_days = 14;
  SoftDelete enhanced_security = SoftDelete::enabled;
  std::optional<Immutability> immutability;
  std::optional<wire::Json> immutability_configuration;  // echoed
  Redundancy redundancy = Redundancy::geo;
  bool storage_locked = false;  // something has been protected at least once
  CrossSubscription cross_subscription = CrossSubscription::enabled;
  Switch public_access = Switch::enabled;
  std::optional<Encryption> encryption;
  std::optional<Guard> guard;

  bool is_immutable() const { return immutability && *immutability != Immutability::disabled; }

  static constexpr auto wire() {
    using wire::field;
    using S = VaultSettings;
    return wire::fields({field<&S::tags>("tags"), field<&S::sku>("sku"), field<&S::identity>("identity"),
                         field<&S::monitoring>("monitoring"), field<&S::soft_delete>("softDelete"),
                         field<&S::soft_delete_days>("softDeleteDays"),
                         field<&S::enhanced_security>("enhancedSecurity"), field<&S::immutability>("immutability"),
                         field<&S::immutability_configuration>("immutabilityConfiguration"),
                         field<&S::redundancy>("redundancy"), field<&S::storage_locked>("storageLocked"),
                         field<&S::cross_subscription>("crossSubscription"), field<&S::public_access>("publicAccess"),
                         field<&S::encryption>("encryption"), field<&S::guard>("guard")});
  }
};

}  // namespace quaymaster::recovery_services
