#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "blob/piece.h"
#include "objects/object_store.h"

namespace quaymaster::blob {

/// Reads pieces and verifies what it hands out. Remembers the CRC table of the piece read last. Thread-safe.
class PieceReader {
 public:
  explicit PieceReader(objects::ObjectStore& objects) : objects_(objects) {}

  /// Fills `into` from `offset` of the piece; the range must lie in it. Reads at most one window more at each end, and
  /// the table. Errc::corrupt: the bytes are not those that were written, or are gone.
  Result<> read(const Piece& piece, std::uint64_t offset, MutableBytes into);

 private:
  using Table = std::vector<std::uint32_t>;
  Result<std::shared_ptr<const Table>> table_of(const Piece& piece);
  Result<> read_exactly(const Piece& piece, std::uint64_t offset, MutableBytes into);
  Result<> read_windows(const Piece& piece, const Table& table, std::uint64_t offset, MutableBytes into);
  Result<> read_part(const Piece& piece, const Table& table, std::uint64_t offset, MutableBytes into);

  objects::ObjectStore& objects_;
  std::mutex mutex_;
  Piece last_;
  std::shared_ptr<const Table> last_table_;
};

}  // namespace quaymaster::blob
