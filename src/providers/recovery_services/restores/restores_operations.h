#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/common/linked_needs.h"
#include "providers/recovery_services/restores/restores.h"

namespace quaymaster::recovery_services {

// Permissions for what is written elsewhere: the handler checks those for the original machine, the account and the
// group of a new machine.
#define QM_LINKS(at)                                                                                              \
  arm::needs(at "storageAccountId", kListKeys),                                                                   \
      arm::needs(at "identityBasedRestoreDetails.targetStorageAccountId", kListKeys),                             \
      arm::needs(at "targetResourceGroupId", kWriteDisk), arm::needs(at "targetVirtualMachineId", kWriteMachine), \
      arm::needs(at "targetDetails.targetResourceId", kListKeys),                                                 \
      arm::needs_nothing(at "recoveryPointId", "it is the point that the path names"),                            \
      arm::asked_by_handler(at "sourceResourceId", "as the item's own source, when it is restored to"),           \
      arm::needs_nothing(at "virtualNetworkId", "it is a name in the job: this server has no networks")
inline constexpr arm::Link kRestoreLinks[] = {QM_LINKS("properties.")};
inline constexpr arm::Link kValidateLinks[] = {
    arm::needs_nothing("id", "it is a recovery point of the vault that the path names"),
    QM_LINKS("properties.restoreRequest."), QM_LINKS("restoreRequest.")};
#undef QM_LINKS
inline constexpr arm::Operation kRestoreRows[] = {
    {"Restores_Trigger", http::Method::post, QM_RS_POINT "/restore", "2016-06-01",
     QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
     arm::bind<&Restores::trigger>,
     "Machines: RestoreDisks, OriginalLocation, AlternateLocation; quaymasterTargetDirectory names a directory of the "
     "server for the images. Shares: full and item-level. See doc/backup-restores.md.",
     arm::Reach::scope, kRestoreLinks},
    {"Operation_Validate", http::Method::post, QM_RS_VAULT "/backupValidateOperation", "2016-06-01",
     QM_RS_VAULTS "/backupValidateOperation/action", arm::bind<&Restores::validate>, "Restore requests.",
     arm::Reach::scope, kValidateLinks},
    {"ValidateOperation_Trigger", http::Method::post, QM_RS_VAULT "/backupTriggerValidateOperation", "2016-06-01",
     QM_RS_VAULTS "/backupTriggerValidateOperation/action", arm::bind<&Restores::trigger_validate>,
     "Restore requests. The operation has ended when the response arrives.", arm::Reach::scope, kValidateLinks},
};

}  // namespace quaymaster::recovery_services
