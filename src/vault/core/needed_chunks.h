#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "vault/core/core.h"

namespace quaymaster::vault {

/// Which chunks of which packs recovery points need: one bit per chunk. Each place is verified against the pack's own
/// index when it is first needed; the chunk index alone is not trusted. One thread.
class NeededChunks {
 public:
  explicit NeededChunks(Core& core) : core_(core) {}

  /// Clears everything that was added.
  void clear() { packs_.clear(); }

  enum class Found {
    sound,       // in a live pack, or zeros
    condemned,   // only in packs that are about to be removed: every copy is needed
    suspect,     // only in quarantined packs, which may be unreadable: every copy is needed
    unresolved,  // in no pack whose index can be read
  };
  /// A pack that turns out to be unreadable is quarantined. Errc::io: a pack is temporarily unreadable.
  Result<Found> add(const StreamPart& extent);

  bool needs(std::uint32_t pack, std::uint32_t chunk) const;
  /// How many plain bytes of a pack are needed.
  std::uint64_t bytes(std::uint32_t pack) const;

 private:
  enum class Proof { holds, differs, unreadable, gone };
  Result<Proof> prove(const Location& place, const ChunkId& id, std::uint64_t size);
  void note(const Location& place, std::uint64_t size);

  Core& core_;
  struct Pack {
    std::vector<bool> chunks;
    std::uint64_t bytes = 0;
  };
  std::map<std::uint32_t, Pack> packs_;
};

}  // namespace quaymaster::vault
