#include "blob/versions/snapshot.h"

#include <algorithm>

namespace quaymaster::blob {

Result<std::size_t> PinnedSnapshot::read(std::uint64_t offset, MutableBytes into) {
  if (offset >= info_.size) {
    return std::size_t{0};
  }
  into = into.first(std::min<std::uint64_t>(into.size(), info_.size - offset));
  const auto count = into.size();
  auto piece = std::ranges::partition_point(pieces_, [&](const Piece& p) { return p.offset + p.size <= offset; });
  while (!into.empty()) {
    const bool in_hole = piece == pieces_.end() || offset < piece->offset;
    const auto end = piece == pieces_.end() ? info_.size : in_hole ? piece->offset : piece->offset + piece->size;
    const auto part = into.first(std::min<std::uint64_t>(into.size(), end - offset));
    if (in_hole) {
      std::ranges::fill(part, 0);
    } else {
      TRY(reader_.read(*piece, offset - piece->offset, part));
      if (offset + part.size() == end) {
        ++piece;
      }
    }
    offset += part.size();
    into = into.subspan(part.size());
  }
  return count;
}

}  // namespace quaymaster::blob
