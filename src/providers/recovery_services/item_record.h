#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/context.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/paths.h"
#include "providers/recovery_services/source_kind.h"
#include "providers/recovery_services/vault_record.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

/// Which data disks of a machine take part; the operating system's always does (backup.md 9.1).
struct DiskChoice {
  bool include = false;  // true: only `luns`; false: all but `luns`
  std::vector<std::int64_t> luns;
};

/// How the last backup of an item ended.
enum class LastBackup { none, completed, completed_with_warnings, failed };

/// A protected item as it is stored. Wire states are computed from it.
struct ItemRecord {
  enum class Protection {
    initial,    // protected, not backed up yet
    active,     // protected and backed up
    stopped,    // data kept, no backups
    suspended,  // no backups, points go on expiring
  };
  Guid id;     // the `source` of its points in the engine's vault (vault::Point::source) is id.text()
  Guid vault;  // VaultRecord::id
  SourceKind kind = SourceKind::machine;
  std::string container;      // as answers write it: "IaasVMContainer;iaasvmcontainerv2;rg;vm"
  std::string item;           // "VM;iaasvmcontainerv2;rg;vm", "AzureFileShare;<hex>"
  std::string friendly_name;  // the machine's name, or the share's
  std::string source_id;      // resource id of the machine or the storage account, as it was written
  std::string policy;         // name; empty while protection is stopped
  Protection protection = Protection::initial;
  std::optional<DiskChoice> disks;
  LastBackup last_backup = LastBackup::none;
  std::optional<Time> last_backup_time;  // start of the job
  std::optional<Time> last_point_time;
  std::optional<Time> deleted;       // when it was soft-deleted
  std::int64_t deferred_days = 0;    // of retention from then on
  std::int64_t data_id = 0;          // protectedItemDataId: positive, stable for the item's life
  std::optional<Time> policy_since;  // scheduled runs before this are not caught up
  std::optional<Time> last_run;      // the scheduled time that the scheduler started last
  Time created;

  /// "iaasvmcontainerv2;rg;vm": the container without its first segment, as items and jobs show it for machines.
  std::string short_container() const;
  /// The storage account's name of a file share.
  std::string account() const;
};

/// Tables of the items' area, for open_sqlite.
store::Schema items_schema();

/// By container and item name of the path in any case, also by the aliases of backup.md 8.1. Errc::not_found,
/// published as BMSUserErrorDataSourceObjectNotFound.
Result<ItemRecord> find_item(store::Reader& reader, const VaultRecord& vault, std::string_view container,
                             std::string_view item);
Result<ItemRecord> find_item(store::Reader& reader, const Guid& id);
/// Every item of the vault that the policy governs.
Result<std::vector<ItemRecord>> items_of_policy(store::Reader& reader, const Guid& vault, std::string_view policy);
/// Every item of every vault that a policy governs, whatever its state, for the scheduler.
Result<std::vector<ItemRecord>> scheduled_items(store::Reader& reader);
/// Writes everything but ids and names. Errc::not_found: it was purged meanwhile.
Result<> update_item(store::Writer& writer, const ItemRecord& item);

/// "…/backupFabrics/Azure/protectionContainers/{c}/protectedItems/{i}" behind `vault_path(context, vault)`.
std::string item_path(std::string_view vault_path, const ItemRecord& item);

}  // namespace quaymaster::recovery_services
