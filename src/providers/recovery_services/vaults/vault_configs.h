#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/protection/items.h"
#include "providers/recovery_services/vaults/config_models.h"

namespace quaymaster::recovery_services {

/// The sub-configurations of a vault (backup.md 7): views of the same settings as the vault resource, under the same
/// rules (vault_rules.h). Thread-safe once built.
class VaultConfigs {
 public:
  /// `items`: purges soft-deleted items when soft delete is switched off.
  explicit VaultConfigs(Items& items) : items_(items) {}

  Result<arm::Reply<Config<VaultConfig>>> get_vault_config(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<Config<VaultConfig>>> set_vault_config(arm::Context& context, const VaultPath& path,
                                                           const Config<VaultConfig>& request);
  Result<arm::Reply<Config<StorageConfig>>> get_storage_config(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<Config<StorageConfig>>> put_storage_config(arm::Context& context, const VaultPath& path,
                                                               const Config<StorageConfig>& request);
  Result<arm::Reply<>> patch_storage_config(arm::Context& context, const VaultPath& path,
                                            const Config<StorageConfig>& request);
  Result<arm::Reply<Config<EncryptionConfig>>> get_encryption_config(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<>> put_encryption_config(arm::Context& context, const VaultPath& path,
                                             const Config<EncryptionConfig>& request);
  Result<arm::Reply<GuardProxyList>> list_guard_proxies(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<Config<GuardProxy>>> get_guard_proxy(arm::Context& context, const VaultChildPath& path);
  Result<arm::Reply<Config<GuardProxy>>> put_guard_proxy(arm::Context& context, const VaultChildPath& path,
                                                         const Config<GuardProxy>& request);
  Result<arm::Reply<wire::Json>> delete_guard_proxy(arm::Context& context, const VaultChildPath& path);
  Result<arm::Reply<UnlockAnswer>> unlock_delete(arm::Context& context, const VaultChildPath& path,
                                                 const UnlockRequest& request);

 private:
  Result<VaultRecord> change_storage(arm::Context& context, const VaultPath& path,
                                     const Config<StorageConfig>& request);

  Items& items_;
};

}  // namespace quaymaster::recovery_services
