#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "vault/core/core.h"

namespace quaymaster::vault {

/// Which chunks of which packs recovery points need: one bit a chunk. Every place is proven by the pack's own index the
/// first time it is needed; what the chunk index says of it alone counts for nothing. One thread.
class NeededChunks {
 public:
  explicit NeededChunks(Core& core) : core_(core) {}

  /// Forgets everything that was added.
  void clear() { packs_.clear(); }

  enum class Found {
    sound,       // in a live pack, or zeros
    condemned,   // only in packs that are going to be removed: every copy is needed
    suspect,     // only in packs in quarantine, which may not yield it: every copy is needed
    unresolved,  // in no pack whose index can be read
  };
  /// A pack that turns out to be unreadable is put into quarantine. Errc::io: a pack cannot be asked now.
  Result<Found> add(const StreamPart& extent);

  bool needs(std::uint32_t pack, std::uint32_t chunk) const;
  /// Plain bytes that are needed of a pack.
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
