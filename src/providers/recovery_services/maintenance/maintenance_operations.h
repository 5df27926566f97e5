#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/maintenance/maintenance.h"

namespace quaymaster::recovery_services {

// Our own operations, in addition to Azure's: no Azure client calls them.
#define QM_OURS "2016-06-01"
inline constexpr arm::Operation kMaintenanceRows[] = {
    {"Quaymaster_CheckVault", http::Method::post, QM_RS_VAULT "/quaymasterCheck", QM_OURS,
     QM_RS_VAULTS "/quaymasterCheck/action", arm::bind<&Maintenance::check>,
     "Ours. Body {\"depth\":\"Structure\"|\"EveryByte\"}; the operation's properties tell the report."},
    {"Quaymaster_CollectVault", http::Method::post, QM_RS_VAULT "/quaymasterCollect", QM_OURS,
     QM_RS_VAULTS "/quaymasterCollect/action", arm::bind<&Maintenance::collect>,
     "Ours. Body {}; the operation's properties tell the report."},
    {"Quaymaster_RebuildIndex", http::Method::post, QM_RS_VAULT "/quaymasterRebuildIndex", QM_OURS,
     QM_RS_VAULTS "/quaymasterRebuildIndex/action", arm::bind<&Maintenance::rebuild_index>,
     "Ours. Body {}; makes the chunk index from the packs again."},
    {"Quaymaster_VaultStats", http::Method::get, QM_RS_VAULT "/quaymasterStats", QM_OURS,
     QM_RS_VAULTS "/quaymasterStats/read", arm::bind_waiting<&Maintenance::stats>, "Ours."},
    {"Quaymaster_Maintenance", http::Method::get, QM_RS_VAULT "/quaymasterMaintenance", QM_OURS,
     QM_RS_VAULTS "/quaymasterMaintenance/read", arm::bind<&Maintenance::runs>,
     "Ours. The newest check and collect, with bytes, rate and remaining time while they run."},
    {"Quaymaster_ChangeKey", http::Method::post, QM_RS_VAULT "/quaymasterChangeKey", QM_OURS,
     QM_RS_VAULTS "/quaymasterChangeKey/action", arm::not_offered,
     "one key file wraps the keys of all vaults of a server, so it is not a vault's to change."},
};
#undef QM_OURS

}  // namespace quaymaster::recovery_services
