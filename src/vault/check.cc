#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/encode.h"
#include "vault/point_format.h"
#include "vault/tasks.h"

namespace quaymaster::vault {
namespace {

struct PackDamage {
  std::string what;
  std::optional<std::set<ChunkId>> chunks;  // absent: nothing of the pack can be read
};

/// What is wrong with one pack, if anything.
Result<std::optional<PackDamage>> check_pack(Core& core, const PackInfo& info, CheckDepth depth, Buffer& sealed,
                                             Buffer& plain) {
  const auto opened = core.source.open_object(info.id);
  if (!opened) {
    if (is_damage(opened.error()))
      return PackDamage{opened.error().cause(), {}};
    return opened.error();
  }
  if (depth == CheckDepth::structure)
    return std::nullopt;

  const auto& pack = opened.value();
  PackDamage damage{"", std::set<ChunkId>{}};
  std::vector<std::vector<const ChunkEntry*>> by_frame(pack.index.frames.size());
  for (const auto& chunk : pack.index.chunks) by_frame[chunk.frame].push_back(&chunk);
  for (std::uint32_t frame = 0; frame < by_frame.size(); ++frame) {
    const auto read = core.source.read_frame(pack, frame, sealed, plain);
    if (!read && read.error().kind() != Errc::corrupt)
      return read.error();
    for (const auto* chunk : by_frame[frame]) {
      if (read && core.hash(Bytes(plain).subspan(chunk->offset, chunk->size)) == chunk->id)
        continue;
      damage.chunks->insert(chunk->id);
      damage.what =
          read ? fmt::format("chunk {} is not what its id says", hex_lower(chunk->id.bytes)) : read.error().cause();
    }
  }
  if (damage.what.empty())
    return std::nullopt;
  return damage;
}

class Check {
 public:
  Check(Core& core, CheckDepth depth, const Pulse& pulse) : core_(core), depth_(depth), pulse_(pulse) {}

  Result<CheckReport> run() {
    packs_ = core_.packs.all();
    for (const auto& [number, info] : packs_) total_ += info.size;
    TRY(scan_packs());
    TRY(quarantine());
    TRY(check_points());
    return std::move(report_);
  }

 private:
  Result<> scan_packs() {
    const auto threads = depth_ == CheckDepth::structure ? 1 : core_.sealers.threads();
    std::vector<std::thread> workers;
    for (std::size_t i = 1; i < threads; ++i) workers.emplace_back([this] { scan(); });
    scan();
    for (auto& worker : workers) worker.join();
    if (error_)
      return std::move(*error_);
    return ok();
  }

  void scan() {
    Buffer sealed;
    Buffer plain;
    for (;;) {
      const auto at = next_.fetch_add(1);
      if (at >= packs_.size())
        return;
      const auto& [number, info] = packs_[at];
      auto damage = check_pack(core_, info, depth_, sealed, plain);
      const std::lock_guard lock(mutex_);
      if (error_)
        return;
      if (!damage) {
        if (core_.packs.find(number))
          error_ = std::move(damage).error();
        continue;  // otherwise collect took it away meanwhile
      }
      if (damage.value() && core_.packs.find(number))
        damaged_[number] = std::move(*damage.value());
      ++report_.packs;
      report_.chunks += info.chunks;
      report_.bytes += info.size;
      if (pulse_) {
        if (auto go_on = pulse_(report_.bytes, total_); !go_on)
          error_ = std::move(go_on).error();
      }
    }
  }

  Result<> quarantine() {
    for (const auto& [number, damage] : damaged_) {
      TRY(core_.database.write([&, n = number](store::Writer& writer) -> Result<> {
        TRY(writer.change("UPDATE vault_packs SET state = ? WHERE vault = ? AND number = ? AND state = 0",
                          static_cast<int>(PackState::quarantined), core_.prefix, n));
        return ok();
      }));
      if (core_.packs.is_live(number))
        core_.packs.set_state(number, PackState::quarantined);
    }
    return ok();
  }

  Result<> check_points() {
    TRY(const auto ids, point_ids(core_));
    std::map<std::string, Damage> damages;
    for (const auto& [number, damage] : damaged_) {
      const auto info = core_.packs.find(number);
      if (!info)
        continue;
      const auto name = pack_name(core_.prefix, info->id);
      damages[name] = {name, damage.what, {}, 0};
    }
    std::set<ChunkId> lost_once;
    const auto lose = [&](const std::string& object, std::string what, const Guid& point, const Extent& extent) {
      auto& damage = damages.try_emplace(object, Damage{object, std::move(what), {}, 0}).first->second;
      if (damage.points.empty() || damage.points.back() != point)
        damage.points.push_back(point);
      if (lost_once.insert(*extent.chunk).second)
        damage.bytes_lost += extent.size;
    };
    for (const auto& id : ids) {
      if (pulse_) {
        TRY(pulse_(report_.bytes, total_));
      }
      const auto name = point_name(core_.prefix, id);
      const auto point = load_point(core_, id);
      if (!point) {
        if (still_there(id))
          damages[name] = {name, point.error().cause(), {id}, 0};
        continue;
      }
      const auto traced = trace_point(core_, point.value(), [&](const Extent& extent) -> Result<> {
        if (!extent.chunk)
          return ok();
        TRY(const auto location, core_.index.find(*extent.chunk));
        if (!location) {
          const auto pack = only_unreadable_pack();
          lose(pack.value_or(name), "needs chunks that are in no pack", id, extent);
          return ok();
        }
        const auto at = damaged_.find(location->pack);
        if (at == damaged_.end() || (at->second.chunks && !at->second.chunks->contains(*extent.chunk)))
          return ok();
        const auto info = core_.packs.find(location->pack);
        lose(info ? pack_name(core_.prefix, info->id) : name, at->second.what, id, extent);
        return ok();
      });
      if (!traced && traced.error().kind() == Errc::corrupt) {
        auto& damage = damages.try_emplace(name, Damage{name, traced.error().cause(), {}, 0}).first->second;
        if (std::ranges::find(damage.points, id) == damage.points.end())
          damage.points.push_back(id);
      } else if (!traced) {
        return traced;
      }
    }
    for (auto& [name, damage] : damages) report_.damage.push_back(std::move(damage));
    return ok();
  }

  /// Which chunks were in a pack whose index is gone, only the pack knew. When there is one such pack, it was that one.
  std::optional<std::string> only_unreadable_pack() const {
    std::optional<std::string> only;
    for (const auto& [number, damage] : damaged_) {
      const auto info = core_.packs.find(number);
      if (damage.chunks || !info)
        continue;
      if (only)
        return std::nullopt;
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
  const Pulse& pulse_;
  std::vector<std::pair<std::uint32_t, PackInfo>> packs_;
  std::uint64_t total_ = 0;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::map<std::uint32_t, PackDamage> damaged_;
  std::optional<Error> error_;
  CheckReport report_;
};

}  // namespace

Result<CheckReport> check_vault(Core& core, CheckDepth depth, const Pulse& pulse) {
  core.source.forget_cached();  // what is checked is what lies on the disk
  return Check(core, depth, pulse).run();
}

}  // namespace quaymaster::vault
