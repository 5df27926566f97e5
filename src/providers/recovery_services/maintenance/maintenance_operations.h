#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/maintenance/maintenance.h"

namespace quaymaster::recovery_services {

// Our own operations, in addition to Azure's: no Azure client calls them.
#define QM_OURS "2016-06-01"
inline constexpr arm::Operation kMaintenanceRows[] = {
    {"Quaymaster_CheckVault", http::Method::post, QM_RS_VAULT "/quaymasterCheck", QM_OURS,
     QM_RS_VAULTS "/quaymasterCheck/action", arm::bind<&Maintenance::check>,
     "Not part of Azure. Body {\"depth\":\"Structure\"|\"EveryByte\"}; the operation's properties have the report."},
    {"Quaymaster_CollectVault", http::Method::post, QM_RS_VAULT "/quaymasterCollect", QM_OURS,
     QM_RS_VAULTS "/quaymasterCollect/action", arm::bind<&Maintenance::collect>,
     "Not part of Azure. Body {}; the operation's properties have the report."},
    {"Quaymaster_RebuildIndex", http::Method::post, QM_RS_VAULT "/quaymasterRebuildIndex", QM_OURS,
     QM_RS_VAULTS "/quaymasterRebuildIndex/action", arm::bind<&Maintenance::rebuild_index>,
     "Not part of Azure. Body {}; rebuilds the chunk index from the packs."},
    {"Quaymaster_VaultStats", http::Method::get, QM_RS_VAULT "/quaymasterStats", QM_OURS,
     QM_RS_VAULTS "/quaymasterStats/read", arm::bind_waiting<&Maintenance::stats>, "Ours."},
    {"Quaymaster_Maintenance", http::Method::get, QM_RS_VAULT "/quaymasterMaintenance", QM_OURS,
     QM_RS_VAULTS "/quaymasterMaintenance/read", arm::bind<&Maintenance::runs>,
     "Not part of Azure. The newest check and collect, with bytes, rate and remaining time while they run."},
    {"Quaymaster_ChangeKey", http::Method::post, QM_RS_VAULT "/quaymasterChangeKey", QM_OURS,
     QM_RS_VAULTS "/quaymasterChangeKey/action", arm::not_offered,
     "one key file wraps the keys of all vaults of a server, so it cannot be changed for one vault."},
};
#undef QM_OURS

}  // namespace quaymaster::recovery_services
