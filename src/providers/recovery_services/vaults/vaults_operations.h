#pragma once

#include "arm/operation.h"
#include "arm/paths.h"
#include "providers/recovery_services/vaults/vaults.h"

namespace quaymaster::recovery_services {

#define QM_FIRST "2016-06-01"
#define QM_LOCATIONS "Microsoft.RecoveryServices/locations"
inline constexpr std::string_view kNoPrivateEndpoints = "this server has no private endpoints.";
inline constexpr std::string_view kOneRegion = "it serves restores in another region, which this server does not have.";
inline constexpr std::string_view kNoneHere = "This server has none: the list is empty.";
inline constexpr arm::Operation kVaultRows[] = {
    {"Vaults_ListBySubscriptionId", http::Method::get, QM_SUBSCRIPTION QM_RS_PROVIDER "/vaults", QM_FIRST,
     QM_RS_VAULTS "/read", arm::bind<&Vaults::list_in_subscription>},
    {"Vaults_ListByResourceGroup", http::Method::get, QM_GROUP QM_RS_PROVIDER "/vaults", QM_FIRST, QM_RS_VAULTS "/read",
     arm::bind<&Vaults::list_in_group>},
    {"Vaults_Get", http::Method::get, QM_RS_VAULT, QM_FIRST, QM_RS_VAULTS "/read", arm::bind<&Vaults::get>},
    {"Vaults_CreateOrUpdate", http::Method::put, QM_RS_VAULT, QM_FIRST, QM_RS_VAULTS "/write",
     arm::bind<&Vaults::create>, "A new vault answers 201; from 2022-04-01 on with an operation to follow."},
    {"Vaults_Update", http::Method::patch, QM_RS_VAULT, QM_FIRST, QM_RS_VAULTS "/write", arm::bind<&Vaults::update>,
     "Done at once."},
    {"Vaults_Delete", http::Method::del, QM_RS_VAULT, QM_FIRST, QM_RS_VAULTS "/delete", arm::bind<&Vaults::remove>,
     "200 before 2024-02-01, 202 from then on; 204 when there is no such vault."},
    {"RecoveryServices_CheckNameAvailability", http::Method::post,
     QM_GROUP QM_RS_PROVIDER "/locations/{location}/checkNameAvailability", QM_FIRST,
     "Microsoft.RecoveryServices/locations/checkNameAvailability/action", arm::bind<&Vaults::check_name>},
    {"Usages_ListByVaults", http::Method::get, QM_RS_VAULT "/usages", QM_FIRST, QM_RS_VAULTS "/usages/read",
     arm::bind<&Vaults::usages>},
    {"BackupUsageSummaries_List", http::Method::get, QM_RS_VAULT "/backupUsageSummaries", QM_FIRST,
     QM_RS_VAULTS "/backupUsageSummaries/read", arm::bind<&Vaults::usage_summaries>},
    {"ReplicationUsages_List", http::Method::get, QM_RS_VAULT "/replicationUsages", QM_FIRST,
     QM_RS_VAULTS "/replicationUsages/read", arm::bind<&Vaults::nothing>, kNoneHere},
    {"BackupEngines_List", http::Method::get, QM_RS_VAULT "/backupEngines", QM_FIRST,
     QM_RS_VAULTS "/backupEngines/read", arm::bind<&Vaults::nothing>, kNoneHere},
    {"PrivateLinkResources_List", http::Method::get, QM_RS_VAULT "/privateLinkResources", QM_FIRST,
     QM_RS_VAULTS "/privateLinkResources/read", arm::bind<&Vaults::nothing>, kNoneHere},
    {"VaultCertificates_Create", http::Method::put, QM_RS_VAULT "/certificates/{name}", QM_FIRST,
     QM_RS_VAULTS "/certificates/write", arm::not_offered, "it registers agents, which this server does not support."},
    {"RegisteredIdentities_Delete", http::Method::del, QM_RS_VAULT "/registeredIdentities/{name}", QM_FIRST,
     QM_RS_VAULTS "/registeredIdentities/delete", arm::not_offered, "no agents can be registered."},
    {"VaultExtendedInfo_Get", http::Method::get, QM_RS_VAULT "/extendedInformation/vaultExtendedInfo", QM_FIRST,
     QM_RS_VAULTS "/extendedInformation/read", arm::not_offered,
     "it serves agents, which this server does not support."},
    {"VaultExtendedInfo_CreateOrUpdate", http::Method::put, QM_RS_VAULT "/extendedInformation/vaultExtendedInfo",
     QM_FIRST, QM_RS_VAULTS "/extendedInformation/write", arm::not_offered,
     "it serves agents, which this server does not support."},
    {"VaultExtendedInfo_Update", http::Method::patch, QM_RS_VAULT "/extendedInformation/vaultExtendedInfo", QM_FIRST,
     QM_RS_VAULTS "/extendedInformation/write", arm::not_offered,
     "it serves agents, which this server does not support."},
    {"PrivateLinkResources_Get", http::Method::get, QM_RS_VAULT "/privateLinkResources/{name}", QM_FIRST,
     QM_RS_VAULTS "/privateLinkResources/read", arm::not_offered, kNoPrivateEndpoints},
    {"PrivateEndpointConnection_Get", http::Method::get, QM_RS_VAULT "/privateEndpointConnections/{name}", QM_FIRST,
     QM_RS_VAULTS "/privateEndpointConnections/read", arm::not_offered, kNoPrivateEndpoints},
    {"PrivateEndpointConnection_Put", http::Method::put, QM_RS_VAULT "/privateEndpointConnections/{name}", QM_FIRST,
     QM_RS_VAULTS "/privateEndpointConnections/write", arm::not_offered, kNoPrivateEndpoints},
    {"PrivateEndpointConnection_Delete", http::Method::del, QM_RS_VAULT "/privateEndpointConnections/{name}", QM_FIRST,
     QM_RS_VAULTS "/privateEndpointConnections/delete", arm::not_offered, kNoPrivateEndpoints},
    {"AadProperties_Get", http::Method::get, QM_RS_LOCATION "/backupAadProperties", QM_FIRST,
     QM_LOCATIONS "/backupAadProperties/read", arm::not_offered, kOneRegion},
    {"CrossRegionRestore_Trigger", http::Method::post, QM_RS_LOCATION "/backupCrossRegionRestore", QM_FIRST,
     QM_LOCATIONS "/backupCrossRegionRestore/action", arm::not_offered, kOneRegion},
    {"BackupCrrJobDetails_Get", http::Method::post, QM_RS_LOCATION "/backupCrrJob", QM_FIRST,
     QM_LOCATIONS "/backupCrrJob/action", arm::not_offered, kOneRegion},
    {"BackupCrrJobs_List", http::Method::post, QM_RS_LOCATION "/backupCrrJobs", QM_FIRST,
     QM_LOCATIONS "/backupCrrJobs/action", arm::not_offered, kOneRegion},
    {"CrrOperationResults_Get", http::Method::get, QM_RS_LOCATION "/backupCrrOperationResults/{name}", QM_FIRST,
     QM_LOCATIONS "/backupCrrOperationResults/read", arm::not_offered, kOneRegion},
    {"CrrOperationStatus_Get", http::Method::get, QM_RS_LOCATION "/backupCrrOperationsStatus/{name}", QM_FIRST,
     QM_LOCATIONS "/backupCrrOperationsStatus/read", arm::not_offered, kOneRegion},
    {"RecoveryServices_Capabilities", http::Method::post, QM_RS_LOCATION "/capabilities", QM_FIRST,
     "Microsoft.RecoveryServices/locations/capabilities/action", arm::not_offered,
     "it returns names for private endpoints, which this server does not have."},
    {"DeletedVaults_List", http::Method::get, QM_RS_LOCATION "/deletedVaults", "2025-08-01",
     "Microsoft.RecoveryServices/locations/deletedVaults/read", arm::not_offered,
     "a deleted vault cannot be restored; only an empty vault can be deleted."},
    {"SecurityPINs_Get", http::Method::post, QM_RS_VAULT "/backupSecurityPIN", QM_FIRST,
     QM_RS_VAULTS "/backupSecurityPIN/action", arm::not_offered,
     "it serves agents, which this server does not support."},
    {"PrepareDataMove", http::Method::post, QM_RS_VAULT "/backupstorageconfig/vaultstorageconfig/prepareDataMove",
     QM_FIRST, QM_RS_VAULTS "/backupstorageconfig/write", arm::not_offered, "vaults do not move between regions."},
};
#undef QM_LOCATIONS
#undef QM_FIRST

}  // namespace quaymaster::recovery_services
