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
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/source_kind.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

/// Which data disks of a machine are backed up; the operating system disk always is (backup.md 9.1).
struct DiskChoice {
  bool include = false;  // true: only `luns`; false: all but `luns`
  std::vector<std::int64_t> luns;
  bool operator==(const DiskChoice&) const = default;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&DiskChoice::include>("include"), field<&DiskChoice::luns>("luns")});
  }
};

/// How the last backup of an item ended.
enum class LastBackup { none, completed, completed_with_warnings, failed };

/// A protected item as it is stored. The states on the wire are computed from it.
struct ItemRecord {
  enum class Protection {
    initial,    // protected, not backed up yet
    active,     // protected and backed up
    stopped,    // data kept, no backups
    suspended,  // no backups, points still expire
  };
  Guid id;     // the `source` of its points in the engine's vault (vault::Point::source) is id.text()
  Guid vault;  // VaultRecord::id
  SourceKind kind = SourceKind::machine;
  std::string container;      // as in answers: "IaasVMContainer;iaasvmcontainerv2;rg;vm"
  std::string item;           // "VM;iaasvmcontainerv2;rg;vm", "AzureFileShare;<hex>"
  std::string friendly_name;  // the machine's name, or the share's
  std::string source_id;      // resource id of the machine or storage account, as the source itself spells it
  std::string policy;  // name; empty while protection is stopped; kept while suspended, since it expires the points
  Protection protection = Protection::initial;
  std::optional<DiskChoice> disks;
  LastBackup last_backup = LastBackup::none;
  std::optional<JobError> failure;       // of the last backup, when it failed
  std::optional<Time> last_backup_time;  // start of the job
  std::optional<Time> last_point_time;
  std::optional<Time> deleted;       // when it was soft-deleted
  std::int64_t deferred_days = 0;    // of retention from then on
  bool was_undeleted = false;        // and not protected again since then
  std::int64_t data_id = 0;          // protectedItemDataId: positive, stable for the item's life
  std::optional<Time> policy_since;  // scheduled runs before this are not caught up
  std::optional<Time> last_run;      // the scheduled time of the last run that the scheduler started
  Time created;

  bool is_soft_deleted() const { return deleted.has_value(); }
  /// When a soft-deleted item is purged. Only for soft-deleted items.
  Time purge_time() const { return *deleted + std::chrono::hours{24 * deferred_days}; }
  /// "iaasvmcontainerv2;rg;vm": the container without its first segment, as items and jobs show it for machines.
  std::string short_container() const;
  /// The name of a file share's storage account.
  std::string account() const;
};

/// Tables of the items' area, for open_sqlite.
store::Schema items_schema();

/// By the container and item names of the path, in any case, including the aliases of backup.md 8.1. Errc::not_found,
/// published as BMSUserErrorDataSourceObjectNotFound.
Result<ItemRecord> find_item(store::Reader& reader, const VaultRecord& vault, std::string_view container,
                             std::string_view item);
Result<ItemRecord> find_item(store::Reader& reader, const Guid& id);
/// Up to `limit` items of the vault that use the policy, ordered by container and item name, after `after` (a
/// lower_name).
Result<std::vector<ItemRecord>> items_of_policy(store::Reader& reader, const Guid& vault, std::string_view policy,
                                                std::string_view after, std::size_t limit);
/// How many there are, and the friendly name of one of them; empty: there are none.
struct Governed {
  std::int64_t count = 0;
  std::string example;
};
Result<Governed> governed_by(store::Reader& reader, const Guid& vault, std::string_view policy);
/// Up to `limit` items of all vaults that have a policy, in any state, ordered by id, with ids greater than the text
/// `after`; for the scheduler.
Result<std::vector<ItemRecord>> scheduled_items(store::Reader& reader, std::string_view after, std::size_t limit);
/// Up to `limit` items, ordered by container and item name in lower case, after `after` (lower_name of the last one).
Result<std::vector<ItemRecord>> items_of_vault(store::Reader& reader, const Guid& vault, std::string_view after,
                                               std::size_t limit);
/// Every item in any vault whose source is that machine or storage account; any case.
Result<std::vector<ItemRecord>> items_of_source(store::Reader& reader, std::string_view source_id);
/// The number of items of each kind in a vault.
struct ItemCounts {
  std::int64_t machines = 0;
  std::int64_t shares = 0;
};
Result<ItemCounts> count_items(store::Reader& reader, const Guid& vault);
/// The number of items of the vault with that source, and how many of these are soft-deleted.
struct SourceCounts {
  std::int64_t all = 0;
  std::int64_t deleted = 0;
};
Result<SourceCounts> count_items_of_source(store::Reader& reader, const Guid& vault, std::string_view source_id);
/// Up to `limit` soft-deleted items of the vault.
Result<std::vector<ItemRecord>> soft_deleted_items(store::Reader& reader, const Guid& vault, std::size_t limit);
/// Up to `limit` soft-deleted items of any vault whose retention has ended and that no job is working on.
Result<std::vector<ItemRecord>> due_items(store::Reader& reader, Time now, std::size_t limit);
/// The sort key of an item in its vault: "<container>/<item>" in lower case.
std::string lower_name(const ItemRecord& item);
/// Errc::conflict: the vault already has an item with that name.
Result<> insert_item(store::Writer& writer, const ItemRecord& item);
/// Removes only the row, if it exists. The caller removes the points.
Result<> delete_item(store::Writer& writer, const Guid& id);
/// Writes everything except ids and names. Errc::not_found: it has been purged.
Result<> update_item(store::Writer& writer, const ItemRecord& item);

/// Records that the job is working on the item with that name, until the job ends. Errc::conflict, published as
/// BMSUserErrorObjectLocked: another job is working on it.
Result<> claim_item(store::Writer& writer, const Guid& vault, std::string_view lower_name, const Guid& job);
/// Called when the job ends.
Result<> release_item(store::Writer& writer, const Guid& job);
/// Whether a job has claimed an item in that container ("storagecontainer;storage;rg;account", lower case).
Result<bool> is_container_claimed(store::Reader& reader, const Guid& vault, std::string_view lower_container);

/// "…/backupFabrics/Azure/protectionContainers/{c}/protectedItems/{i}" after `vault_path(context, vault)`.
std::string item_path(std::string_view vault_path, const ItemRecord& item);
/// The scopes at which roles on the item may have been assigned: that path in every spelling that requests may use. For
/// a machine, the path of its container, which exists only for this item.
std::vector<std::string> item_scopes(std::string_view vault_path, const ItemRecord& item);
/// The same path relative to the vault, with names as the request spelled them; used to name its operations.
std::string asked_item_path(std::string_view container, std::string_view item);

}  // namespace quaymaster::recovery_services
