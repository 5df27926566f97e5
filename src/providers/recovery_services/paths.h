#pragma once

#include <string>
#include <tuple>

#include "wire/field.h"

// The beginnings of this provider's paths, for the tables; and the structs their parameters are read into.
#define QM_RS_SUBSCRIPTION "/subscriptions/{subscriptionId}"
#define QM_RS_GROUP QM_RS_SUBSCRIPTION "/resourceGroups/{resourceGroupName}"
#define QM_RS_PROVIDER "/providers/Microsoft.RecoveryServices"
#define QM_RS_LOCATION QM_RS_SUBSCRIPTION QM_RS_PROVIDER "/locations/{location}"
#define QM_RS_VAULT QM_RS_GROUP QM_RS_PROVIDER "/vaults/{vaultName}"
#define QM_RS_FABRIC QM_RS_VAULT "/backupFabrics/{fabricName}"
#define QM_RS_CONTAINER QM_RS_FABRIC "/protectionContainers/{containerName}"
#define QM_RS_ITEM QM_RS_CONTAINER "/protectedItems/{protectedItemName}"
#define QM_RS_POINT QM_RS_ITEM "/recoveryPoints/{recoveryPointId}"
#define QM_RS_POLICY QM_RS_VAULT "/backupPolicies/{policyName}"
#define QM_RS_JOB QM_RS_VAULT "/backupJobs/{jobName}"
// Permissions begin with this.
#define QM_RS_VAULTS "Microsoft.RecoveryServices/vaults"

namespace quaymaster::recovery_services {

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

struct LocationPath {
  std::string subscription;
  std::string location;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("subscriptionId", &LocationPath::subscription), field("location", &LocationPath::location)};
  }
};

struct GroupLocationPath {
  std::string subscription;
  std::string group;
  std::string location;
  static constexpr auto wire() {
    using wire::field;
    using P = GroupLocationPath;
    return std::tuple{field("subscriptionId", &P::subscription), field("resourceGroupName", &P::group),
                      field("location", &P::location)};
  }
};

/// A vault. The structs of what lies in a vault derive from it, so that every one of them finds its vault.
struct VaultPath {
  std::string subscription;
  std::string group;
  std::string vault;
  template <class Path = VaultPath>
  static constexpr auto vault_fields() {
    using wire::field;
    return std::tuple{field("subscriptionId", static_cast<std::string Path::*>(&Path::subscription)),
                      field("resourceGroupName", static_cast<std::string Path::*>(&Path::group)),
                      field("vaultName", static_cast<std::string Path::*>(&Path::vault))};
  }
  static constexpr auto wire() { return vault_fields(); }
};

/// A thing of the vault with one name: an operation, a proxy, an identity.
struct VaultChildPath : VaultPath {
  std::string name;
  static constexpr auto wire() {
    return std::tuple_cat(vault_fields<VaultChildPath>(), std::tuple{wire::field("name", &VaultChildPath::name)});
  }
};

struct FabricPath : VaultPath {
  std::string fabric;
  static constexpr auto wire() {
    return std::tuple_cat(vault_fields<FabricPath>(), std::tuple{wire::field("fabricName", &FabricPath::fabric)});
  }
};

/// A thing of the fabric with one name: a protection intent.
struct FabricChildPath : VaultPath {
  std::string fabric;
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    using P = FabricChildPath;
    return std::tuple_cat(vault_fields<P>(), std::tuple{field("fabricName", &P::fabric), field("name", &P::name)});
  }
};

struct ContainerPath : VaultPath {
  std::string fabric;
  std::string container;
  static constexpr auto wire() {
    using wire::field;
    using P = ContainerPath;
    return std::tuple_cat(vault_fields<P>(),
                          std::tuple{field("fabricName", &P::fabric), field("containerName", &P::container)});
  }
};

struct ItemPath : VaultPath {
  std::string fabric;
  std::string container;
  std::string item;
  static constexpr auto wire() {
    using wire::field;
    using P = ItemPath;
    return std::tuple_cat(vault_fields<P>(),
                          std::tuple{field("fabricName", &P::fabric), field("containerName", &P::container),
                                     field("protectedItemName", &P::item)});
  }
};

struct PointPath : VaultPath {
  std::string fabric;
  std::string container;
  std::string item;
  std::string point;
  static constexpr auto wire() {
    using wire::field;
    using P = PointPath;
    return std::tuple_cat(vault_fields<P>(),
                          std::tuple{field("fabricName", &P::fabric), field("containerName", &P::container),
                                     field("protectedItemName", &P::item), field("recoveryPointId", &P::point)});
  }
};

struct PolicyPath : VaultPath {
  std::string policy;
  static constexpr auto wire() {
    return std::tuple_cat(vault_fields<PolicyPath>(), std::tuple{wire::field("policyName", &PolicyPath::policy)});
  }
};

struct JobPath : VaultPath {
  std::string job;
  static constexpr auto wire() {
    return std::tuple_cat(vault_fields<JobPath>(), std::tuple{wire::field("jobName", &JobPath::job)});
  }
};

}  // namespace quaymaster::recovery_services
