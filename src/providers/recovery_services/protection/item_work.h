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

// The work behind a change of a protected item. Each is a job of one quick step that may be repeated.
namespace quaymaster::recovery_services {

inline constexpr std::string_view kConfigureWork = "rs_configure_backup";
inline constexpr std::string_view kDisableWork = "rs_disable_backup";
inline constexpr std::string_view kUndeleteWork = "rs_undelete";
inline constexpr std::string_view kDeleteDataWork = "rs_delete_backup_data";
/// Not jobs that clients see: gives back the points of an item that is gone; purges what is soft-deleted in a vault
/// whose soft delete is off (its parameters are the vault's id).
inline constexpr std::string_view kPurgeWork = "rs_purge_item";
inline constexpr std::string_view kPurgeRestWork = "rs_purge_soft_deleted";

/// What a job is to do; its parameters.
struct ItemWork {
  Guid vault;
  Guid item;  // of an item that is not there yet: the id it gets
  // For configuring alone.
  SourceKind kind = SourceKind::machine;
  std::string container, name, friendly_name, source_id;
  std::string policy;
  bool sets_disks = false;  // false: an item that is there keeps its choice
  std::optional<DiskChoice> disks;
  std::int64_t data_id = 0;
  // For disabling alone.
  bool suspends = false;  // true: points go on expiring
  // For configuring by request: who asked, and what that needs at the source.
  arm::LinkedAccess access;

  std::string text() const;
};
Result<ItemWork> parse_item_work(std::string_view text);

/// Adds the kinds to an engine that has not been started. Both outlive it.
void add_item_work(Services& services, OpenVaults& open_vaults);

/// The item is gone with this transaction; its points follow as a job of their own.
Result<> purge_item(store::Writer& writer, Services& services, const ItemRecord& item);

}  // namespace quaymaster::recovery_services
