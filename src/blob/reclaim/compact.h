#pragma once

#include <cstdint>
#include <stop_token>
#include <utility>

#include "blob/extents/extents.h"
#include "blob/extents/piece_reader.h"
#include "blob/extents/pins.h"
#include "blob/records/records.h"
#include "blob/versions/upload.h"

namespace quaymaster::blob {

/// Moves live pieces out of a sealed extent: copies and verifies them, makes the copies durable, and updates their
/// owners by compare-and-swap. An owner that changed meanwhile keeps its new pieces, and its copies become dead space
/// in the extent they were written to. Memory: one buffer and the records of one batch.
class Compaction {
 public:
  Compaction(store::Database& database, objects::ObjectStore& objects, Extents& extents, Pins& pins)
      : database_(database), extents_(extents), pins_(pins), reader_(objects) {}

  /// Stops early, with some owners moved, when `stop` is requested. Errc::corrupt: a piece failed verification; pieces
  /// of other owners have been moved.
  Result<> move_out_of(ExtentId extent, const std::stop_token& stop);
  std::uint64_t take_bytes_moved() { return std::exchange(bytes_moved_, 0); }

 private:
  enum class Table { blobs, former, contents, staged };
  struct Owned {  // the pieces of one record: a current or former blob, a shared content, or a staged block of a draft
    OwnerId owner;
    Table table;
    std::string block_id;  // of a staged block
    Pieces pieces;
  };
  struct Copied {
    Owned owned;
    Pieces fresh;
    std::vector<std::unique_ptr<StoredContent>> contents;  // pins the copies until the records point to them
    std::uint64_t bytes = 0;
  };
  Result<std::vector<Owned>> records_of(OwnerId owner, ExtentId extent);
  Result<Copied> copy(Owned owned, ExtentId extent, PieceWriter& writer);
  Result<std::unique_ptr<StoredContent>> copy_piece(const Piece& piece, PieceWriter& writer);
  Result<> swap(std::vector<Copied>& batch);
  static Result<> swap_one(store::Writer& writer, const Owned& owned, const Pieces& fresh);

  store::Database& database_;
  Extents& extents_;
  Pins& pins_;
  PieceReader reader_;
  std::uint64_t bytes_moved_ = 0;
};

}  // namespace quaymaster::blob
