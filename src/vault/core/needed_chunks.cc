#include "vault/core/needed_chunks.h"

#include <optional>

#include "base/encode.h"
#include "base/log.h"

namespace quaymaster::vault {
namespace {

/// How often a chunk is looked up again when all its packs were removed during the search.
constexpr int kLooks = 8;

}  // namespace

bool NeededChunks::needs(std::uint32_t pack, std::uint32_t chunk) const {
  const auto at = packs_.find(pack);
  return at != packs_.end() && chunk < at->second.chunks.size() && at->second.chunks[chunk];
}

std::uint64_t NeededChunks::bytes(std::uint32_t pack) const {
  const auto at = packs_.find(pack);
  return at == packs_.end() ? 0 : at->second.bytes;
}

void NeededChunks::note(const Location& place, std::uint64_t size) {
  auto& pack = packs_[place.pack];
  if (place.chunk >= pack.chunks.size()) {
    pack.chunks.resize(place.chunk + 1);
  }
  if (!pack.chunks[place.chunk]) {
    pack.chunks[place.chunk] = true;
    pack.bytes += size;
  }
}

Result<NeededChunks::Proof> NeededChunks::prove(const Location& place, const ChunkId& id, std::uint64_t size) {
  const auto pack = core_.source.open(place.pack);
  if (pack) {
    return pack.value()->holds(place.chunk, id, size) ? Proof::holds : Proof::differs;
  }
  if (!is_damage(pack.error())) {
    return pack.error();
  }
  if (!core_.packs.find(place.pack)) {
    return Proof::gone;
  }
  TRY(core_.quarantine(place.pack));
  return Proof::unreadable;
}

Result<NeededChunks::Found> NeededChunks::add(const StreamPart& extent) {
  if (!extent.chunk) {
    return Found::sound;
  }
  TRY(const auto best, core_.find_chunk(*extent.chunk));
  if (best && needs(best->pack, best->chunk) && core_.packs.is_live(best->pack)) {
    return Found::sound;  // verified before
  }
  for (int look = 1;; ++look) {
    TRY(const auto places, core_.places_of_chunk(*extent.chunk));
    bool gone = false;
    std::optional<Found> held;
    for (const auto& place : places) {
      TRY(const auto proof, prove(place, *extent.chunk, extent.size));
      gone = gone || proof == Proof::gone;
      if (proof == Proof::differs) {
        log::warning("vault", "the index names entry {} of pack {} for chunk {}, which does not exist", place.chunk,
                     place.pack, hex_lower(extent.chunk->bytes));
      }
      if (proof != Proof::holds) {
        continue;
      }
      note(place, extent.size);
      if (core_.packs.is_live(place.pack)) {
        return Found::sound;
      }
      if (held != Found::condemned) {
        held = core_.packs.flags(place.pack) == kCondemned ? Found::condemned : Found::suspect;
      }
    }
    if (held) {
      return *held;
    }
    if (!gone || look == kLooks) {
      return Found::unresolved;
    }
  }
}

}  // namespace quaymaster::vault
