#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "objects/object_store.h"

namespace quaymaster::blob {

/// Every read verifies whole windows: so many bytes at most are read beyond what was asked for, at each end.
constexpr std::uint64_t kWindow = 64 * kKiB;

using ExtentId = std::uint64_t;

/// A run of a blob's bytes in one extent. Format: doc/formats/blob-extent.md. A piece of one window or less is guarded
/// by `crc` itself; a longer one is followed in the extent by one CRC-32C a window, and `crc` guards that table.
struct Piece {
  std::uint64_t offset = 0;  // in the blob or block it belongs to
  ExtentId extent = 0;
  std::uint32_t position = 0;  // in the extent
  std::uint32_t size = 0;      // without the table, never 0
  std::uint32_t crc = 0;
  bool operator==(const Piece&) const = default;
};
using Pieces = std::vector<Piece>;

constexpr std::uint64_t window_count(std::uint64_t size) {
  return (size + kWindow - 1) / kWindow;
}
constexpr std::uint64_t table_size(std::uint64_t size) {
  return size > kWindow ? 4 * window_count(size) : 0;
}
/// What a piece occupies in its extent.
constexpr std::uint64_t stored_size(std::uint64_t size) {
  return size + table_size(size);
}
/// The longest piece that fits into `room` bytes, a whole number of windows when it has more than one: readers that ask
/// for whole windows of a blob then get whole windows of its pieces.
constexpr std::uint64_t longest_piece(std::uint64_t room) {
  const auto windows = room / (kWindow + 4);
  return windows > 1 ? windows * kWindow : std::min(room, kWindow);
}

/// Format: doc/formats/blob-records.md, pieces.
constexpr std::size_t kEncodedPiece = 28;
Buffer encode(const Pieces& pieces);
/// Errc::corrupt: not a list of pieces in order of offset that do not overlap.
Result<Pieces> decode_pieces(Bytes bytes);

objects::Name extent_name(ExtentId extent);

}  // namespace quaymaster::blob
