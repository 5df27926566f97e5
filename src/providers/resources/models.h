#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arm/paging.h"
#include "arm/resource_groups.h"
#include "wire/field.h"

// Microsoft.Resources on the wire. Source: the published descriptions, 2016-06-01 to 2021-04-01 (resources) and
// 2019-11-01 (subscriptions), and what az 2.45 and the SDKs read from it (clients.md, 3.4 and 4).
namespace quaymaster::resources {

struct SubscriptionPolicies {
  std::string location_placement = "Public_2014-09-01";
  std::string quota = "Internal_2014-09-01";
  std::string spending_limit = "Off";
  static constexpr auto wire() {
    using wire::field;
    using P = SubscriptionPolicies;
    return wire::fields({field<&P::location_placement>("locationPlacementId"), field<&P::quota>("quotaId"),
                         field<&P::spending_limit>("spendingLimit")});
  }
};

struct SubscriptionAnswer {
  std::string id;
  std::string authorization = "RoleBased";
  std::vector<std::string> managed_by;
  std::string subscription;
  std::string tenant;
  std::string display_name;
  std::string state = "Enabled";
  SubscriptionPolicies policies;
  static constexpr auto wire() {
    using wire::field;
    using S = SubscriptionAnswer;
    return wire::fields({field<&S::id>("id"), field<&S::authorization>("authorizationSource"),
                         field<&S::managed_by>("managedByTenants"), field<&S::subscription>("subscriptionId"),
                         field<&S::tenant>("tenantId"), field<&S::display_name>("displayName"),
                         field<&S::state>("state"), field<&S::policies>("subscriptionPolicies")});
  }
};

struct TenantAnswer {
  std::string id;
  std::string tenant;
  std::string display_name;
  std::string category = "Home";
  static constexpr auto wire() {
    using wire::field;
    using T = TenantAnswer;
    return wire::fields({field<&T::id>("id"), field<&T::tenant>("tenantId"), field<&T::display_name>("displayName"),
                         field<&T::category>("tenantCategory")});
  }
};

struct LocationMetadata {
  std::string type = "Physical";
  std::string category = "Recommended";
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&LocationMetadata::type>("regionType"), field<&LocationMetadata::category>("regionCategory")});
  }
};

struct LocationAnswer {
  std::string id;
  std::string name;
  std::string type = "Region";
  std::string display_name;
  std::string regional_display_name;
  LocationMetadata metadata;
  static constexpr auto wire() {
    using wire::field;
    using L = LocationAnswer;
    return wire::fields({field<&L::id>("id"), field<&L::name>("name"), field<&L::type>("type"),
                         field<&L::display_name>("displayName"),
                         field<&L::regional_display_name>("regionalDisplayName"), field<&L::metadata>("metadata")});
  }
};

struct PutGroup {
  std::string location;
  std::optional<arm::Tags> tags;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&PutGroup::location>("location").required(), wire::field<&PutGroup::tags>("tags")});
  }
};
struct PatchGroup {
  std::optional<arm::Tags> tags;
  static constexpr auto wire() { return wire::fields({wire::field<&PatchGroup::tags>("tags")}); }
};

struct GroupProperties {
  std::string state = "Succeeded";
  static constexpr auto wire() { return wire::fields({wire::field<&GroupProperties::state>("provisioningState")}); }
};
struct GroupAnswer {
  std::string id;
  std::string name;
  std::string type = "Microsoft.Resources/resourceGroups";
  std::string location;
  std::optional<arm::Tags> tags;
  GroupProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using G = GroupAnswer;
    return wire::fields({field<&G::id>("id"), field<&G::name>("name"), field<&G::type>("type"),
                         field<&G::location>("location"), field<&G::tags>("tags"),
                         field<&G::properties>("properties")});
  }
};

struct ProviderType {
  std::string name;
  std::vector<std::string> locations;
  std::vector<std::string> versions;
  std::string capabilities = "None";
  static constexpr auto wire() {
    using wire::field;
    using T = ProviderType;
    return wire::fields({field<&T::name>("resourceType"), field<&T::locations>("locations"),
                         field<&T::versions>("apiVersions"), field<&T::capabilities>("capabilities")});
  }
};
struct ProviderAnswer {
  std::string id;
  std::string name;
  std::vector<ProviderType> types;
  std::optional<std::string> state;  // absent at tenant scope
  std::string policy = "RegistrationFree";
  static constexpr auto wire() {
    using wire::field;
    using P = ProviderAnswer;
    return wire::fields({field<&P::id>("id"), field<&P::name>("namespace"), field<&P::types>("resourceTypes"),
                         field<&P::state>("registrationState"), field<&P::policy>("registrationPolicy")});
  }
};

struct ResourceAnswer {
  std::string id;
  std::string name;
  std::string type;
  std::string location;
  std::optional<arm::Tags> tags;
  std::optional<Time> created;  // these three only with $expand
  std::optional<Time> changed;
  std::optional<std::string> state;
  static constexpr auto wire() {
    using wire::field;
    using R = ResourceAnswer;
    return wire::fields({field<&R::id>("id"), field<&R::name>("name"), field<&R::type>("type"),
                         field<&R::location>("location"), field<&R::tags>("tags"), field<&R::created>("createdTime"),
                         field<&R::changed>("changedTime"), field<&R::state>("provisioningState")});
  }
};

struct ProviderPath {
  std::string subscription;
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&ProviderPath::subscription>("subscriptionId"),
                         field<&ProviderPath::name>("resourceProviderNamespace")});
  }
};
struct TenantProviderPath {
  std::string name;
  static constexpr auto wire() {
    return wire::fields({wire::field<&TenantProviderPath::name>("resourceProviderNamespace")});
  }
};
struct OperationPath {
  std::string subscription;
  std::string operation;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&OperationPath::subscription>("subscriptionId"), field<&OperationPath::operation>("operationId")});
  }
};

}  // namespace quaymaster::resources
