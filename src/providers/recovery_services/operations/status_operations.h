#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/operations/async_operations.h"

namespace quaymaster::recovery_services {

// Every route that a 202 may name (backup.md 5.1). They all read one table of operations, because clients use an id
// from one route with another.
#define QM_ASYNC "Any operation of the vault is found here by its id."
inline constexpr arm::Operation kStatusRows[] = {
    {"VaultOperationStatus_Get", http::Method::get, QM_RS_VAULT "/operationStatus/{name}", "2016-06-01",
     QM_RS_VAULTS "/operationStatus/read", arm::bind<&AsyncOperationRoutes::vault_status>},
    {"VaultOperationResults_Get", http::Method::get, QM_RS_VAULT "/operationResults/{name}", "2016-06-01",
     QM_RS_VAULTS "/operationResults/read", arm::bind<&AsyncOperationRoutes::vault_result>},
    {"BackupOperationStatuses_Get", http::Method::get, QM_RS_VAULT "/backupOperations/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupOperations/read", arm::bind<&AsyncOperationRoutes::status>, QM_ASYNC},
    {"BackupOperationResults_Get", http::Method::get, QM_RS_VAULT "/backupOperationResults/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupOperationResults/read", arm::bind<&AsyncOperationRoutes::result>, QM_ASYNC},
    {"ProtectionContainerRefreshOperationStatus_Get", http::Method::get, QM_RS_FABRIC "/operationsStatus/{name}",
     "2016-06-01", QM_RS_VAULTS "/backupFabrics/operationsStatus/read", arm::bind<&AsyncOperationRoutes::status>,
     QM_ASYNC},
    {"ProtectionContainerRefreshOperationResults_Get", http::Method::get, QM_RS_FABRIC "/operationResults/{name}",
     "2016-06-01", QM_RS_VAULTS "/backupFabrics/operationResults/read", arm::bind<&AsyncOperationRoutes::result>,
     QM_ASYNC},
    {"ProtectionContainerOperationStatus_Get", http::Method::get, QM_RS_CONTAINER "/operationsStatus/{name}",
     "2016-06-01", QM_RS_VAULTS "/backupFabrics/protectionContainers/operationsStatus/read",
     arm::bind<&AsyncOperationRoutes::status>, QM_ASYNC},
    {"ProtectionContainerOperationResults_Get", http::Method::get, QM_RS_CONTAINER "/operationResults/{name}",
     "2016-06-01", QM_RS_VAULTS "/backupFabrics/protectionContainers/operationResults/read",
     arm::bind<&AsyncOperationRoutes::result>, QM_ASYNC},
    {"ProtectedItemOperationStatuses_Get", http::Method::get, QM_RS_ITEM "/operationsStatus/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/operationsStatus/read",
     arm::bind<&AsyncOperationRoutes::status>, QM_ASYNC},
    {"ProtectedItemOperationResults_Get", http::Method::get, QM_RS_ITEM "/operationResults/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems/operationResults/read",
     arm::bind<&AsyncOperationRoutes::result>, QM_ASYNC},
    {"JobOperationStatus_Get", http::Method::get, QM_RS_JOB "/operationsStatus/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupJobs/operationsStatus/read", arm::bind<&AsyncOperationRoutes::status>, QM_ASYNC},
    {"JobOperationResults_Get", http::Method::get, QM_RS_JOB "/operationResults/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupJobs/operationResults/read", arm::bind<&AsyncOperationRoutes::result>, QM_ASYNC},
    {"ExportJobsOperationResults_Get", http::Method::get, QM_RS_VAULT "/backupJobs/operationResults/{name}",
     "2016-06-01", QM_RS_VAULTS "/backupJobs/operationResults/read", arm::bind<&AsyncOperationRoutes::result>,
     QM_ASYNC},
    {"ProtectionPolicyOperationStatuses_Get", http::Method::get, QM_RS_POLICY "/operations/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupPolicies/operations/read", arm::bind<&AsyncOperationRoutes::status>, QM_ASYNC},
    {"ProtectionPolicyOperationResults_Get", http::Method::get, QM_RS_POLICY "/operationResults/{name}", "2016-06-01",
     QM_RS_VAULTS "/backupPolicies/operationResults/read", arm::bind<&AsyncOperationRoutes::result>, QM_ASYNC},
    {"ValidateOperationStatuses_Get", http::Method::get, QM_RS_VAULT "/backupValidateOperationsStatuses/{name}",
     "2016-06-01", QM_RS_VAULTS "/backupValidateOperationsStatuses/read", arm::bind<&AsyncOperationRoutes::status>,
     QM_ASYNC},
    {"ValidateOperationResults_Get", http::Method::get, QM_RS_VAULT "/backupValidateOperationResults/{name}",
     "2016-06-01", QM_RS_VAULTS "/backupValidateOperationResults/read", arm::bind<&AsyncOperationRoutes::result>,
     QM_ASYNC},
};
#undef QM_ASYNC

}  // namespace quaymaster::recovery_services
