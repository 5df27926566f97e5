#pragma once

#include <cstdint>
#include <map>

#include "blob/piece.h"
#include "store/database.h"

namespace quaymaster::blob {

/// What one change does to the live bytes of extents; written in the transaction of that change, so that what reclaim
/// reads is exact after any crash.
class Usage {
 public:
  /// All pieces of one owner; those that repeat in it count once.
  void add(const Pieces& pieces) { count(pieces, 1); }
  void remove(const Pieces& pieces) { count(pieces, -1); }
  /// Errc::corrupt: bytes that should become live are in an extent that is not there.
  Result<> apply(store::Writer& writer) const;

 private:
  void count(const Pieces& pieces, std::int64_t sign);
  std::map<ExtentId, std::int64_t> change_;
};

/// A blob or a draft, by its id: they share one sequence.
using OwnerId = std::int64_t;

/// The owner's pieces were in the extents of `before` and are in those of `after`. References may be left behind (they
/// say where to look, not what is there) but never be missing.
Result<> change_references(store::Writer& writer, OwnerId owner, const Pieces& before, const Pieces& after);

}  // namespace quaymaster::blob
