#include <algorithm>
#include <set>

#include "base/encode.h"
#include "base/log.h"
#include "vault/point_format.h"
#include "vault/session.h"
#include "vault/tasks.h"

namespace quaymaster::vault {
namespace {

/// A pack is rewritten when less than this share of its plain bytes is needed.
constexpr double kKeepShare = 0.7;

/// Which chunks of which packs points need: one bit a chunk.
class LiveSet {
 public:
  explicit LiveSet(Core& core) : core_(core) {}

  Result<> add(const Point& point) {
    return trace_point(core_, point, [this](const Extent& extent) -> Result<> {
      if (!extent.chunk)
        return ok();
      TRY(const auto location, core_.index.find(*extent.chunk));
      if (!location) {
        ++unresolved_;
        return ok();
      }
      auto& bits = bits_[location->pack];
      if (location->chunk >= bits.size())
        bits.resize(location->chunk + 1);
      if (!bits[location->chunk]) {
        bits[location->chunk] = true;
        bytes_[location->pack] += extent.size;
      }
      return ok();
    });
  }
  bool needs(std::uint32_t pack, std::uint32_t chunk) const {
    const auto at = bits_.find(pack);
    return at != bits_.end() && chunk < at->second.size() && at->second[chunk];
  }
  /// Extents whose chunk is in no pack that could be read: it may be in one that could not.
  std::uint64_t unresolved() const { return unresolved_; }
  std::uint64_t bytes(std::uint32_t pack) const {
    const auto at = bytes_.find(pack);
    return at == bytes_.end() ? 0 : at->second;
  }

 private:
  Core& core_;
  std::map<std::uint32_t, std::vector<bool>> bits_;
  std::map<std::uint32_t, std::uint64_t> bytes_;
  std::uint64_t unresolved_ = 0;
};

class Collect {
 public:
  Collect(Core& core, const Pulse& pulse) : core_(core), pulse_(pulse), live_(core) {}

  /// Mark, condemn, mark what was committed meanwhile, move what is still needed, remove. Every step is safe to stop
  /// at: condemned packs stay readable, and the next run begins with a fresh mark.
  Result<CollectReport> run() {
    const auto packs = core_.packs.all();  // before the mark: a pack that appears later is none of our business
    const auto oldest = oldest_session();
    TRY(mark());
    std::vector<std::uint32_t> victims;
    std::vector<std::uint32_t> pardoned;
    for (const auto& [number, info] : packs) {
      if (static_cast<double>(live_.bytes(number)) < kKeepShare * static_cast<double>(info.plain_size) ||
          info.plain_size == 0) {
        if (may_go(number, info))
          victims.push_back(number);
      } else if (info.state == PackState::condemned) {
        pardoned.push_back(number);  // an earlier run condemned it, and a backup that was running then needs it
      }
    }
    TRY(set_state(pardoned, PackState::live));
    if (oldest) {
      // A running backup may rely on any of them and has no point yet. They are condemned, so that nobody begins to
      // rely on them, and taken by the first collect that finds no such backup.
      TRY(set_state(victims, PackState::condemned));
      return report_;
    }
    TRY(set_state(victims, PackState::condemned));
    if (oldest_session())
      return report_;  // began between the mark and the condemnation
    TRY(mark());       // points committed since
    TRY(move(victims));
    TRY(remove(victims));
    TRY(sweep_objects());
    return report_;
  }

 private:
  /// While some point misses chunks, a pack that can not be read may be the one that holds them: it stays for check and
  /// for whoever can mend it.
  bool may_go(std::uint32_t number, const PackInfo& info) {
    if (live_.unresolved() == 0)
      return true;
    const auto opened = core_.source.open_object(info.id);
    if (!opened)
      log::warning("vault", "pack number {} is kept, points miss chunks: {}", number, opened.error().cause());
    return static_cast<bool>(opened);
  }

  std::optional<std::uint32_t> oldest_session() {
    const std::lock_guard lock(core_.sessions_mutex);
    if (core_.sessions.empty())
      return std::nullopt;
    return core_.sessions.begin()->first;
  }

  Result<> mark() {
    TRY(const auto ids, point_ids(core_));
    for (const auto& id : ids) {
      if (marked_.contains(id))
        continue;
      TRY(pulse());
      auto point = load_point(core_, id);
      if (!point) {
        // Without its extents nobody can say what it needs: to take nothing is the only safe answer.
        return std::move(point).error().because("collect stops: a recovery point can not be read, run check");
      }
      auto added = live_.add(point.value());
      if (!added)
        return std::move(added).error().because("collect stops: a recovery point can not be traced, run check");
      marked_.insert(id);
    }
    return ok();
  }

  Result<> set_state(const std::vector<std::uint32_t>& numbers, PackState state) {
    if (numbers.empty())
      return ok();
    for (const auto number : numbers) core_.packs.set_state(number, state);
    return core_.database.write([&](store::Writer& writer) -> Result<> {
      for (const auto number : numbers) {
        TRY(writer.change("UPDATE vault_packs SET state = ? WHERE vault = ? AND number = ?", static_cast<int>(state),
                          core_.prefix, number));
      }
      return ok();
    });
  }

  /// Stores what is still needed of the victims again. Since they are condemned, their chunks count as unknown.
  Result<> move(std::vector<std::uint32_t>& victims) {
    auto session = SessionImpl::begin(core_);
    std::optional<SessionImpl::Slot> slot(std::in_place, *session);
    std::vector<std::uint32_t> movable;
    for (const auto number : victims) {
      TRY(pulse());
      const auto moved = live_.bytes(number) == 0 ? ok() : move_pack(*session, *slot, number);
      if (moved) {
        movable.push_back(number);
        if (live_.bytes(number) != 0)
          ++report_.packs_rewritten;
      } else if (moved.error().kind() == Errc::corrupt) {
        log::error("vault", "a damaged pack is kept because points need it: {}", moved.error().cause());
        core_.packs.set_state(number, PackState::quarantined);
      } else {
        return moved;
      }
    }
    slot.reset();
    TRY(session->seal());
    victims = std::move(movable);
    return ok();
  }

  Result<> move_pack(SessionImpl& session, SessionImpl::Slot& slot, std::uint32_t number) {
    TRY(const auto pack, core_.source.open(number));
    const auto& chunks = pack->index.chunks;
    for (std::uint32_t i = 0; i < chunks.size(); ++i) {
      if (!live_.needs(number, i))
        continue;
      Bytes bytes;
      TRY(const auto frame, core_.chunk(chunks[i].id, chunks[i].size, bytes));
      TRY(session.store(bytes, slot));
    }
    return ok();
  }

  Result<> remove(const std::vector<std::uint32_t>& victims) {
    for (const auto number : victims) {
      const auto info = core_.packs.find(number);
      if (!info)
        continue;
      TRY(core_.database.write([&](store::Writer& writer) -> Result<> {
        TRY(writer.change("DELETE FROM vault_packs WHERE vault = ? AND number = ?", core_.prefix, number));
        return ok();
      }));
      core_.packs.remove(number);
      TRY(core_.objects.remove(pack_name(core_.prefix, info->id)));
      ++report_.packs_removed;
      report_.bytes_freed += info->size;
    }
    return ok();
  }

  /// Removes objects that no row names: what a crash left, and points that were removed.
  Result<> sweep_objects() {
    TRY(sweep("/packs/", [this](const std::set<Guid>& ids) -> Result<std::set<Guid>> {
      std::set<Guid> orphans;
      for (const auto& id : ids) {
        if (!core_.packs.find(id))
          orphans.insert(id);
      }
      return orphans;
    }));
    TRY(sweep("/points/", [this](std::set<Guid> ids) -> Result<std::set<Guid>> {
      TRY(const auto named, point_ids(core_));
      for (const auto& id : named) ids.erase(id);
      return ids;
    }));
    TRY(const auto freed, core_.index.sweep());
    report_.bytes_freed += freed;
    return ok();
  }

  using Orphans = std::function<Result<std::set<Guid>>(const std::set<Guid>& ids)>;

  Result<> sweep(const std::string& folder, const Orphans& orphans_of) {
    const auto prefix = core_.prefix + folder;
    std::string after;
    for (;;) {
      TRY(pulse());
      TRY(const auto names, core_.objects.list(prefix, after, 1000));
      if (names.empty())
        return ok();
      after = names.back();
      // In this order: what is not being written now either has its name in a row already or is an orphan.
      const auto unnamed = being_written();
      std::map<Guid, std::string> listed;
      std::set<Guid> ids;
      for (const auto& name : names) {
        const auto id = id_of(std::string_view(name).substr(name.rfind('/') + 1));
        if (!id || unnamed.contains(name))
          continue;
        listed[*id] = name;
        ids.insert(*id);
      }
      TRY(const auto orphans, orphans_of(ids));
      for (const auto& id : orphans) {
        TRY(const auto size, core_.objects.size(listed[id]));
        TRY(core_.objects.remove(listed[id]));
        report_.bytes_freed += size;
      }
    }
  }

  std::set<std::string> being_written() {
    const std::lock_guard lock(core_.sessions_mutex);
    return core_.unnamed;
  }

  static std::optional<Guid> id_of(std::string_view hex) {
    const auto bytes = decode_hex(hex);
    if (!bytes || bytes.value().size() != 16)
      return std::nullopt;
    Guid id;
    std::ranges::copy(bytes.value(), id.bytes.begin());
    return id;
  }

  Result<> pulse() { return pulse_ ? pulse_(report_.bytes_freed, 0) : ok(); }

  Core& core_;
  const Pulse& pulse_;
  LiveSet live_;
  std::set<Guid> marked_;
  CollectReport report_;
};

}  // namespace

Result<CollectReport> collect_vault(Core& core, const Pulse& pulse) {
  return Collect(core, pulse).run();
}

}  // namespace quaymaster::vault
