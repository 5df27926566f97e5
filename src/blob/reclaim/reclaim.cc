#include "blob/reclaim/reclaim.h"

#include <algorithm>
#include <limits>

#include "base/log.h"

namespace quaymaster::blob {
namespace {

/// How many blobs lose their records in one transaction: few enough not to delay concurrent writers.
constexpr int kPurgedAtOnce = 200;
constexpr std::int64_t kPiecesPurgedAtOnce = kMiB;  // size of their packed pieces, 28 bytes each
constexpr auto kDraftLifetime = std::chrono::days{7};
/// How many extents are emptied while a caller waits for room.
constexpr int kMostMovedInNeed = 4;
/// Keeps refused writes from examining all extents each time while nothing changes on a disk full of live data.
constexpr double kSecondsBetweenFruitless = 1;
/// A write waits at most two seconds for another one's reclaim: a waiting thread serves no other requests.
constexpr std::chrono::milliseconds kWait{50};
constexpr int kMostWaits = 40;

Result<BlobRecord> read_current(const store::Row& row) {
  TRY(auto blob, read_info(row));
  TRY(blob.pieces, decode_pieces(row.blob(kAfterBlobInfo)));
  return blob;
}
Result<BlobRecord> read_kept(const store::Row& row) {
  TRY(auto blob, read_former(row));
  TRY(blob.pieces, decode_pieces(row.blob(kAfterFormer)));
  return blob;
}

/// Removes one transaction's worth of records: a record may have one piece or 50,000, so as many as the limit on pieces
/// allows, and at least one. `sizes` and `records` are the same query with `key` and a limit. Returns how many.
Result<std::int64_t> remove_some(store::Writer& writer, const char* sizes, const char* records,
                                 Result<BlobRecord> (*read)(const store::Row&), const store::Value& key, Usage& usage) {
  std::int64_t count = 0;
  std::int64_t bytes = 0;
  TRY(writer.each(
      sizes,
      [&](const store::Row& row) -> Result<> {
        bytes += row.integer(0);
        count += count == 0 || bytes <= kPiecesPurgedAtOnce ? 1 : 0;
        return ok();
      },
      key, kPurgedAtOnce));
  std::vector<BlobRecord> found;
  TRY(writer.each(
      records,
      [&](const store::Row& row) -> Result<> {
        TRY(auto record, read(row));
        found.push_back(std::move(record));
        return ok();
      },
      key, count));
  for (const auto& record : found) {
    TRY(remove_record(writer, record, usage));
  }
  return count;
}

}  // namespace

Result<std::uint64_t> Reclaim::run(const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  TRY(auto freed, drop_dead(Effort::usual, stop));
  TRY(const auto wasted, wasted_extents(Effort::usual));
  for (const auto& extent : wasted) {
    if (stop.stop_requested()) {
      break;
    }
    TRY(const bool emptied, move_out_of(extent, stop));
    if (emptied) {
      // At once, so that the disk needs room for the live bytes of one extent rather than of all.
      TRY(doom_dead(stop));
      TRY(const auto removed, remove_doomed(stop));
      freed += removed;
    }
  }
  return freed - std::min(freed, compaction_.take_bytes_moved());
}

/// Frees what needs no moving: records of deleted blobs, and extents without live bytes.
Result<std::uint64_t> Reclaim::drop_dead(Effort effort, const std::stop_token& stop) {
  TRY(extents_.seal_forgotten());
  TRY(expire_containers(stop));
  TRY(purge_containers(stop));
  TRY(expire_states(stop));
  TRY(expire_drafts(stop));
  TRY(extents_.seal_wasted(effort));
  TRY(doom_dead(stop));
  return remove_doomed(stop);
}

Result<std::uint64_t> Reclaim::reclaimable(Effort effort) {
  std::uint64_t bytes = 0;
  const auto now = clock_.now();
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    bytes = 0;
    const auto least = effort == Effort::need ? extents_.waste_in_need() : std::numeric_limits<std::int64_t>::max();
    TRY(reader.each(
        "SELECT id, size - live FROM blob_extents WHERE state = 1 AND (live * 2 <= size OR size - live >= ?)",
        [&](const store::Row& row) -> Result<> {
          const bool held = pins_.pinned(static_cast<ExtentId>(row.integer(0)));
          bytes += held ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer(1), 0));
          return ok();
        },
        least));
    const auto add_all = [&](const store::Row& row) { bytes += static_cast<std::uint64_t>(row.integer(0)); };
    const auto add_extents = [&](const store::Row& row) {
      bytes += static_cast<std::uint64_t>(row.integer(0)) * extents_.extent_size();
    };
    TRY(reader.first("SELECT COALESCE(SUM(size), 0) FROM blob_extents WHERE state = 2", add_all));
    TRY(reader.first("SELECT COUNT(*) FROM blob_condemned", add_extents));
    TRY(reader.first("SELECT COUNT(*) FROM blob_drafts WHERE modified = 0", add_extents));
    TRY(reader.first("SELECT COUNT(*) FROM blob_deleted_containers WHERE expires <= ?", add_extents, now));
    TRY(reader.first("SELECT EXISTS (SELECT 1 FROM blob_former WHERE expires > 0 AND expires <= ?)", add_extents, now));
    return ok();
  }));
  TRY(const auto open, extents_.wasted_bytes(effort));
  return bytes + open;
}

/// Takes the lock, unless room appears first or a background reclaim takes too long.
bool Reclaim::lock_unless_room(std::uint64_t bytes) {
  for (int waited = 0; waited < kMostWaits && !space_->has_room(bytes); ++waited) {
    if (mutex_.try_lock_for(kWait)) {
      return true;
    }
  }
  return false;
}

Result<> Reclaim::make_room(std::uint64_t bytes) {
  if (!lock_unless_room(bytes)) {
    return space_->admit(bytes);
  }
  const std::lock_guard lock(mutex_, std::adopt_lock);
  if (space_->has_room(bytes)) {
    return ok();  // room was made while this caller waited for the lock
  }
  if (fruitless_at_ && steady_seconds() - *fruitless_at_ < kSecondsBetweenFruitless &&
      database_.statistics().changes == fruitless_changes_) {
    return space_->admit(bytes);
  }
  fruitless_at_.reset();
  if (const auto emptied = empty_until_room(bytes); !emptied) {
    log::warning("blob", "cannot make room: {}", emptied.error().cause());
  }
  compaction_.take_bytes_moved();
  if (space_->has_room(bytes)) {
    return ok();
  }
  fruitless_changes_ = database_.statistics().changes;
  fruitless_at_ = steady_seconds();
  return space_->admit(bytes);
}

/// Makes room for `bytes` and one extent, so that not every write has to call this again. The caller is waiting: only
/// some extents are moved, not all.
Result<> Reclaim::empty_until_room(std::uint64_t bytes) {
  const auto enough = bytes + extents_.extent_size();
  TRY(drop_dead(Effort::need, {}));
  TRY(const auto wasted, wasted_extents(Effort::need));
  for (int moved = 0; const auto& extent : wasted) {
    if (space_->has_room(enough) || moved == kMostMovedInNeed) {
      break;
    }
    TRY(const bool emptied, move_out_of(extent, {}));
    moved += emptied ? 1 : 0;
    TRY(doom_dead({}));
    TRY(remove_doomed({}));
  }
  return ok();
}

Result<> Reclaim::purge_containers(const std::stop_token& stop) {
  std::vector<ContainerId> condemned;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    condemned.clear();
    return reader.each("SELECT container FROM blob_condemned ORDER BY container",
                       [&](const store::Row& row) -> Result<> {
                         condemned.push_back(row.integer(0));
                         return ok();
                       });
  }));
  for (const auto container : condemned) {
    for (bool more = true; more && !stop.stop_requested();) {
      TRY(more, purge_some(container));
    }
  }
  return ok();
}

/// The containers whose time to be restored is over are condemned.
Result<> Reclaim::expire_containers(const std::stop_token& stop) {
  for (bool more = true; more && !stop.stop_requested();) {
    const auto now = clock_.now();
    TRY(database_.write([&more, now](store::Writer& writer) -> Result<> {
      TRY(const auto expired,
          writer.change("INSERT INTO blob_condemned (container)"
                        " SELECT id FROM blob_deleted_containers WHERE expires <= ? ORDER BY id LIMIT ?",
                        now, kPurgedAtOnce));
      TRY(
          writer.change("DELETE FROM blob_deleted_containers WHERE expires <= ?"
                        " AND id IN (SELECT container FROM blob_condemned)",
                        now));
      more = expired == kPurgedAtOnce;
      return ok();
    }));
  }
  return ok();
}

/// Removes the deleted blobs, snapshots and versions whose time to be restored is over.
Result<> Reclaim::expire_states(const std::stop_token& stop) {
  for (bool more = true; more && !stop.stop_requested();) {
    const auto now = clock_.now();
    TRY(database_.write([&more, now](store::Writer& writer) -> Result<> {
      Usage usage;
      TRY(const auto removed,
          remove_some(
              writer,
              "SELECT LENGTH(pieces) FROM blob_former WHERE expires > 0 AND expires <= ? ORDER BY expires LIMIT ?",
              "SELECT " QM_FORMER_COLUMNS
              ", pieces FROM blob_former WHERE expires > 0 AND expires <= ? ORDER BY expires LIMIT ?",
              read_kept, now, usage));
      more = removed > 0;
      return usage.apply(writer);
    }));
  }
  return ok();
}

/// Purges one transaction's worth; false when nothing is left of the container.
Result<bool> Reclaim::purge_some(ContainerId container) {
  bool more = false;
  TRY(database_.write([&more, container](store::Writer& writer) -> Result<> {
    Usage usage;
    TRY(auto removed,
        remove_some(writer, "SELECT LENGTH(pieces) FROM blob_blobs WHERE container = ? ORDER BY name LIMIT ?",
                    "SELECT " QM_BLOB_INFO_COLUMNS ", pieces FROM blob_blobs WHERE container = ? ORDER BY name LIMIT ?",
                    read_current, container, usage));
    if (removed == 0) {
      TRY(removed,
          remove_some(
              writer, "SELECT LENGTH(pieces) FROM blob_former WHERE container = ? ORDER BY name, moment LIMIT ?",
              "SELECT " QM_FORMER_COLUMNS ", pieces FROM blob_former WHERE container = ? ORDER BY name, moment LIMIT ?",
              read_kept, container, usage));
    }
    std::optional<Draft> draft;
    TRY(writer.first(
        "SELECT id, blocks FROM blob_drafts WHERE container = ? LIMIT 1",
        [&](const store::Row& row) { draft = Draft{row.integer(0), static_cast<std::uint64_t>(row.integer(1))}; },
        container));
    if (draft) {
      TRY(remove_draft(writer, *draft, usage));
    }
    TRY(usage.apply(writer));
    more = removed > 0 || draft;
    if (!more) {
      TRY(writer.change("DELETE FROM blob_condemned WHERE container = ?", container));
    }
    return ok();
  }));
  return more;
}

/// Expires drafts that have been unused for a week and those without a name (remove_draft), which come first.
Result<> Reclaim::expire_drafts(const std::stop_token& stop) {
  for (bool more = true; more && !stop.stop_requested();) {
    more = false;
    const auto oldest = clock_.now() - kDraftLifetime;
    TRY(database_.write([&more, oldest](store::Writer& writer) -> Result<> {
      std::optional<Draft> draft;
      bool has_name = false;
      TRY(writer.first(
          "SELECT id, blocks, container FROM blob_drafts WHERE modified = 0 OR modified < ? ORDER BY modified LIMIT 1",
          [&](const store::Row& row) {
            draft = Draft{row.integer(0), static_cast<std::uint64_t>(row.integer(1))};
            has_name = row.integer(2) >= 0;
          },
          oldest));
      more = draft.has_value();
      if (!draft) {
        return ok();
      }
      Usage usage;
      TRY(has_name ? remove_draft(writer, *draft, usage) : remove_some_blocks(writer, draft->id, usage));
      return usage.apply(writer);
    }));
  }
  return ok();
}

Result<std::vector<Reclaim::Wasted>> Reclaim::wasted_extents(Effort effort) {
  std::vector<Wasted> wasted;
  const auto keep = [&](const store::Row& row) -> Result<> {
    wasted.push_back({static_cast<ExtentId>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1)),
                      static_cast<std::uint64_t>(row.integer(2))});
    return ok();
  };
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    wasted.clear();
    if (effort == Effort::usual) {
      return reader.each("SELECT id, size, live FROM blob_extents WHERE state = 1 AND live * 2 <= size ORDER BY id",
                         keep);
    }
    return reader.each(
        "SELECT id, size, live FROM blob_extents WHERE state = 1 AND (live * 2 <= size OR size - live >= ?)"
        " ORDER BY size - live DESC",
        keep, extents_.waste_in_need());
  }));
  return wasted;
}

/// Copying until the disk is full would use up the room left for records, including the released reserve.
bool Reclaim::can_move(std::uint64_t bytes) const {
  if (space_ == nullptr) {
    return true;
  }
  const auto free = space_->free_bytes();
  return !free || free.value() >= bytes + extents_.extent_size() / 8;
}

Result<bool> Reclaim::move_out_of(const Wasted& extent, const std::stop_token& stop) {
  if (extent.live == 0 || damaged_.contains(extent.id) || pins_.pinned(extent.id) || !can_move(extent.live)) {
    return false;
  }
  const auto moved = compaction_.move_out_of(extent.id, stop);
  if (!moved && moved.error().kind() == Errc::corrupt) {
    log::error("blob", "extent {} cannot be emptied: {}", extent.id, moved.error().cause());
    damaged_.insert(extent.id);
    return false;
  }
  TRY(moved);
  return true;
}

/// Pins are checked before the records: a holder of a pin may be about to commit; one that has released it has
/// committed.
Result<> Reclaim::doom_dead(const std::stop_token& stop) {
  TRY(const auto wasted, wasted_extents(Effort::usual));
  for (const auto& extent : wasted) {
    if (stop.stop_requested()) {
      break;
    }
    if (extent.live != 0 || pins_.pinned(extent.id)) {
      continue;
    }
    TRY(database_.write([id = extent.id](store::Writer& writer) -> Result<> {
      TRY(const auto doomed,
          writer.change("UPDATE blob_extents SET state = 2 WHERE id = ? AND state = 1 AND live = 0", id));
      if (doomed != 0) {
        TRY(writer.change("DELETE FROM blob_references WHERE extent = ?", id));
      }
      return ok();
    }));
  }
  return ok();
}

Result<std::uint64_t> Reclaim::remove_doomed(const std::stop_token& stop) {
  struct Doomed {
    ExtentId id;
    std::uint64_t size;
  };
  std::vector<Doomed> doomed;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    doomed.clear();
    return reader.each(
        "SELECT id, size FROM blob_extents WHERE state = 2 ORDER BY id", [&](const store::Row& row) -> Result<> {
          doomed.push_back({static_cast<ExtentId>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))});
          return ok();
        });
  }));
  pins_.wait_for_lookups();
  std::uint64_t freed = 0;
  for (const auto& extent : doomed) {
    if (stop.stop_requested()) {
      break;
    }
    if (pins_.pinned(extent.id)) {
      continue;
    }
    const auto removed = objects_.remove(extent_name(extent.id));
    if (!removed && removed.error().kind() != Errc::not_found) {
      return removed.error();
    }
    TRY(database_.write([id = extent.id](store::Writer& writer) -> Result<> {
      TRY(writer.change("DELETE FROM blob_extents WHERE id = ? AND state = 2", id));
      return ok();
    }));
    freed += extent.size;
  }
  return freed;
}

}  // namespace quaymaster::blob
