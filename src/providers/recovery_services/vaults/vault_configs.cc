#include "providers/recovery_services/vaults/vault_configs.h"

#include <algorithm>

#include "arm/errors.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_guard.h"
#include "providers/recovery_services/vaults/vault_rules.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kProxy = "VaultProxy";
constexpr std::string_view kProxySuffix = "/backupresourceguardproxies/vaultproxy";  // of its id, in lower case
/// Source: recorded unlockDelete, backup.md 15.3.
constexpr std::chrono::minutes kUnlockedFor{30};

/// `kind` is the collection below the vault, "backupconfig".
template <class Properties>
Config<Properties> framed(const arm::Context& context, const VaultRecord& vault, std::string_view kind,
                          std::string_view name, Properties properties) {
  Config<Properties> config;
  config.id = fmt::format("{}/{}/{}", vault_path(context, vault), kind, name);
  config.name = name;
  config.type = fmt::format("Microsoft.RecoveryServices/vaults/{}", kind);
  config.properties = std::move(properties);
  return config;
}

Config<VaultConfig> vault_config(const arm::Context& context, const VaultRecord& vault) {
  VaultConfig properties;
  properties.enhanced = vault.settings.enhanced_security;
  properties.soft_delete = vault.settings.soft_delete;
  properties.days = vault.settings.soft_delete_days;
  properties.is_editable = vault.settings.soft_delete != SoftDelete::always_on;
  return framed(context, vault, "backupconfig", "vaultconfig", std::move(properties));
}

Config<StorageConfig> storage_config(const arm::Context& context, const VaultRecord& vault) {
  StorageConfig properties;
  properties.model = vault.settings.redundancy;
  properties.storage = vault.settings.redundancy;
  properties.state = vault.settings.storage_locked ? "Locked" : "Unlocked";
  properties.dedup = "Disabled";
  properties.xcool = "Disabled";
  properties.cross_region = false;
  return framed(context, vault, "backupstorageconfig", "vaultstorageconfig", std::move(properties));
}

Config<EncryptionConfig> encryption_config(const arm::Context& context, const VaultRecord& vault) {
  EncryptionConfig properties;
  properties.kind = EncryptionKind::microsoft;
  properties.status = "NotEnabled";
  properties.infrastructure = "Disabled";
  properties.use_system_identity = true;
  if (const auto& encryption = vault.settings.encryption) {
    if (!encryption->key_uri.empty()) {
      properties.kind = EncryptionKind::customer;
      properties.key_uri = encryption->key_uri;
      properties.status = "Succeeded";
    }
    properties.infrastructure = wire::text_of(encryption->infrastructure);
    properties.use_system_identity = encryption->use_system_identity;
    if (!encryption->user_identity.empty()) {
      properties.user_identity = encryption->user_identity;
    }
    properties.subscription = "";  // as recorded
  }
  return framed(context, vault, "backupEncryptionConfigs", "backupResourceEncryptionConfig", std::move(properties));
}

Config<GuardProxy> guard_proxy(const arm::Context& context, const VaultRecord& vault) {
  const auto& guard = *vault.settings.guard;
  GuardProxy properties;
  properties.guard_id = guard.resource_id;
  properties.details.emplace();
  for (const auto* operation : guarded::kAll) {
    properties.details->push_back(
        {fmt::format("Microsoft.RecoveryServices/vaults{}", operation->operation), guard_request(guard, *operation)});
  }
  properties.changed = guard.changed;
  return framed(context, vault, "backupResourceGuardProxies", kProxy, std::move(properties));
}

/// In lower case, as unlocks name it.
std::string proxy_id(const VaultRecord& vault) {
  return vault.lower_id() + std::string(kProxySuffix);
}

Error missing(std::string_view property) {
  return refuse(Errc::invalid, errors::kInvalidInput, fmt::format("The property '{}' is required.", property))
      .at(std::string(property));
}

/// Reads the vault and stores what `change` makes of it, in one transaction.
template <class Change>
Result<VaultRecord> change_vault(arm::Context& context, const VaultPath& path, const Change& change) {
  std::optional<VaultRecord> vault;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(vault, require_vault(writer, context, path));
    TRY(change(writer, *vault));
    vault->changed = context.now;
    return update_vault(writer, *vault);
  }));
  return *std::move(vault);
}

Result<> require_proxy(const VaultRecord& vault, std::string_view name) {
  if (vault.settings.guard && equal_ignoring_case(name, kProxy)) {
    return ok();
  }
  return refuse(Errc::not_found, arm::kResourceNotFound,
                fmt::format("Microsoft.RecoveryServices/vaults/{}/backupResourceGuardProxies/{}", vault.name, name),
                vault.group);
}

}  // namespace

Result<arm::Reply<Config<VaultConfig>>> VaultConfigs::get_vault_config(arm::Context& context, const VaultPath& path) {
  TRY(const auto vault, find_vault(context, path));
  return arm::Reply<Config<VaultConfig>>{200, vault_config(context, vault), {}};
}

/// PUT and PATCH alike: absent members stay.
Result<arm::Reply<Config<VaultConfig>>> VaultConfigs::set_vault_config(arm::Context& context, const VaultPath& path,
                                                                       const Config<VaultConfig>& request) {
  if (!request.properties) {
    return missing("properties");
  }
  const auto& wanted = *request.properties;
  TRY(const auto vault, change_vault(context, path, [&](store::Writer& writer, VaultRecord& record) -> Result<> {
        auto& settings = record.settings;
        const bool switches_off =
            wanted.soft_delete == SoftDelete::disabled && settings.soft_delete != SoftDelete::disabled;
        if (weakens_soft_delete(settings, {wanted.days, wanted.soft_delete, wanted.enhanced})) {
          TRY(require_guard_request(context, record, guarded::kWeakenSoftDelete,
                                    wanted.guard_requests.value_or(std::vector<std::string>{})));
        }
        if (wanted.soft_delete) {
          TRY(set_soft_delete(settings, *wanted.soft_delete));
        }
        if (wanted.days) {
          TRY(set_soft_delete_days(settings, *wanted.days));
        }
        settings.enhanced_security = wanted.enhanced.value_or(settings.enhanced_security);
        return switches_off ? items_.purge_soft_deleted(writer, record.id) : Result<>(ok());
      }));
  return arm::Reply<Config<VaultConfig>>{200, vault_config(context, vault), {}};
}

Result<arm::Reply<Config<StorageConfig>>> VaultConfigs::get_storage_config(arm::Context& context,
                                                                           const VaultPath& path) {
  TRY(const auto vault, find_vault(context, path));
  return arm::Reply<Config<StorageConfig>>{200, storage_config(context, vault), {}};
}

Result<VaultRecord> VaultConfigs::change_storage(arm::Context& context, const VaultPath& path,
                                                 const Config<StorageConfig>& request) {
  if (!request.properties) {
    return missing("properties");
  }
  const auto& wanted = *request.properties;
  return change_vault(context, path, [&](store::Writer&, VaultRecord& record) -> Result<> {
    if (const auto redundancy = wanted.model ? wanted.model : wanted.storage) {
      TRY(set_redundancy(record.settings, record.name, *redundancy));
    }
    return set_cross_region(wanted.cross_region.value_or(false));
  });
}

Result<arm::Reply<Config<StorageConfig>>> VaultConfigs::put_storage_config(arm::Context& context, const VaultPath& path,
                                                                           const Config<StorageConfig>& request) {
  TRY(const auto vault, change_storage(context, path, request));
  return arm::Reply<Config<StorageConfig>>{200, storage_config(context, vault), {}};
}
Result<arm::Reply<>> VaultConfigs::patch_storage_config(arm::Context& context, const VaultPath& path,
                                                        const Config<StorageConfig>& request) {
  TRY(change_storage(context, path, request));
  return arm::Reply<>{204, {}};
}

Result<arm::Reply<Config<EncryptionConfig>>> VaultConfigs::get_encryption_config(arm::Context& context,
                                                                                 const VaultPath& path) {
  TRY(const auto vault, find_vault(context, path));
  return arm::Reply<Config<EncryptionConfig>>{200, encryption_config(context, vault), {}};
}

Result<arm::Reply<>> VaultConfigs::put_encryption_config(arm::Context& context, const VaultPath& path,
                                                         const Config<EncryptionConfig>& request) {
  if (!request.properties) {
    return missing("properties");
  }
  const auto& wanted = *request.properties;
  if (wanted.kind == EncryptionKind::customer && (!wanted.key_uri || wanted.key_uri->empty())) {
    return missing("properties.keyUri");
  }
  TRY(change_vault(context, path, [&](store::Writer&, VaultRecord& record) -> Result<> {
    auto& stored = record.settings.encryption;
    if (stored && !stored->key_uri.empty() && wanted.kind == EncryptionKind::microsoft) {
      return refuse(Errc::invalid, errors::kSettingIsFinal, "encryptionAtRestType", "CustomerManaged",
                    "MicrosoftManaged");  // as documented: a customer-managed key can be replaced, not removed
    }
    auto encryption = stored.value_or(Encryption{});
    encryption.key_uri = wanted.key_uri.value_or(encryption.key_uri);
    choose_key_identity(encryption, wanted.use_system_identity, wanted.user_identity);
    if (wanted.infrastructure) {
      const bool is_on =
          equal_ignoring_case(*wanted.infrastructure, "Enabled") || equal_ignoring_case(*wanted.infrastructure, "true");
      encryption.infrastructure = is_on ? Switch::enabled : Switch::disabled;
    }
    stored = std::move(encryption);
    return ok();
  }));
  return arm::Reply<>{200, {}};
}

Result<arm::Reply<GuardProxyList>> VaultConfigs::list_guard_proxies(arm::Context& context, const VaultPath& path) {
  TRY(const auto vault, find_vault(context, path));
  GuardProxyList list;
  if (vault.settings.guard) {
    list.value.push_back(guard_proxy(context, vault));
  }
  return arm::Reply<GuardProxyList>{200, std::move(list), {}};
}

Result<arm::Reply<Config<GuardProxy>>> VaultConfigs::get_guard_proxy(arm::Context& context,
                                                                     const VaultChildPath& path) {
  TRY(const auto vault, find_vault(context, path));
  TRY(require_proxy(vault, path.name));
  return arm::Reply<Config<GuardProxy>>{200, guard_proxy(context, vault), {}};
}

Result<arm::Reply<Config<GuardProxy>>> VaultConfigs::put_guard_proxy(arm::Context& context, const VaultChildPath& path,
                                                                     const Config<GuardProxy>& request) {
  if (!equal_ignoring_case(path.name, kProxy)) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  fmt::format("The proxy is named '{}', not '{}'.", kProxy, path.name));
  }
  if (!request.properties || !request.properties->guard_id) {
    return missing("properties.resourceGuardResourceId");
  }
  const auto id = arm::parse_resource_id(*request.properties->guard_id);
  if (!id || !equal_ignoring_case(id.value().type, "Microsoft.DataProtection/resourceGuards")) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  "'properties.resourceGuardResourceId' must be the id of a Microsoft.DataProtection/resourceGuards.")
        .at("properties.resourceGuardResourceId");
  }
  TRY(const auto vault, change_vault(context, path, [&](store::Writer&, VaultRecord& record) -> Result<> {
        if (const auto& guard = record.settings.guard) {
          if (equal_ignoring_case(guard->resource_id, *request.properties->guard_id)) {
            return ok();  // repeated; existing unlocks stay
          }
          // Setting another guard removes this one.
          TRY(require_unlocked(record, guarded::kRemoveGuard, proxy_id(record), context.now));
        }
        record.settings.guard = Guard{*request.properties->guard_id, context.now, {}};
        return ok();
      }));
  return arm::Reply<Config<GuardProxy>>{200, guard_proxy(context, vault), {}};
}

Result<arm::Reply<wire::Json>> VaultConfigs::delete_guard_proxy(arm::Context& context, const VaultChildPath& path) {
  TRY(change_vault(context, path, [&](store::Writer&, VaultRecord& record) -> Result<> {
    TRY(require_proxy(record, path.name));
    TRY(require_unlocked(record, guarded::kRemoveGuard, proxy_id(record), context.now));
    record.settings.guard.reset();
    return ok();
  }));
  return arm::Reply<wire::Json>{200, {"{}"}, {}};
}

/// The request that is named must fit what is to be deleted. Clients name no resource if it is the guard itself.
Result<arm::Reply<UnlockAnswer>> VaultConfigs::unlock_delete(arm::Context& context, const VaultChildPath& path,
                                                             const UnlockRequest& request) {
  UnlockAnswer answer{context.now + kUnlockedFor};
  TRY(change_vault(context, path, [&](store::Writer&, VaultRecord& record) -> Result<> {
    TRY(require_proxy(record, path.name));
    const auto of_guard = guard_request(*record.settings.guard, guarded::kRemoveGuard);
    const bool names_guard = std::ranges::any_of(
        request.guard_requests, [&](const std::string& one) { return equal_ignoring_case(one, of_guard); });
    if (!request.resource && !names_guard) {
      return missing("resourceToBeDeleted");
    }
    const auto resource = request.resource ? to_lower(*request.resource) : proxy_id(record);
    const bool is_proxy = resource.ends_with(kProxySuffix);
    TRY(require_guard_request(context, record, is_proxy ? guarded::kRemoveGuard : guarded::kDeleteItem,
                              request.guard_requests));
    auto& unlocks = record.settings.guard->unlocks;
    std::erase_if(unlocks, [&](const Unlock& one) { return one.until <= context.now || one.resource == resource; });
    unlocks.push_back({resource, answer.until});
    return ok();
  }));
  return arm::Reply<UnlockAnswer>{200, answer, {}};
}

}  // namespace quaymaster::recovery_services
