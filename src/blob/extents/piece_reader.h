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

/// Reads and verifies pieces. Caches the CRC table of the most recent piece. Thread-safe.
class PieceReader {
 public:
  explicit PieceReader(objects::ObjectStore& objects) : objects_(objects) {}

  /// Fills `into` from `offset` of the piece; the range must lie within it. Reads at most one extra window at each end,
  /// and the table. Errc::corrupt: the bytes have changed or are missing.
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
