#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/restores.h"

namespace quaymaster::recovery_services {

inline constexpr arm::Operation kRestoreRows[] = {
    {"Restores_Trigger", http::Method::post, QM_RS_POINT "/restore", "2016-06-01",
     QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action",
     arm::bind<&Restores::trigger>,
     "Machines: RestoreDisks, OriginalLocation, AlternateLocation; quaymasterTargetDirectory names a directory of the "
     "server for the images. Shares: full and item-level. The rest is said in doc/backup-restores.md."},
    {"Operation_Validate", http::Method::post, QM_RS_VAULT "/backupValidateOperation", "2016-06-01",
     QM_RS_VAULTS "/backupValidateOperation/action", arm::bind<&Restores::validate>, "Restore requests."},
    {"ValidateOperation_Trigger", http::Method::post, QM_RS_VAULT "/backupTriggerValidateOperation", "2016-06-01",
     QM_RS_VAULTS "/backupTriggerValidateOperation/action", arm::bind<&Restores::trigger_validate>,
     "Restore requests. The operation has ended when this answers."},
};

}  // namespace quaymaster::recovery_services
