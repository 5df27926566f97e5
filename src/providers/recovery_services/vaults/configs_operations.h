#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/vaults/vault_configs.h"

namespace quaymaster::recovery_services {

#define QM_FIRST "2016-06-01"
#define QM_CONFIG QM_RS_VAULT "/backupconfig/vaultconfig"
#define QM_STORAGE QM_RS_VAULT "/backupstorageconfig/vaultstorageconfig"
#define QM_ENCRYPTION QM_RS_VAULT "/backupEncryptionConfigs/backupResourceEncryptionConfig"
#define QM_PROXY QM_RS_VAULT "/backupResourceGuardProxies/{name}"
inline constexpr arm::Link kEncryptionLinks[] = {arm::needs_nothing(
    "properties.subscriptionId", "it is stored and returned, but not used: this server has no key vaults")};
inline constexpr arm::Link kGuardLinks[] = {
    arm::needs("properties.resourceGuardResourceId", "Microsoft.DataProtection/resourceGuards/read")};
inline constexpr arm::Operation kConfigRows[] = {
    {"BackupResourceVaultConfigs_Get", http::Method::get, QM_CONFIG, QM_FIRST, QM_RS_VAULTS "/backupconfig/read",
     arm::bind<&VaultConfigs::get_vault_config>},
    {"BackupResourceVaultConfigs_Update", http::Method::patch, QM_CONFIG, QM_FIRST, QM_RS_VAULTS "/backupconfig/write",
     arm::bind<&VaultConfigs::set_vault_config>, "Disabling soft delete purges soft-deleted items."},
    {"BackupResourceVaultConfigs_Put", http::Method::put, QM_CONFIG, QM_FIRST, QM_RS_VAULTS "/backupconfig/write",
     arm::bind<&VaultConfigs::set_vault_config>, "Like PATCH: absent properties keep their values."},
    {"BackupResourceStorageConfigs_Get", http::Method::get, QM_STORAGE, QM_FIRST,
     QM_RS_VAULTS "/backupstorageconfig/read", arm::bind<&VaultConfigs::get_storage_config>},
    {"BackupResourceStorageConfigs_Update", http::Method::put, QM_STORAGE, QM_FIRST,
     QM_RS_VAULTS "/backupstorageconfig/write", arm::bind<&VaultConfigs::put_storage_config>,
     "Stored and returned, but not used: data stays where the server keeps it."},
    {"BackupResourceStorageConfigs_Patch", http::Method::patch, QM_STORAGE, QM_FIRST,
     QM_RS_VAULTS "/backupstorageconfig/write", arm::bind<&VaultConfigs::patch_storage_config>},
    {"BackupResourceEncryptionConfigs_Get", http::Method::get, QM_ENCRYPTION, QM_FIRST,
     QM_RS_VAULTS "/backupEncryptionConfigs/read", arm::bind<&VaultConfigs::get_encryption_config>},
    {"BackupResourceEncryptionConfigs_Update", http::Method::put, QM_ENCRYPTION, QM_FIRST,
     QM_RS_VAULTS "/backupEncryptionConfigs/write", arm::bind<&VaultConfigs::put_encryption_config>,
     "Stored and returned, but not used: data is sealed with the server's own key.", arm::Reach::scope,
     kEncryptionLinks},
    {"ResourceGuardProxies_Get", http::Method::get, QM_RS_VAULT "/backupResourceGuardProxies", QM_FIRST,
     QM_RS_VAULTS "/backupResourceGuardProxies/read", arm::bind<&VaultConfigs::list_guard_proxies>},
    {"ResourceGuardProxy_Get", http::Method::get, QM_PROXY, QM_FIRST, QM_RS_VAULTS "/backupResourceGuardProxies/read",
     arm::bind<&VaultConfigs::get_guard_proxy>},
    {"ResourceGuardProxy_Put", http::Method::put, QM_PROXY, QM_FIRST, QM_RS_VAULTS "/backupResourceGuardProxies/write",
     arm::bind<&VaultConfigs::put_guard_proxy>, "", arm::Reach::scope, kGuardLinks},
    {"ResourceGuardProxy_Delete", http::Method::del, QM_PROXY, QM_FIRST,
     QM_RS_VAULTS "/backupResourceGuardProxies/delete", arm::bind<&VaultConfigs::delete_guard_proxy>},
    {"ResourceGuardProxy_UnlockDelete", http::Method::post, QM_PROXY "/unlockDelete", QM_FIRST,
     QM_RS_VAULTS "/backupResourceGuardProxies/unlockDelete/action", arm::bind<&VaultConfigs::unlock_delete>},
};
#undef QM_PROXY
#undef QM_ENCRYPTION
#undef QM_STORAGE
#undef QM_CONFIG
#undef QM_FIRST

}  // namespace quaymaster::recovery_services
