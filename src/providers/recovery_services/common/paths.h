#pragma once

#include <string>

#include "arm/paths.h"
#include "wire/field.h"

// The common beginnings of this provider's paths, for the operation tables; and the structs that receive the
// parameters.
#define QM_RS_PROVIDER "/providers/Microsoft.RecoveryServices"
#define QM_RS_LOCATION QM_SUBSCRIPTION QM_RS_PROVIDER "/locations/{location}"
#define QM_RS_VAULT QM_GROUP QM_RS_PROVIDER "/vaults/{vaultName}"
#define QM_RS_FABRIC QM_RS_VAULT "/backupFabrics/{fabricName}"
#define QM_RS_CONTAINER QM_RS_FABRIC "/protectionContainers/{containerName}"
#define QM_RS_ITEM QM_RS_CONTAINER "/protectedItems/{protectedItemName}"
#define QM_RS_POINT QM_RS_ITEM "/recoveryPoints/{recoveryPointId}"
#define QM_RS_POLICY QM_RS_VAULT "/backupPolicies/{policyName}"
#define QM_RS_JOB QM_RS_VAULT "/backupJobs/{jobName}"
// Permissions begin with this.
#define QM_RS_VAULTS "Microsoft.RecoveryServices/vaults"

namespace quaymaster::recovery_services {

struct LocationPath {
  std::string subscription;
  std::string location;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&LocationPath::subscription>("subscriptionId"), field<&LocationPath::location>("location")});
  }
};

struct GroupLocationPath {
  std::string subscription;
  std::string group;
  std::string location;
  static constexpr auto wire() {
    using wire::field;
    using P = GroupLocationPath;
    return wire::fields({field<&P::subscription>("subscriptionId"), field<&P::group>("resourceGroupName"),
                         field<&P::location>("location")});
  }
};

/// A vault. Path structs of resources inside a vault derive from it, so that each can find its vault.
struct VaultPath {
  std::string subscription;
  std::string group;
  std::string vault;
  template <class Path = VaultPath>
  static constexpr auto vault_fields() {
    using wire::field;
    return wire::fields({field<&Path::subscription, Path>("subscriptionId"),
                         field<&Path::group, Path>("resourceGroupName"), field<&Path::vault, Path>("vaultName")});
  }
  static constexpr auto wire() { return vault_fields(); }
};

/// A named child of the vault: an operation, a proxy, an identity.
struct VaultChildPath : VaultPath {
  std::string name;
  static constexpr auto wire() {
    return vault_fields<VaultChildPath>() + wire::fields({wire::field<&VaultChildPath::name>("name")});
  }
};

struct FabricPath : VaultPath {
  std::string fabric;
  static constexpr auto wire() {
    return vault_fields<FabricPath>() + wire::fields({wire::field<&FabricPath::fabric>("fabricName")});
  }
};

/// A named child of the fabric: a protection intent.
struct FabricChildPath : VaultPath {
  std::string fabric;
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    using P = FabricChildPath;
    return vault_fields<P>() + wire::fields({field<&P::fabric>("fabricName"), field<&P::name>("name")});
  }
};

struct ContainerPath : VaultPath {
  std::string fabric;
  std::string container;
  static constexpr auto wire() {
    using wire::field;
    using P = ContainerPath;
    return vault_fields<P>() + wire::fields({field<&P::fabric>("fabricName"), field<&P::container>("containerName")});
  }
};

struct ItemPath : VaultPath {
  std::string fabric;
  std::string container;
  std::string item;
  static constexpr auto wire() {
    using wire::field;
    using P = ItemPath;
    return vault_fields<P>() + wire::fields({field<&P::fabric>("fabricName"), field<&P::container>("containerName"),
                                             field<&P::item>("protectedItemName")});
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
    return vault_fields<P>() +
           wire::fields({field<&P::fabric>("fabricName"), field<&P::container>("containerName"),
                         field<&P::item>("protectedItemName"), field<&P::point>("recoveryPointId")});
  }
};

struct PolicyPath : VaultPath {
  std::string policy;
  static constexpr auto wire() {
    return vault_fields<PolicyPath>() + wire::fields({wire::field<&PolicyPath::policy>("policyName")});
  }
};

struct JobPath : VaultPath {
  std::string job;
  static constexpr auto wire() {
    return vault_fields<JobPath>() + wire::fields({wire::field<&JobPath::job>("jobName")});
  }
};

}  // namespace quaymaster::recovery_services
