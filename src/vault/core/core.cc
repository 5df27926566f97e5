#include "vault/core/core.h"

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "base/encode.h"
#include "base/log.h"
#include "vault/records/vault_rows.h"

namespace quaymaster::vault {
namespace {

// Each sealer holds some frames: a larger default would need memory for a speed that no disk has.
constexpr std::size_t kMostSealers = 8;

std::size_t sealer_count(const Options& options) {
  return options.threads != 0 ? options.threads
                              : std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostSealers);
}

/// How many frames may wait so that, including those being processed, the budget holds.
std::size_t frame_queue(const Options& options) {
  const auto frames = options.memory_budget / (2 * kLargestFrame);
  const auto busy = sealer_count(options);
  return frames > busy + 1 ? frames - busy : 1;
}

ChunkIndex::Limits index_limits(const Options& options) {
  return {.recent = static_cast<std::size_t>(options.index_memory / 160), .page_cache = options.index_memory / 4};
}

}  // namespace

bool is_damage(const Error& error) {
  return error.kind() == Errc::corrupt || error.kind() == Errc::not_found || error.kind() == Errc::unsupported;
}

Core::Core(store::Database& database_, objects::ObjectStore& objects_, Clock& clock_, RandomSource& random_,
           const std::string& prefix_, const Keys& keys_, Options options_)
    : database(database_),
      objects(objects_),
      clock(clock_),
      random(random_),
      prefix(prefix_),
      keys(keys_),
      options(std::move(options_)),
      hash(keys.chunk_id),
      chunker(keys.cut),
      index(database, objects, random, packs, prefix, keys.index, index_limits(options)),
      source(objects, packs, prefix, keys.pack, options.memory_budget / 3, options.index_memory / 4),
      syncers("vault-sync", 2, 256),
      sealers("vault-seal", sealer_count(options), frame_queue(options)) {}

void Core::mark_pending(const std::string& object) {
  const std::lock_guard lock(sessions_mutex);
  pending_objects.insert(object);
}

void Core::mark_recorded(const std::string& object) {
  const std::lock_guard lock(sessions_mutex);
  pending_objects.erase(object);
}

/// How often a read whose pack was removed meanwhile looks the chunk up again.
constexpr int kLooks = 8;

Result<std::shared_ptr<const Buffer>> Core::chunk(const ChunkId& id, std::uint64_t size, Bytes& bytes) {
  for (int look = 1;; ++look) {
    TRY(const auto best, find_chunk(id));
    if (!best) {
      return corrupt("chunk {} is in no pack", hex_lower(id.bytes));
    }
    auto read = read_chunk(*best, id, size, bytes);
    if (read || !is_damage(read.error())) {
      return read;
    }
    if (!packs.find(best->pack) && look < kLooks) {
      continue;  // collect has since moved the chunk and removed the pack
    }
    TRY(const auto places, places_of_chunk(id));
    for (const auto& place : places) {
      if (place == *best) {
        continue;
      }
      if (auto other = read_chunk(place, id, size, bytes)) {
        return other;
      }
    }
    return read;
  }
}

Result<std::shared_ptr<const Buffer>> Core::read_chunk(const Location& place, const ChunkId& id, std::uint64_t size,
                                                       Bytes& bytes) {
  TRY(const auto pack, source.open(place.pack));
  if (!pack->holds(place.chunk, id, size)) {
    return corrupt("{} does not contain chunk {} where the index says", pack_name(prefix, pack->id),
                   hex_lower(id.bytes));
  }
  const auto& entry = pack->index.chunks[place.chunk];
  TRY(auto frame, source.frame(place.pack, *pack, entry.frame));
  bytes = Bytes(*frame).subspan(entry.offset, entry.size);
  if (hash(bytes) != id) {
    return corrupt("chunk {} in {} is not what its id says", hex_lower(id.bytes), pack_name(prefix, pack->id));
  }
  return frame;
}

template <class Ask>
std::invoke_result_t<Ask&> Core::with_sound_index(Ask ask) {
  const auto seen = rebuilds_.load();
  auto answer = ask();
  if (answer || !is_damage(answer.error())) {
    return answer;
  }
  TRY(repair_index(seen, answer.error()));
  return ask();
}

Result<ChunkIndex::Claim> Core::claim(const ChunkId& id, std::uint32_t owner) {
  return with_sound_index([&] { return index.claim(id, owner); });
}

Result<std::optional<Location>> Core::find_chunk(const ChunkId& id) {
  auto found = with_sound_index([&] { return index.find(id); });
  if (found || found.error().kind() != Errc::no_space) {
    return found;
  }
  TRY(const auto places, search_packs(id));
  return places.empty() ? std::nullopt : std::optional(places.front());
}

Result<std::vector<Location>> Core::places_of_chunk(const ChunkId& id) {
  auto places = with_sound_index([&] { return index.places(id); });
  if (places || places.error().kind() != Errc::no_space) {
    return places;
  }
  return search_packs(id);
}

/// Searches without the index, for restores from a disk that is too full to rebuild it.
Result<std::vector<Location>> Core::search_packs(const ChunkId& id) {
  std::vector<std::pair<std::uint8_t, Location>> found;
  for (const auto& [number, info] : packs.all()) {
    const auto pack = source.open(number);
    if (!pack && !is_damage(pack.error())) {
      return pack.error();
    }
    if (!pack) {
      continue;
    }
    const auto& chunks = pack.value()->index.chunks;
    const auto at = std::ranges::find(chunks, id, &ChunkEntry::id);
    if (at != chunks.end()) {
      found.emplace_back(info.flags, Location{number, static_cast<std::uint32_t>(at - chunks.begin())});
    }
  }
  std::ranges::sort(found);
  std::vector<Location> places;
  for (const auto& [flags, place] : found) {
    places.push_back(place);
  }
  return places;
}

Result<> Core::quarantine(std::uint32_t pack) {
  const auto flags = packs.flags(pack);
  if (!flags || (*flags & kQuarantined) != 0) {
    return ok();
  }
  log::warning("vault", "pack number {} of {} is quarantined: it cannot be read or is damaged", pack, prefix);
  packs.set_quarantined(pack, true);
  ++quarantines;
  return database.write(alone_with(prefix),
                        [&](store::Writer& writer) { return set_flag(writer, prefix, pack, kQuarantined, true); });
}

Result<> Core::release(std::uint32_t pack) {
  TRY(database.write(alone_with(prefix),
                     [&](store::Writer& writer) { return set_flag(writer, prefix, pack, kQuarantined, false); }));
  packs.set_quarantined(pack, false);
  return ok();
}

Result<bool> Core::has_sound_live_copy(const ChunkId& id, std::uint64_t size) {
  TRY(const auto places, places_of_chunk(id));
  for (const auto& place : places) {
    if (!packs.is_live(place.pack)) {
      continue;
    }
    Bytes bytes;
    const auto read = read_chunk(place, id, size, bytes);
    if (read) {
      return true;
    }
    if (!is_damage(read.error())) {
      return read.error();
    }
    TRY(quarantine(place.pack));
  }
  return false;
}

Result<bool> Core::is_known(const ChunkId& id) {
  return with_sound_index([&] { return index.is_known(id); });
}

Result<bool> Core::is_indexed(const ChunkId& id, const Location& place) {
  return with_sound_index([&] { return index.has(id, place); });
}

Result<bool> Core::is_safe_for(const ChunkId& id, std::uint32_t owner) {
  TRY(const auto places, places_of_chunk(id));
  return std::ranges::any_of(places, [&](const Location& place) { return packs.is_safe_for(place.pack, owner); });
}

Result<> Core::maintain_index() {
  return with_sound_index([&] { return index.maintain(); });
}

/// One thread rebuilds; others that found the same damage see that it is done.
Result<> Core::repair_index(std::uint64_t rebuilds_seen, const Error& damage) {
  const std::lock_guard lock(repair_mutex_);
  if (rebuilds_.load() != rebuilds_seen) {
    return ok();
  }
  log::warning("vault", "the chunk index of {} is damaged and is rebuilt from its packs: {}", prefix, damage.cause());
  return rebuild_index();
}

Result<> Core::rebuild_index() {
  // Listed once the index asks, when no run can be written any more: a pack that is added later stays in memory. Listed
  // earlier, a pack could be added and covered by a run that the rebuild then throws away.
  std::optional<std::vector<std::pair<std::uint32_t, PackInfo>>> listed;
  std::size_t at = 0;
  const auto next = [&](std::uint32_t& number, std::vector<ChunkEntry>& chunks) -> Result<bool> {
    if (!listed) {
      listed = packs.all();
    }
    for (; at != listed->size(); ++at) {
      const auto& [pack, info] = (*listed)[at];
      auto opened = source.open_object(info.id);
      if (!opened && !is_damage(opened.error())) {
        return std::move(opened).error();  // do not give up on a pack because of a temporary failure of the disk
      }
      if (!opened) {
        if (packs.find(pack)) {
          log::warning("vault", "the index of a pack cannot be read: {}", opened.error().cause());
        }
        continue;
      }
      number = pack;
      chunks = std::move(opened.value().index.chunks);
      ++at;
      return true;
    }
    return false;
  };
  auto rebuilt =
      index.rebuild(next, [this](store::Writer& writer) { return note_index_is_sound(writer, prefix, packs.next()); });
  if (rebuilt) {
    ++rebuilds_;
    return ok();
  }
  auto ordered =
      database.write(alone_with(prefix), [this](store::Writer& writer) { return order_rebuild(writer, prefix); });
  if (!ordered) {
    log::warning("vault", "cannot schedule a rebuild of the chunk index: {}", ordered.error().cause());
  }
  return std::move(rebuilt).error().because("the chunk index could not be rebuilt from the packs");
}

Result<> Core::load_unindexed() {
  for (const auto& [number, info] : packs.all()) {
    if (info.indexed) {
      continue;
    }
    auto opened = source.open_object(info.id);
    if (!opened && !is_damage(opened.error())) {
      return std::move(opened).error();  // do not give up on a pack because of a temporary failure of the disk
    }
    if (!opened) {  // check will report it; the next start tries again
      log::warning("vault", "the index of a pack cannot be read: {}", opened.error().cause());
      continue;
    }
    index.add_pack(number, opened.value().index.chunks);
    TRY(maintain_index());
  }
  return ok();
}

}  // namespace quaymaster::vault
