#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "arm/linked_access.h"
#include "base/guid.h"
#include "jobs/engine.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/items/item_record.h"

// The jobs that change protected items. Each has one quick step that may be repeated.
namespace quaymaster::recovery_services {

inline constexpr std::string_view kConfigureWork = "rs_configure_backup";
inline constexpr std::string_view kDisableWork = "rs_disable_backup";
inline constexpr std::string_view kUndeleteWork = "rs_undelete";
inline constexpr std::string_view kDeleteDataWork = "rs_delete_backup_data";
/// Jobs that clients do not see. One removes the points of a deleted item; the other purges the soft-deleted items of
/// a vault whose soft delete is off (its parameters are the vault's id).
inline constexpr std::string_view kPurgeWork = "rs_purge_item";
inline constexpr std::string_view kPurgeRestWork = "rs_purge_soft_deleted";

/// The parameters of a job.
struct ItemWork {
  Guid vault;
  Guid item;  // for an item that does not exist yet: its future id
  // Only for configuring.
  SourceKind kind = SourceKind::machine;
  std::string container, name, friendly_name, source_id;
  std::string policy;
  bool sets_disks = false;  // false: an existing item keeps its disks setting
  std::optional<DiskChoice> disks;
  std::int64_t data_id = 0;
  // Only for disabling.
  bool suspends = false;  // true: points still expire
  // Only for configuring by request: who asked, and the permissions it needs at the source.
  arm::LinkedAccess access;

  std::string text() const;
};
Result<ItemWork> parse_item_work(std::string_view text);

/// Adds the kinds to an engine that has not been started. Both arguments outlive the engine.
void add_item_work(Services& services, OpenVaults& open_vaults);

/// Removes the item in this transaction; a separate job removes its points.
Result<> purge_item(store::Writer& writer, Services& services, const ItemRecord& item);

}  // namespace quaymaster::recovery_services
