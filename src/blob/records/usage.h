#pragma once

#include <cstdint>
#include <map>

#include "blob/piece.h"
#include "store/database.h"

namespace quaymaster::blob {

/// How one change affects the live bytes of extents; written in the transaction of that change, so that the counts that
/// reclaim reads are exact after any crash.
class Usage {
 public:
  /// All pieces of one owner; repeated ones count once.
  void add(const Pieces& pieces) { count(pieces, 1); }
  void remove(const Pieces& pieces) { count(pieces, -1); }
  /// Errc::corrupt: bytes should become live in an extent that does not exist.
  Result<> apply(store::Writer& writer) const;

 private:
  void count(const Pieces& pieces, std::int64_t sign);
  std::map<ExtentId, std::int64_t> change_;
};

/// A blob or a draft, by its id: they share one sequence.
using OwnerId = std::int64_t;

/// The owner's pieces moved from the extents of `before` to those of `after`. Stale references may remain (they say
/// where to look, not what is there), but none may be missing.
Result<> change_references(store::Writer& writer, OwnerId owner, const Pieces& before, const Pieces& after);

}  // namespace quaymaster::blob
