#include "blob/reclaim.h"

#include "base/log.h"

namespace quaymaster::blob {
namespace {

/// So many blobs lose their records in one transaction: short enough not to hold up the writers beside it.
constexpr int kPurgedAtOnce = 200;
constexpr auto kDraftLifetime = std::chrono::days{7};

}  // namespace

Result<std::uint64_t> Reclaim::run(std::stop_token stop) {
  const std::lock_guard lock(mutex_);
  TRY(extents_.seal_forgotten());
  TRY(purge_containers(stop));
  TRY(expire_drafts(stop));
  TRY(extents_.seal_wasted());
  TRY(doom_dead());
  TRY(auto freed, remove_doomed(stop));
  TRY(compact_wasted(stop));
  TRY(doom_dead());
  TRY(const auto freed_by_moving, remove_doomed(stop));
  const auto moved = compaction_.take_bytes_moved();
  freed += freed_by_moving;
  return freed - std::min(freed, moved);
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

/// One transaction's worth; false when nothing is left of the container.
Result<bool> Reclaim::purge_some(ContainerId container) {
  bool more = false;
  TRY(database_.write([&more, container](store::Writer& writer) -> Result<> {
    std::vector<BlobRecord> blobs;
    TRY(writer.each(
        "SELECT " QM_BLOB_INFO_COLUMNS ", pieces FROM blob_blobs WHERE container = ? ORDER BY name LIMIT ?",
        [&](const store::Row& row) -> Result<> {
          TRY(auto blob, read_info(row));
          TRY(blob.pieces, decode_pieces(row.blob(10)));
          blobs.push_back(std::move(blob));
          return ok();
        },
        container, kPurgedAtOnce));
    Usage usage;
    for (const auto& blob : blobs) {
      TRY(remove_blob(writer, blob, usage));
    }
    std::optional<Draft> draft;
    TRY(writer.first(
        "SELECT id FROM blob_drafts WHERE container = ? LIMIT 1",
        [&](const store::Row& row) { draft = Draft{row.integer(0)}; }, container));
    if (draft) {
      TRY(remove_draft(writer, *draft, usage));
    }
    TRY(usage.apply(writer));
    more = !blobs.empty() || draft;
    if (!more) {
      TRY(writer.change("DELETE FROM blob_condemned WHERE container = ?", container));
    }
    return ok();
  }));
  return more;
}

Result<> Reclaim::expire_drafts(const std::stop_token& stop) {
  for (bool more = true; more && !stop.stop_requested();) {
    more = false;
    const auto oldest = clock_.now() - kDraftLifetime;
    TRY(database_.write([&more, oldest](store::Writer& writer) -> Result<> {
      std::optional<Draft> draft;
      TRY(writer.first(
          "SELECT id FROM blob_drafts WHERE modified < ? ORDER BY modified LIMIT 1",
          [&](const store::Row& row) { draft = Draft{row.integer(0)}; }, oldest));
      more = draft.has_value();
      if (!draft) {
        return ok();
      }
      Usage usage;
      TRY(remove_draft(writer, *draft, usage));
      return usage.apply(writer);
    }));
  }
  return ok();
}

Result<std::vector<Reclaim::Wasted>> Reclaim::wasted_extents() {
  std::vector<Wasted> wasted;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    wasted.clear();
    return reader.each(
        "SELECT id, live FROM blob_extents WHERE state = 1 AND live * 2 <= size ORDER BY id",
        [&](const store::Row& row) -> Result<> {
          wasted.push_back({static_cast<ExtentId>(row.integer(0)), static_cast<std::uint64_t>(row.integer(1))});
          return ok();
        });
  }));
  return wasted;
}

Result<> Reclaim::compact_wasted(const std::stop_token& stop) {
  TRY(const auto wasted, wasted_extents());
  for (const auto& extent : wasted) {
    if (stop.stop_requested()) {
      return ok();
    }
    if (extent.live == 0 || damaged_.contains(extent.id) || pins_.pinned(extent.id)) {
      continue;
    }
    const auto moved = compaction_.move_out_of(extent.id);
    if (!moved && moved.error().kind() == Errc::corrupt) {
      log::error("blob", "extent {} stays: {}", extent.id, moved.error().cause());
      damaged_.insert(extent.id);
    } else if (!moved) {
      return moved.error();
    }
  }
  return ok();
}

/// Pins are looked at before the records: who holds a pin may be about to commit, who let go of it has.
Result<> Reclaim::doom_dead() {
  TRY(const auto wasted, wasted_extents());
  for (const auto& extent : wasted) {
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
