#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/protection/items.h"

namespace quaymaster::recovery_services {

#define QM_FIRST "2016-06-01"
#define QM_ITEMS QM_RS_VAULTS "/backupFabrics/protectionContainers/protectedItems"
#define QM_INTENTS QM_RS_VAULTS "/backupFabrics/backupProtectionIntent"
inline constexpr arm::Link kItemLinks[] = {
    arm::asked_by_handler("properties.sourceResourceId",
                          "when it is to be protected, of a machine `Microsoft.Compute/virtualMachines/read` and "
                          "`" QM_ITEMS "/write`, of an account `Microsoft.Storage/storageAccounts/listKeys/action`"),
    arm::needs_nothing("properties.policyId", "it is a policy of the vault that the path names"),
};
inline constexpr arm::Operation kItemRows[] = {
    {"ProtectedItems_CreateOrUpdate", http::Method::put, QM_RS_ITEM, QM_FIRST, QM_ITEMS "/write",
     arm::bind<&Items::put>,
     "Enables, changes the policy or the disks, stops, suspends, undeletes or resumes, depending on the body.",
     arm::Reach::scope, kItemLinks},
    {"ProtectedItems_Get", http::Method::get, QM_RS_ITEM, QM_FIRST, QM_ITEMS "/read", arm::bind<&Items::get>},
    {"ProtectedItems_Delete", http::Method::del, QM_RS_ITEM, QM_FIRST, QM_ITEMS "/delete", arm::bind<&Items::remove>,
     "With soft delete the item and its points are kept for the vault's retention days."},
    {"BackupProtectedItems_List", http::Method::get, QM_RS_VAULT "/backupProtectedItems", QM_FIRST,
     QM_RS_VAULTS "/backupProtectedItems/read", arm::bind<&Items::list>},
    {"ProtectionIntent_CreateOrUpdate", http::Method::put, QM_RS_FABRIC "/backupProtectionIntent/{name}", "2017-07-01",
     QM_INTENTS "/write", arm::bind<&Items::put_intent>, "For virtual machines: protects the machine.",
     arm::Reach::scope, kItemLinks},
    {"ProtectionIntent_Get", http::Method::get, QM_RS_FABRIC "/backupProtectionIntent/{name}", "2017-07-01",
     QM_INTENTS "/read", arm::bind<&Items::get_intent>},
    {"ProtectionIntent_Delete", http::Method::del, QM_RS_FABRIC "/backupProtectionIntent/{name}", "2017-07-01",
     QM_INTENTS "/delete", arm::bind<&Items::remove_intent>, "Protection continues; stop it at the protected item."},
    {"BackupProtectionIntent_List", http::Method::get, QM_RS_VAULT "/backupProtectionIntents", "2017-07-01",
     QM_RS_VAULTS "/backupProtectionIntents/read", arm::bind<&Items::list_intents>},
};
#undef QM_INTENTS
#undef QM_ITEMS
#undef QM_FIRST

}  // namespace quaymaster::recovery_services
