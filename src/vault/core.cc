#include "vault/core.h"

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "base/encode.h"
#include "base/log.h"

namespace quaymaster::vault {
namespace {

// Each sealer holds some frames of its own: more of them by default would take memory for a speed no disk has.
constexpr std::size_t kMostSealers = 8;

std::size_t sealer_count(const Options& options) {
  return options.threads != 0 ? options.threads
                              : std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostSealers);
}

/// So many frames may wait that, with those being worked on, the budget holds.
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

void Core::name_later(const std::string& object) {
  const std::lock_guard lock(sessions_mutex);
  unnamed.insert(object);
}

void Core::named(const std::string& object) {
  const std::lock_guard lock(sessions_mutex);
  unnamed.erase(object);
}

Result<std::shared_ptr<const Buffer>> Core::chunk(const ChunkId& id, std::uint64_t size, Bytes& bytes) {
  // Collect may move a chunk between the look-up and the read: then the second look-up finds its new place.
  for (int attempt = 0;; ++attempt) {
    TRY(const auto location, index.find(id));
    if (!location)
      return corrupt("chunk {} is in no pack", hex_lower(id.bytes));
    auto pack = source.open(location->pack);
    if (!pack && pack.error().kind() == Errc::not_found && attempt == 0)
      continue;
    if (!pack)
      return std::move(pack).error();
    const auto& open = *pack.value();
    if (location->chunk >= open.index.chunks.size() || open.index.chunks[location->chunk].id != id ||
        open.index.chunks[location->chunk].size != size) {
      return corrupt("{} does not hold chunk {} where the index says", pack_name(prefix, open.id), hex_lower(id.bytes));
    }
    const auto& entry = open.index.chunks[location->chunk];
    auto frame = source.frame(location->pack, open, entry.frame);
    if (!frame && frame.error().kind() == Errc::not_found && attempt == 0)
      continue;
    if (!frame)
      return std::move(frame).error();
    bytes = Bytes(*frame.value()).subspan(entry.offset, entry.size);
    if (hash(bytes) != id) {
      return corrupt("chunk {} in {} is not what its id says", hex_lower(id.bytes), pack_name(prefix, open.id));
    }
    return std::move(frame).value();
  }
}

Result<> Core::load_unindexed() {
  for (const auto& [number, info] : packs.all()) {
    if (info.indexed)
      continue;
    auto opened = source.open_object(info.id);
    if (!opened && !is_damage(opened.error())) {
      return std::move(opened).error();  // a disk that does not answer now is no reason to forget what is on it
    }
    if (!opened) {  // check will name it; its chunks count as unknown meanwhile
      log::warning("vault", "the index of a pack can not be read: {}", opened.error().cause());
      continue;
    }
    const auto& chunks = opened.value().index.chunks;
    for (std::uint32_t i = 0; i < chunks.size(); ++i) index.place(chunks[i].id, {number, i});
    TRY(index.maintain());
  }
  return ok();
}

Result<> Core::rebuild_index() {
  log::warning("vault", "the chunk index of {} is damaged and is built anew from its packs", prefix);
  TRY(index.forget_runs());
  return load_unindexed();
}

}  // namespace quaymaster::vault
