#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/caught.h"
#include "base/encode.h"
#include "base/log.h"
#include "vault/core/point_format.h"
#include "vault/upkeep/tasks.h"

namespace quaymaster::vault {
namespace {

/// How often a chunk is looked up again when all its packs were removed during the search.
constexpr int kLooks = 8;

struct PackDamage {
  std::string what;
  std::optional<std::set<ChunkId>> chunks;  // nullopt: the pack is completely unreadable
};

/// Whether the chunk index agrees with the pack's own index on every chunk.
Result<bool> is_indexed(Core& core, std::uint32_t number, const PackIndex& index) {
  for (std::uint32_t i = 0; i < index.chunks.size(); ++i) {
    TRY(const bool found, core.is_indexed(index.chunks[i].id, {number, i}));
    if (!found) {
      return false;
    }
  }
  return true;
}

/// Returns what is wrong with one pack, if anything.
Result<std::optional<PackDamage>> check_pack(Core& core, std::uint32_t number, const PackInfo& info, CheckDepth depth,
                                             Buffer& sealed, Buffer& plain, bool& indexed) {
  const auto opened = core.source.open_object(info.id);
  if (!opened) {
    if (is_damage(opened.error())) {
      return PackDamage{opened.error().cause(), {}};
    }
    return opened.error();
  }
  TRY(indexed, is_indexed(core, number, opened.value().index));
  if (depth == CheckDepth::structure) {
    return std::nullopt;
  }

  const auto& pack = opened.value();
  PackDamage damage{"", std::set<ChunkId>{}};
  std::vector<std::vector<const ChunkEntry*>> by_frame(pack.index.frames.size());
  for (const auto& chunk : pack.index.chunks) {
    by_frame[chunk.frame].push_back(&chunk);
  }
  for (std::uint32_t frame = 0; frame < by_frame.size(); ++frame) {
    const auto read = core.source.read_frame(pack, frame, sealed, plain);
    if (!read && !is_damage(read.error())) {
      return read.error();
    }
    for (const auto* chunk : by_frame[frame]) {
      if (read && core.hash(Bytes(plain).subspan(chunk->offset, chunk->size)) == chunk->id) {
        continue;
      }
      damage.chunks->insert(chunk->id);
      damage.what =
          read ? fmt::format("chunk {} is not what its id says", hex_lower(chunk->id.bytes)) : read.error().cause();
    }
  }
  if (damage.what.empty()) {
    return std::nullopt;
  }
  return damage;
}

class Check {
 public:
  Check(Core& core, CheckDepth depth, const Heartbeat& heartbeat) : core_(core), depth_(depth), heartbeat_(heartbeat) {}

  Result<CheckReport> run() {
    packs_ = core_.packs.all();
    for (const auto& [number, info] : packs_) {
      total_ += info.size;
    }
    TRY(check_runs());
    TRY(scan_packs());
    if (!all_indexed_) {
      log::warning("vault", "the chunk index of {} lacks chunks that its packs have and is rebuilt", core_.prefix);
      TRY(core_.rebuild_index());
    }
    TRY(quarantine());
    TRY(check_points());
    return std::move(report_);
  }

 private:
  /// A damaged run loses no data, since the packs have everything: it is reported, and the index rebuilt.
  Result<> check_runs() {
    TRY(const auto damaged, core_.index.verify());
    if (damaged.empty()) {
      return ok();
    }
    TRY(core_.rebuild_index());
    for (const auto& run : damaged) {
      report_.damage.push_back({run.object, run.what + "; the index was rebuilt from the packs", {}, 0});
    }
    return ok();
  }

  Result<> scan_packs() {
    const auto threads = depth_ == CheckDepth::structure ? 1 : core_.sealers.threads();
    std::vector<std::thread> workers;
    for (std::size_t i = 1; i < threads; ++i) {
      workers.emplace_back([this] { scan_caught(); });
    }
    scan_caught();
    for (auto& worker : workers) {
      worker.join();
    }
    if (error_) {
      return std::move(*error_);
    }
    return ok();
  }

  void scan_caught() {
    const auto scanned = caught([this]() -> Result<> {
      scan();
      return ok();
    });
    const std::lock_guard lock(mutex_);
    if (!scanned && !error_) {
      error_ = scanned.error();
    }
  }

  void scan() {
    Buffer sealed;
    Buffer plain;
    for (;;) {
      const auto at = next_.fetch_add(1);
      if (at >= packs_.size()) {
        return;
      }
      const auto& [number, info] = packs_[at];
      bool indexed = true;
      auto damage = check_pack(core_, number, info, depth_, sealed, plain, indexed);
      const std::lock_guard lock(mutex_);
      if (error_) {
        return;
      }
      if (!core_.packs.find(number)) {
        continue;  // collect has removed it meanwhile
      }
      if (!damage) {
        error_ = std::move(damage).error();
        return;
      }
      all_indexed_ = all_indexed_ && indexed;
      if (damage.value()) {
        damaged_[number] = std::move(*damage.value());
      } else if (depth_ == CheckDepth::every_byte && (info.flags & kQuarantined) != 0) {
        healed_.push_back(number);
      }
      ++report_.packs;
      report_.chunks += info.chunks;
      report_.bytes += info.size;
      if (heartbeat_) {
        if (auto go_on = heartbeat_(report_.bytes, total_); !go_on) {
          error_ = std::move(go_on).error();
        }
      }
    }
  }

  Result<> quarantine() {
    for (const auto& [number, damage] : damaged_) {
      TRY(core_.quarantine(number));
    }
    for (const auto number : healed_) {
      TRY(core_.release(number));
    }
    return ok();
  }

  Result<> check_points() {
    TRY(const auto ids, point_ids(core_));
    for (const auto& [number, damage] : damaged_) {
      if (const auto info = core_.packs.find(number)) {
        damage_of(pack_name(core_.prefix, info->id), damage.what);
      }
    }
    for (const auto& id : ids) {
      if (heartbeat_) {
        TRY(heartbeat_(report_.bytes, total_));
      }
      const auto name = point_name(core_.prefix, id);
      const auto point = load_point(core_, id);
      if (!point) {
        if (!is_damage(point.error())) {
          return point.error();
        }
        if (still_there(id)) {
          lose(name, point.error().cause(), id);
        }
        continue;
      }
      const auto traced =
          trace_point(core_, point.value(), [&](const StreamPart& extent) { return check_extent(id, extent); });
      if (traced || !still_there(id)) {
        continue;
      }
      if (traced.error().kind() != Errc::corrupt) {
        return traced;
      }
      lose(name, traced.error().cause(), id);
    }
    for (auto& [name, damage] : damages_) {
      report_.damage.push_back(std::move(damage));
    }
    return ok();
  }

  /// Verifies the chunk in each pack that is said to have it.
  Result<> check_extent(const Guid& point, const StreamPart& extent) {
    if (!extent.chunk) {
      return ok();
    }
    const auto& id = *extent.chunk;
    TRY(const auto best, core_.find_chunk(id));
    if (best && !is_damaged(*best, id)) {  // the usual case
      const auto pack = core_.source.open(best->pack);
      if (pack && pack.value()->holds(best->chunk, id, extent.size)) {
        return ok();
      }
    }
    for (int look = 1;; ++look) {
      TRY(const auto places, core_.places_of_chunk(id));
      bool gone = false;
      for (const auto& place : places) {
        if (is_damaged(place, id)) {
          continue;
        }
        const auto pack = core_.source.open(place.pack);
        if (pack && pack.value()->holds(place.chunk, id, extent.size)) {
          return ok();
        }
        if (!pack && !is_damage(pack.error())) {
          return pack.error();
        }
        gone = gone || !core_.packs.find(place.pack);
      }
      if (gone && look < kLooks) {
        continue;  // collect has moved it meanwhile
      }
      std::string object = point_name(core_.prefix, point);
      std::string what = "needs chunks that are in no pack";
      if (places.empty()) {
        object = only_unreadable_pack().value_or(object);
      } else if (const auto info = core_.packs.find(places.front().pack)) {
        object = pack_name(core_.prefix, info->id);
        const auto at = damaged_.find(places.front().pack);
        what = at == damaged_.end() ? "does not contain chunks that the index says are in it" : at->second.what;
      }
      auto& damage = lose(object, std::move(what), point);
      if (lost_once_.insert(id).second) {
        damage.bytes_lost += extent.size;
      }
      return ok();
    }
  }

  bool is_damaged(const Location& place, const ChunkId& id) const {
    const auto at = damaged_.find(place.pack);
    return at != damaged_.end() && (!at->second.chunks || at->second.chunks->contains(id));
  }

  Damage& damage_of(const std::string& object, std::string what) {
    return damages_.try_emplace(object, Damage{object, std::move(what), {}, 0}).first->second;
  }
  Damage& lose(const std::string& object, std::string what, const Guid& point) {
    auto& damage = damage_of(object, std::move(what));
    if (damage.points.empty() || damage.points.back() != point) {  // points come one after the other
      damage.points.push_back(point);
    }
    return damage;
  }

  /// When a pack's index is lost, its chunks are unknown. If there is only one such pack, missing chunks were in it.
  std::optional<std::string> only_unreadable_pack() const {
    std::optional<std::string> only;
    for (const auto& [number, damage] : damaged_) {
      const auto info = core_.packs.find(number);
      if (damage.chunks || !info) {
        continue;
      }
      if (only) {
        return std::nullopt;
      }
      only = pack_name(core_.prefix, info->id);
    }
    return only;
  }

  bool still_there(const Guid& id) const {
    const auto ids = point_ids(core_);
    return !ids || std::ranges::find(ids.value(), id) != ids.value().end();
  }

  Core& core_;
  const CheckDepth depth_;
  const Heartbeat& heartbeat_;
  std::vector<std::pair<std::uint32_t, PackInfo>> packs_;
  std::uint64_t total_ = 0;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::map<std::uint32_t, PackDamage> damaged_;
  std::vector<std::uint32_t> healed_;  // quarantined, but every byte is sound
  bool all_indexed_ = true;
  std::optional<Error> error_;
  std::map<std::string, Damage> damages_;  // by object
  std::set<ChunkId> lost_once_;
  CheckReport report_;
};

}  // namespace

Result<CheckReport> check_vault(Core& core, CheckDepth depth, const Heartbeat& heartbeat) {
  core.source.forget_cached();  // so that the disk is checked, not the cache
  core.objects.forget_open();
  return Check(core, depth, heartbeat).run();
}

}  // namespace quaymaster::vault
