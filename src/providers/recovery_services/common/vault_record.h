#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/context.h"
#include "arm/resource_groups.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/vault_settings.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

/// The table of vaults, for open_sqlite.
store::Schema vaults_schema();

/// A Recovery Services vault as it is stored.
struct VaultRecord {
  Guid id;  // names its objects ("vaults/<guid>") and its rows everywhere; a recreated vault gets a new one
  std::string name;
  std::string subscription;
  std::string group;
  std::string location;  // short form, "westeurope"
  VaultSettings settings;
  bool is_ready = false;  // its keys exist; false only briefly during PUT, or after a crash in it
  Time created;
  Time changed;

  /// "/subscriptions/…/vaults/v" with a lower-case "subscriptions", for comparing and storing. For answers use
  /// vault_path.
  std::string resource_id() const;
  std::string lower_id() const;
  /// The prefix of its objects.
  std::string prefix() const;
};

/// Errc::not_found, published as ResourceNotFound.
Result<VaultRecord> find_vault(store::Reader& reader, const VaultPath& path);
Result<VaultRecord> find_vault(store::Reader& reader, const Guid& id);
/// The same in its own read transaction, for handlers that read nothing else.
Result<VaultRecord> find_vault(arm::Context& context, const VaultPath& path);
/// For transactions that add something to the vault. Also Errc::conflict while its group is being deleted.
Result<VaultRecord> require_vault(store::Writer& writer, arm::Context& context, const VaultPath& path);

/// The vault's path as answers to this request spell it: "/Subscriptions/…" if the request did.
std::string vault_path(const arm::Context& context, const VaultRecord& vault);

// For the vaults' area itself. Errc::too_large: the settings exceed what a record holds.
Result<> insert_vault(store::Writer& writer, const VaultRecord& vault);
/// Writes settings, is_ready and changed.
Result<> update_vault(store::Writer& writer, const VaultRecord& vault);
Result<> delete_vault(store::Writer& writer, const Guid& id);
/// In order of the lower-case id. An empty `group` means the whole subscription.
Result<std::vector<VaultRecord>> list_vaults(store::Reader& reader, std::string_view subscription,
                                             std::string_view group, std::string_view after, std::size_t limit);
Result<std::vector<VaultRecord>> unfinished_vaults(store::Reader& reader);
/// Every vault that is ready, in all subscriptions.
Result<std::vector<VaultRecord>> all_vaults(store::Reader& reader);

/// The first protection fixes the storage redundancy (backup.md 7). Repeating the call changes nothing.
Result<> lock_storage(store::Writer& writer, const Guid& vault);

}  // namespace quaymaster::recovery_services
