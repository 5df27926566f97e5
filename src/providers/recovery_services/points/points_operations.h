#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/points/points.h"

namespace quaymaster::recovery_services {

#define QM_FIRST "2016-06-01"
#define QM_POINTS QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/recoveryPoints"
inline constexpr std::string_view kNoMounting =
    "points are not mounted; restore files or disks, or read them with 'quaymaster point ls' and 'point cat'.";
inline constexpr arm::Operation kPointRows[] = {
    {"RecoveryPoints_List", http::Method::get, QM_RS_ITEM "/recoveryPoints", QM_FIRST, QM_POINTS "/read",
     arm::bind<&Points::list>,
     "Newest first. Filters: startDate with endDate, restorePointQueryType, moveReadyRPOnly."},
    {"RecoveryPoints_Get", http::Method::get, QM_RS_POINT, QM_FIRST, QM_POINTS "/read", arm::bind<&Points::get>},
    {"MoveRecoveryPoint", http::Method::post, QM_RS_POINT "/move", QM_FIRST, QM_POINTS "/move/action",
     arm::bind<&Points::move>, "Always refused: there is no archive tier."},
    {"RecoveryPointsRecommendedForMove_List", http::Method::post, QM_RS_ITEM "/recoveryPointsRecommendedForMove",
     QM_FIRST,
     QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/recoveryPointsRecommendedForMove/action",
     arm::bind<&Points::recommended_for_move>, "Always empty: there is no archive tier."},
    {"ItemLevelRecoveryConnections_Provision", http::Method::post, QM_RS_POINT "/provisionInstantItemRecovery",
     QM_FIRST, QM_POINTS "/provisionInstantItemRecovery/action", arm::not_offered, kNoMounting},
    {"ItemLevelRecoveryConnections_Revoke", http::Method::post, QM_RS_POINT "/revokeInstantItemRecovery", QM_FIRST,
     QM_POINTS "/revokeInstantItemRecovery/action", arm::not_offered, kNoMounting},
    {"RecoveryPointsGetAccessToken", http::Method::post, QM_RS_POINT "/accessToken", QM_FIRST,
     QM_POINTS "/accessToken/action", arm::not_offered,
     "it serves restores in another region, which this server does not have."},
};
#undef QM_POINTS
#undef QM_FIRST

}  // namespace quaymaster::recovery_services
