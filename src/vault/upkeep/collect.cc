#include <algorithm>
#include <set>

#include "base/encode.h"
#include "base/log.h"
#include "vault/core/needed_chunks.h"
#include "vault/core/point_format.h"
#include "vault/records/vault_rows.h"
#include "vault/session/session.h"
#include "vault/upkeep/tasks.h"

namespace quaymaster::vault {
namespace {

/// A pack is rewritten when less than this share of its plain bytes is needed.
constexpr double kKeepShare = 0.7;
/// How many missing chunks are searched for in the packs; with more, the index is rebuilt right away.
constexpr std::size_t kMostUnresolved = 100'000;
/// How often moving is retried when a backup that was storing the same chunks failed.
constexpr int kMoves = 3;

class Collect {
 public:
  Collect(Core& core, const Heartbeat& heartbeat, const store::Fence& fence)
      : core_(core), heartbeat_(heartbeat), fence_(fence), needed_(core) {}

  /// Mark, condemn, mark what was committed meanwhile, move what is still needed, remove. It is safe to stop at any
  /// step: condemned packs stay readable, and the next run begins with a fresh mark.
  Result<CollectReport> run() {
    const auto packs = core_.packs.all();  // before the mark: packs added later are not collected
    TRY(mark());
    if (!incomplete_.empty()) {
      TRY(search_all_packs(packs));
    }
    std::vector<std::uint32_t> victims;
    std::vector<std::uint32_t> pardoned;
    for (const auto& [number, info] : packs) {
      if (static_cast<double>(needed_.bytes(number)) < kKeepShare * static_cast<double>(info.plain_size) ||
          info.plain_size == 0) {
        TRY(const bool goes, may_go(number, info));
        if (goes) {
          victims.push_back(number);
        }
      } else if ((info.flags & kCondemned) != 0) {
        pardoned.push_back(number);  // condemned by an earlier run, but needed by a backup that was running then
      }
    }
    TRY(pardon(pardoned));
    TRY(condemn(victims));
    // Backups that began before a pack was condemned may rely on it and have no point yet: the first collect that finds
    // none of them running removes it.
    std::erase_if(victims, [this](std::uint32_t number) { return an_older_session_runs(number); });
    const bool was_complete = incomplete_.empty() && !suspect_;
    TRY(mark());  // points committed meanwhile
    if (was_complete && !(incomplete_.empty() && !suspect_)) {
      return conflict("collect removes nothing: damage was found while it ran; run check, then collect again");
    }
    TRY(move(victims));
    TRY(remove(victims));
    TRY(sweep_objects());
    if (!unmoved_.empty()) {
      return no_space("{} packs are to be rewritten, and there is no room for it", unmoved_.size());
    }
    report_.points_incomplete.assign(incomplete_.begin(), incomplete_.end());
    return report_;
  }

 private:
  Result<> mark() {
    TRY(const auto ids, point_ids(core_));
    for (const auto& id : ids) {
      if (marked_.contains(id)) {
        continue;
      }
      TRY(heartbeat());
      auto point = load_point(core_, id);
      if (!point && point.error().kind() == Errc::not_found && !is_named(id)) {
        continue;  // removed meanwhile
      }
      if (!point) {
        return unreadable(id, std::move(point).error());
      }
      auto traced = trace_point(core_, point.value(), [&](const StreamPart& extent) -> Result<> {
        TRY(const auto found, needed_.add(extent));
        suspect_ = suspect_ || found == NeededChunks::Found::suspect;
        if (found == NeededChunks::Found::unresolved) {
          incomplete_.insert(id);
          if (unresolved_.size() < kMostUnresolved) {
            unresolved_.insert(*extent.chunk);
          }
        }
        return ok();
      });
      if (!traced && is_damage(traced.error())) {
        return unreadable(id, std::move(traced).error());
      }
      TRY(std::move(traced));
      marked_.insert(id);
    }
    return ok();
  }

  /// Without a point's extents its chunks are unknown: removing nothing is the only safe choice.
  static Error unreadable(const Guid& id, Error error) {
    return std::move(error).because(
        fmt::format("collect removes nothing: what recovery point {} needs cannot be read; run check, and restore the "
                    "object it names or remove the point",
                    id.text()));
  }

  /// Some point lacks chunks. Either the index is incomplete and is rebuilt, or no readable pack has them and
  /// unreadable packs are kept, since they may.
  Result<> search_all_packs(const std::vector<std::pair<std::uint32_t, PackInfo>>& packs) {
    bool found = unresolved_.size() == kMostUnresolved;
    for (const auto& [number, info] : packs) {
      TRY(heartbeat());
      const auto opened = core_.source.open_object(info.id);
      if (!opened && !is_damage(opened.error())) {
        return opened.error();
      }
      if (!opened) {
        continue;
      }
      found = found || std::ranges::any_of(opened.value().index.chunks,
                                           [&](const ChunkEntry& chunk) { return unresolved_.contains(chunk.id); });
    }
    if (!found) {
      return ok();
    }
    log::warning("vault", "the chunk index of {} lacks chunks that its packs have and is rebuilt", core_.prefix);
    TRY(core_.rebuild_index());
    needed_.clear();
    marked_.clear();
    incomplete_.clear();
    unresolved_.clear();
    suspect_ = false;
    return mark();
  }

  /// While a point lacks a chunk, or has it only in a damaged pack, unreadable packs are kept: they may have it.
  Result<bool> may_go(std::uint32_t number, const PackInfo& info) {
    if (incomplete_.empty() && !suspect_) {
      return true;
    }
    const auto opened = core_.source.open_object(info.id);
    if (opened) {
      return true;
    }
    if (!is_damage(opened.error())) {
      return opened.error();
    }
    log::warning("vault", "{} is kept, since points lack chunks that it may hold: {}", pack_name(core_.prefix, info.id),
                 opened.error().cause());
    TRY(core_.quarantine(number));
    return false;
  }

  bool is_named(const Guid& id) {
    const auto ids = point_ids(core_);
    return !ids || std::ranges::find(ids.value(), id) != ids.value().end();
  }

  Result<> pardon(const std::vector<std::uint32_t>& numbers) {
    core_.packs.pardon(numbers);
    return store_flag(numbers, false);
  }

  Result<> condemn(const std::vector<std::uint32_t>& numbers) {
    {
      const std::lock_guard lock(core_.sessions_mutex);  // no session may begin meanwhile
      core_.packs.condemn(numbers, core_.next_owner);
    }
    return store_flag(numbers, true);
  }

  Result<> store_flag(const std::vector<std::uint32_t>& numbers, bool condemned) {
    if (numbers.empty()) {
      return ok();
    }
    return core_.database.write(alone_with(core_.prefix), [&](store::Writer& writer) -> Result<> {
      TRY(fence_.check(writer));
      for (const auto number : numbers) {
        TRY(set_flag(writer, core_.prefix, number, kCondemned, condemned));
      }
      return ok();
    });
  }

  bool an_older_session_runs(std::uint32_t number) {
    const auto info = core_.packs.find(number);
    const std::lock_guard lock(core_.sessions_mutex);
    return info && !core_.sessions.empty() && core_.sessions.begin()->first < info->condemned_before;
  }

  /// Stores the needed chunks of the victims again: since the victims are condemned, their chunks count as unknown.
  /// Leaves in `victims` those that nothing needs any more.
  Result<> move(std::vector<std::uint32_t>& victims) {
    for (int attempt = 1;; ++attempt) {
      const auto moved = move_once(victims);
      if (moved) {
        break;
      }
      if (moved.error().kind() != Errc::busy || attempt == kMoves) {
        return moved;
      }
    }
    std::vector<std::uint32_t> movable;
    for (const auto number : victims) {
      if (unmoved_.contains(number)) {
        continue;
      }
      TRY(const auto elsewhere, all_needed_is_elsewhere(number));
      if (elsewhere) {
        movable.push_back(number);
        report_.packs_rewritten += needed_.bytes(number) == 0 ? 0 : 1;
      }
    }
    victims = std::move(movable);
    return ok();
  }

  Result<> move_once(const std::vector<std::uint32_t>& victims) {
    auto session = BackupSession::begin(core_);
    unmoved_.clear();
    {
      BackupSession::Slot slot(*session);
      for (const auto number : victims) {
        TRY(heartbeat());
        if (needed_.bytes(number) == 0) {
          continue;
        }
        // The old packs are removed only when the new ones are sealed. On a full disk dead packs are removed first, and
        // the rest by a later run in the space that this one freed.
        if (core_.options.has_room && !core_.options.has_room()) {
          unmoved_.insert(number);
          continue;
        }
        TRY(move_pack(*session, slot, number));
      }
    }
    return session->seal();
  }

  /// Chunks that cannot be read stay where they are, and so does their pack.
  Result<> move_pack(BackupSession& session, BackupSession::Slot& slot, std::uint32_t number) {
    const auto pack = core_.source.open(number);
    if (!pack) {
      return is_damage(pack.error()) ? Result<>(ok()) : Result<>(pack.error());
    }
    const auto& chunks = pack.value()->index.chunks;
    for (std::uint32_t i = 0; i < chunks.size(); ++i) {
      if (!needed_.needs(number, i)) {
        continue;
      }
      Bytes bytes;
      const auto frame = core_.chunk(chunks[i].id, chunks[i].size, bytes);
      if (frame) {
        TRY(session.store(bytes, slot));
        continue;
      }
      if (!is_damage(frame.error())) {
        return frame.error();
      }
      TRY(core_.quarantine(number));
    }
    return ok();
  }

  Result<bool> all_needed_is_elsewhere(std::uint32_t number) {
    if (needed_.bytes(number) == 0) {
      return true;
    }
    const auto pack = core_.source.open(number);
    if (!pack) {
      return is_damage(pack.error()) ? Result<bool>(false) : Result<bool>(pack.error());
    }
    const auto& chunks = pack.value()->index.chunks;
    for (std::uint32_t i = 0; i < chunks.size(); ++i) {
      if (!needed_.needs(number, i)) {
        continue;
      }
      TRY(const auto is_sound, core_.has_sound_live_copy(chunks[i].id, chunks[i].size));
      if (!is_sound) {
        log::error("vault", "{} is kept: points need chunks of it that cannot be read",
                   pack_name(core_.prefix, pack.value()->id));
        return false;
      }
    }
    return true;
  }

  Result<> remove(const std::vector<std::uint32_t>& victims) {
    std::set<std::uint32_t> gone;
    auto removed = remove_each(victims, gone);
    core_.index.forget_packs(gone);
    return removed;
  }

  Result<> remove_each(const std::vector<std::uint32_t>& victims, std::set<std::uint32_t>& gone) {
    for (const auto number : victims) {
      const auto info = core_.packs.find(number);
      if (!info) {
        continue;
      }
      bool was_condemned = false;
      TRY(core_.database.write(alone_with(core_.prefix), [&](store::Writer& writer) -> Result<> {
        TRY(fence_.check(writer));
        TRY(was_condemned, remove_condemned_pack(writer, core_.prefix, number));
        return ok();
      }));
      if (!was_condemned) {
        continue;
      }
      core_.packs.remove(number);
      gone.insert(number);
      auto removed = core_.objects.remove(pack_name(core_.prefix, info->id));
      if (!removed && removed.error().kind() != Errc::not_found) {
        return removed;  // no row names it any more: the next collect removes it
      }
      ++report_.packs_removed;
      report_.bytes_freed += info->size;
    }
    return ok();
  }

  /// Removes objects that no row names: left by a crash, or of removed points.
  Result<> sweep_objects() {
    TRY(sweep("/packs/", [this](const std::set<Guid>& ids) -> Result<std::set<Guid>> {
      std::set<Guid> orphans;
      for (const auto& id : ids) {
        if (!core_.packs.find(id)) {
          orphans.insert(id);
        }
      }
      return orphans;
    }));
    TRY(sweep("/points/", [this](std::set<Guid> ids) -> Result<std::set<Guid>> {
      TRY(const auto named, point_ids(core_));
      for (const auto& id : named) {
        ids.erase(id);
      }
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
      TRY(heartbeat());
      TRY(const auto names, core_.objects.list(prefix, after, 1000));
      if (names.empty()) {
        return ok();
      }
      after = names.back();
      // In this order: an object that is no longer pending either has a row or is an orphan. A row whose change was
      // reported as failed may still appear after a crash until the next commit, so commit once in between.
      const auto pending_objects = being_written();
      TRY(core_.database.write(adding_to(core_.prefix), [this](store::Writer& writer) -> Result<> {
        TRY(fence_.check(writer));
        return touch_head(writer, core_.prefix);
      }));
      std::map<Guid, std::string> listed;
      std::set<Guid> ids;
      for (const auto& name : names) {
        const auto id = id_of(std::string_view(name).substr(name.rfind('/') + 1));
        if (!id || pending_objects.contains(name)) {
          continue;
        }
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
    return core_.pending_objects;
  }

  static std::optional<Guid> id_of(std::string_view hex) {
    const auto bytes = decode_hex(hex);
    if (!bytes || bytes.value().size() != 16) {
      return std::nullopt;
    }
    Guid id;
    std::ranges::copy(bytes.value(), id.bytes.begin());
    return id;
  }

  Result<> heartbeat() { return heartbeat_ ? heartbeat_(report_.bytes_freed, 0) : ok(); }

  Core& core_;
  const Heartbeat& heartbeat_;
  const store::Fence& fence_;
  NeededChunks needed_;
  std::set<Guid> marked_;
  std::set<Guid> incomplete_;        // points that lack chunks
  std::set<ChunkId> unresolved_;     // the chunks that they lack
  std::set<std::uint32_t> unmoved_;  // packs that could not be rewritten for lack of room
  bool suspect_ = false;             // some point needs a chunk that only quarantined packs have
  CollectReport report_;
};

}  // namespace

Result<CollectReport> collect_vault(Core& core, const Heartbeat& heartbeat, const store::Fence& fence) {
  const std::unique_lock lock(core.collect_mutex, std::try_to_lock);
  if (!lock) {
    return busy("another collect of this vault is running");
  }
  // Decisions must be based on what is on the disk now, not on the cache.
  core.source.forget_cached();
  core.objects.forget_open();
  return Collect(core, heartbeat, fence).run();
}

}  // namespace quaymaster::vault
