#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/points/point_contents.h"

namespace quaymaster::recovery_services {

// Our own extension. It requires the permission of a restore, since it returns the same bytes.
#define QM_RESTORE QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action"
inline constexpr arm::Operation kContentRows[] = {
    {"Quaymaster_Entries", http::Method::get, QM_RS_POINT "/quaymasterEntries", "2016-06-01", QM_RESTORE,
     arm::bind_waiting<&PointContents::entries>,
     "The contents of the directory ?path= of a share, or a machine's disks."},
    {"Quaymaster_Content", http::Method::get, QM_RS_POINT "/quaymasterContent", "2016-06-01", QM_RESTORE,
     arm::bind_waiting<&PointContents::content>, "Bytes of the file or disk ?path=; the header Range selects them."},
};
#undef QM_RESTORE

}  // namespace quaymaster::recovery_services
