#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/common/linked_needs.h"
#include "providers/recovery_services/containers/containers.h"

namespace quaymaster::recovery_services {

#define QM_FIRST "2016-06-01"
#define QM_FABRICS QM_RS_VAULTS "/backupFabrics"
#define QM_CONTAINERS QM_FABRICS "/protectionContainers"
#define QM_LOCATIONS "Microsoft.RecoveryServices/locations"
inline constexpr arm::Link kRegisterLinks[] = {arm::needs("properties.sourceResourceId", kListKeys)};
inline constexpr std::string_view kOfSubscription = "the permission is checked at its subscription";
inline constexpr arm::Link kStatusLinks[] = {arm::needs_nothing("resourceId", kOfSubscription)};
inline constexpr arm::Link kPreValidateLinks[] = {arm::needs_nothing("resourceId", kOfSubscription),
                                                  arm::needs_nothing("vaultId", "it is ignored")};
inline constexpr arm::Operation kContainerRows[] = {
    {"ProtectionContainers_Register", http::Method::put, QM_RS_CONTAINER, QM_FIRST, QM_CONTAINERS "/write",
     arm::bind<&Containers::put>, "Storage accounts; a virtual machine is registered by protecting it.",
     arm::Reach::scope, kRegisterLinks},
    {"ProtectionContainers_Get", http::Method::get, QM_RS_CONTAINER, QM_FIRST, QM_CONTAINERS "/read",
     arm::bind<&Containers::get>},
    {"ProtectionContainers_Unregister", http::Method::del, QM_RS_CONTAINER, QM_FIRST, QM_CONTAINERS "/delete",
     arm::bind<&Containers::remove>, "Refused while something in it is protected or soft-deleted."},
    {"BackupProtectionContainers_List", http::Method::get, QM_RS_VAULT "/backupProtectionContainers", QM_FIRST,
     QM_RS_VAULTS "/backupProtectionContainers/read", arm::bind<&Containers::list>,
     "The filter must contain backupManagementType."},
    {"DeletedProtectionContainers_List", http::Method::get, QM_RS_VAULT "/backupDeletedProtectionContainers", QM_FIRST,
     QM_RS_VAULTS "/backupDeletedProtectionContainers/read", arm::bind<&Containers::list_deleted>,
     "The filter must contain backupManagementType."},
    {"BackupWorkloadItems_List", http::Method::get, QM_RS_CONTAINER "/items", QM_FIRST, QM_CONTAINERS "/items/read",
     arm::bind<&Containers::nothing>, "Databases inside machines: this server has none, the list is empty."},
    {"ProtectionContainers_Refresh", http::Method::post, QM_RS_FABRIC "/refreshContainers", QM_FIRST,
     QM_FABRICS "/refreshContainers/action", arm::bind<&Discovery::refresh>,
     "Looks for virtual machines of the vault's location; storage accounts are listed without it."},
    {"ProtectionContainers_Inquire", http::Method::post, QM_RS_CONTAINER "/inquire", QM_FIRST,
     QM_CONTAINERS "/inquire/action", arm::bind<&Discovery::inquire>, "Looks for file shares of the storage account."},
    {"BackupProtectableItems_List", http::Method::get, QM_RS_VAULT "/backupProtectableItems", QM_FIRST,
     QM_RS_VAULTS "/backupProtectableItems/read", arm::bind<&Discovery::items>,
     "What a refresh or an inquiry has found and the vault does not protect."},
    {"ProtectableContainers_List", http::Method::get, QM_RS_FABRIC "/protectableContainers", QM_FIRST,
     QM_FABRICS "/protectableContainers/read", arm::bind<&Discovery::containers>,
     "Storage accounts that no vault has registered."},
    {"BackupStatus_Get", http::Method::post, QM_RS_LOCATION "/backupStatus", QM_FIRST,
     QM_LOCATIONS "/backupStatus/action", arm::bind<&Discovery::status>, "", arm::Reach::scope, kStatusLinks},
    {"ProtectionIntent_Validate", http::Method::post, QM_RS_LOCATION "/backupPreValidateProtection", QM_FIRST,
     QM_LOCATIONS "/backupPreValidateProtection/action", arm::bind<&Discovery::validate>, "", arm::Reach::scope,
     kPreValidateLinks},
    {"FeatureSupport_Validate", http::Method::post, QM_RS_LOCATION "/backupValidateFeatures", QM_FIRST,
     QM_LOCATIONS "/backupValidateFeatures/action", arm::bind<&Discovery::feature>},
    {"Operations_List", http::Method::get, QM_RS_PROVIDER "/operations", QM_FIRST, "", arm::bind<&list_operations>},
};
#undef QM_LOCATIONS
#undef QM_CONTAINERS
#undef QM_FABRICS
#undef QM_FIRST

}  // namespace quaymaster::recovery_services
