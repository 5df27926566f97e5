#include "blob/extents/piece_reader.h"

#include <algorithm>
#include <cstring>

#include "base/digests/checksum.h"

namespace quaymaster::blob {
namespace {

Error changed(const Piece& piece, std::uint64_t offset) {
  return corrupt("extent {} is damaged: other bytes than were written, in the piece of {} bytes at {}, from {}",
                 piece.extent, piece.size, piece.position, offset);
}

}  // namespace

Result<> PieceReader::read_exactly(const Piece& piece, std::uint64_t offset, MutableBytes into) {
  auto count = objects_.read(extent_name(piece.extent), piece.position + offset, into);
  if (!count) {
    if (count.error().kind() == Errc::not_found) {
      return corrupt("extent {} is missing", piece.extent);
    }
    return count.error();
  }
  if (count.value() != into.size()) {
    return changed(piece, offset);
  }
  return ok();
}

Result<std::shared_ptr<const PieceReader::Table>> PieceReader::table_of(const Piece& piece) {
  {
    const std::lock_guard lock(mutex_);
    if (last_table_ && last_ == piece) {
      return last_table_;
    }
  }
  auto table = std::make_shared<Table>(window_count(piece.size));
  if (piece.size <= kWindow) {
    table->front() = piece.crc;
  } else {
    const MutableBytes bytes(reinterpret_cast<std::uint8_t*>(table->data()), table->size() * sizeof(std::uint32_t));
    TRY(read_exactly(piece, piece.size, bytes));
    if (crc32c(bytes) != piece.crc) {
      return changed(piece, piece.size);
    }
  }
  const std::lock_guard lock(mutex_);
  last_ = piece;
  last_table_ = std::move(table);
  return last_table_;
}

/// Whole windows, read directly into their destination.
Result<> PieceReader::read_windows(const Piece& piece, const Table& table, std::uint64_t offset, MutableBytes into) {
  TRY(read_exactly(piece, offset, into));
  for (auto window = offset / kWindow; !into.empty(); ++window) {
    const auto size = std::min<std::uint64_t>(into.size(), kWindow);
    if (crc32c(into.first(size)) != table[window]) {
      return changed(piece, window * kWindow);
    }
    into = into.subspan(size);
  }
  return ok();
}

/// Part of one window: all of it must be read for verification.
Result<> PieceReader::read_part(const Piece& piece, const Table& table, std::uint64_t offset, MutableBytes into) {
  const auto begin = offset / kWindow * kWindow;
  Buffer window(std::min<std::uint64_t>(kWindow, piece.size - begin));
  TRY(read_windows(piece, table, begin, window));
  std::memcpy(into.data(), window.data() + (offset - begin), into.size());
  return ok();
}

Result<> PieceReader::read(const Piece& piece, std::uint64_t offset, MutableBytes into) {
  TRY(const auto table, table_of(piece));
  while (!into.empty()) {
    const auto begin = offset / kWindow * kWindow;
    const auto window_end = std::min<std::uint64_t>(begin + kWindow, piece.size);
    auto size = std::min<std::uint64_t>(into.size(), window_end - offset);
    if (begin == offset && offset + size == window_end) {
      // All whole windows in one read.
      const auto end = offset + into.size();
      size = (end == piece.size ? end : end / kWindow * kWindow) - offset;
      TRY(read_windows(piece, *table, offset, into.first(size)));
    } else {
      TRY(read_part(piece, *table, offset, into.first(size)));
    }
    offset += size;
    into = into.subspan(size);
  }
  return ok();
}

}  // namespace quaymaster::blob
