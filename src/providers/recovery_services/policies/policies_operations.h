#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/policies/policies.h"

namespace quaymaster::recovery_services {

inline constexpr arm::Operation kPolicyRows[] = {
    {"BackupPolicies_List", http::Method::get, QM_RS_VAULT "/backupPolicies", "2016-06-01",
     QM_RS_VAULTS "/backupPolicies/read", arm::bind<&Policies::list>},
    {"ProtectionPolicies_Get", http::Method::get, QM_RS_POLICY, "2016-06-01", QM_RS_VAULTS "/backupPolicies/read",
     arm::bind<&Policies::get>},
    {"ProtectionPolicies_CreateOrUpdate", http::Method::put, QM_RS_POLICY, "2016-06-01",
     QM_RS_VAULTS "/backupPolicies/write", arm::bind<&Policies::put>,
     "200 with the policy; 202 with an operation when items are governed by it, one ConfigureBackup job for each."},
    {"ProtectionPolicies_Delete", http::Method::del, QM_RS_POLICY, "2016-06-01", QM_RS_VAULTS "/backupPolicies/delete",
     arm::bind<&Policies::remove>, "200, or 204 when there is none; refused while it governs items."},
};

}  // namespace quaymaster::recovery_services
