#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "arm/directory.h"
#include "arm/paging.h"
#include "wire/field.h"

// The wire of Microsoft.Resources. Source: the published descriptions, 2016-06-01 to 2021-04-01 (resources) and
// 2019-11-01 (subscriptions), and what az 2.45 and the SDKs read of it (clients.md, 3.4 and 4).
namespace quaymaster::resources {

struct SubscriptionPolicies {
  std::string location_placement = "Public_2014-09-01";
  std::string quota = "Internal_2014-09-01";
  std::string spending_limit = "Off";
  static constexpr auto wire() {
    using wire::field;
    using P = SubscriptionPolicies;
    return std::tuple{field("locationPlacementId", &P::location_placement), field("quotaId", &P::quota),
                      field("spendingLimit", &P::spending_limit)};
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
    return std::tuple{field("id", &S::id),
                      field("authorizationSource", &S::authorization),
                      field("managedByTenants", &S::managed_by),
                      field("subscriptionId", &S::subscription),
                      field("tenantId", &S::tenant),
                      field("displayName", &S::display_name),
                      field("state", &S::state),
                      field("subscriptionPolicies", &S::policies)};
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
    return std::tuple{field("id", &T::id), field("tenantId", &T::tenant), field("displayName", &T::display_name),
                      field("tenantCategory", &T::category)};
  }
};

struct LocationMetadata {
  std::string type = "Physical";
  std::string category = "Recommended";
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("regionType", &LocationMetadata::type),
                      field("regionCategory", &LocationMetadata::category)};
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
    return std::tuple{field("id", &L::id),
                      field("name", &L::name),
                      field("type", &L::type),
                      field("displayName", &L::display_name),
                      field("regionalDisplayName", &L::regional_display_name),
                      field("metadata", &L::metadata)};
  }
};

struct PutGroup {
  std::string location;
  std::optional<arm::Tags> tags;
  static constexpr auto wire() {
    return std::tuple{wire::field("location", &PutGroup::location).required(), wire::field("tags", &PutGroup::tags)};
  }
};
struct PatchGroup {
  std::optional<arm::Tags> tags;
  static constexpr auto wire() { return std::tuple{wire::field("tags", &PatchGroup::tags)}; }
};

struct GroupProperties {
  std::string state = "Succeeded";
  static constexpr auto wire() { return std::tuple{wire::field("provisioningState", &GroupProperties::state)}; }
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
    return std::tuple{field("id", &G::id),     field("name", &G::name),
                      field("type", &G::type), field("location", &G::location),
                      field("tags", &G::tags), field("properties", &G::properties)};
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
    return std::tuple{field("resourceType", &T::name), field("locations", &T::locations),
                      field("apiVersions", &T::versions), field("capabilities", &T::capabilities)};
  }
};
struct ProviderAnswer {
  std::string id;
  std::string name;
  std::vector<ProviderType> types;
  std::optional<std::string> state;  // absent at the tenant's scope
  std::string policy = "RegistrationFree";
  static constexpr auto wire() {
    using wire::field;
    using P = ProviderAnswer;
    return std::tuple{field("id", &P::id), field("namespace", &P::name), field("resourceTypes", &P::types),
                      field("registrationState", &P::state), field("registrationPolicy", &P::policy)};
  }
};

struct ResourceAnswer {
  std::string id;
  std::string name;
  std::string type;
  std::string location;
  std::optional<arm::Tags> tags;
  std::optional<Time> created;  // these three on $expand only
  std::optional<Time> changed;
  std::optional<std::string> state;
  static constexpr auto wire() {
    using wire::field;
    using R = ResourceAnswer;
    return std::tuple{field("id", &R::id),
                      field("name", &R::name),
                      field("type", &R::type),
                      field("location", &R::location),
                      field("tags", &R::tags),
                      field("createdTime", &R::created),
                      field("changedTime", &R::changed),
                      field("provisioningState", &R::state)};
  }
};

struct SubscriptionPath {
  std::string subscription;
  static constexpr auto wire() { return std::tuple{wire::field("subscriptionId", &SubscriptionPath::subscription)}; }
};
struct GroupPath {
  std::string subscription;
  std::string group;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("subscriptionId", &GroupPath::subscription), field("resourceGroupName", &GroupPath::group)};
  }
};
struct ProviderPath {
  std::string subscription;
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("subscriptionId", &ProviderPath::subscription),
                      field("resourceProviderNamespace", &ProviderPath::name)};
  }
};
struct TenantProviderPath {
  std::string name;
  static constexpr auto wire() {
    return std::tuple{wire::field("resourceProviderNamespace", &TenantProviderPath::name)};
  }
};
struct OperationPath {
  std::string subscription;
  std::string operation;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("subscriptionId", &OperationPath::subscription),
                      field("operationId", &OperationPath::operation)};
  }
};

}  // namespace quaymaster::resources
