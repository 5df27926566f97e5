#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/backups/backups.h"

namespace quaymaster::recovery_services {

inline constexpr arm::Operation kBackupRows[] = {
    {"Backups_Trigger", http::Method::post, QM_RS_ITEM "/backup", "2016-06-01",
     QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/backup/action", arm::bind<&Backups::trigger>,
     "202 with an operation that names the job at once. A second one while one runs is refused with 409."},
};

}  // namespace quaymaster::recovery_services
