#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "objects/object_store.h"

namespace quaymaster::blob {

/// Reads verify whole windows, so they read at most this much extra at each end.
constexpr std::uint64_t kWindow = 64 * kKiB;

using ExtentId = std::uint64_t;

/// A run of a blob's bytes in one extent. Format: doc/formats/blob-extent.md. For a piece of one window or less, `crc`
/// is its CRC; a longer one is followed in the extent by one CRC-32C per window, and `crc` is the CRC of that table.
struct Piece {
  std::uint64_t offset = 0;  // within the blob or block it belongs to
  ExtentId extent = 0;
  std::uint32_t position = 0;  // within the extent
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
/// The size of a piece in its extent, with its table.
constexpr std::uint64_t stored_size(std::uint64_t size) {
  return size + table_size(size);
}
/// The longest piece that fits into `room` bytes; with more than one window, a whole number of them, so that readers of
/// whole windows of a blob get whole windows of its pieces.
constexpr std::uint64_t longest_piece(std::uint64_t room) {
  const auto windows = room / (kWindow + 4);
  return windows > 1 ? windows * kWindow : std::min(room, kWindow);
}

/// Format: doc/formats/blob-records.md, pieces.
constexpr std::size_t kEncodedPiece = 28;
Buffer encode(const Pieces& pieces);
/// Errc::corrupt: not a list of non-overlapping pieces in order of offset.
Result<Pieces> decode_pieces(Bytes bytes);

objects::Name extent_name(ExtentId extent);

}  // namespace quaymaster::blob
