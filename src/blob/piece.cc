#include "blob/piece.h"

namespace quaymaster::blob {

Buffer encode(const Pieces& pieces) {
  Buffer bytes(pieces.size() * kEncodedPiece);
  auto* at = bytes.data();
  for (const auto& piece : pieces) {
    const MutableBytes row(at, kEncodedPiece);
    store_le(piece.offset, row.first(8));
    store_le(piece.extent, row.subspan(8, 8));
    store_le(piece.position, row.subspan(16, 4));
    store_le(piece.size, row.subspan(20, 4));
    store_le(piece.crc, row.subspan(24, 4));
    at += kEncodedPiece;
  }
  return bytes;
}

Result<Pieces> decode_pieces(Bytes bytes) {
  if (bytes.size() % kEncodedPiece != 0) {
    return corrupt("a list of pieces has {} bytes", bytes.size());
  }
  Pieces pieces;
  pieces.reserve(bytes.size() / kEncodedPiece);
  std::uint64_t end = 0;
  for (; !bytes.empty(); bytes = bytes.subspan(kEncodedPiece)) {
    const Piece piece{load_le64(bytes), load_le64(bytes.subspan(8)), load_le32(bytes.subspan(16)),
                      load_le32(bytes.subspan(20)), load_le32(bytes.subspan(24))};
    const bool fits = piece.size > 0 && piece.position + stored_size(piece.size) <= objects::kLargestObject;
    if (!fits || piece.offset < end) {
      return corrupt("piece {} of a list is out of its bounds", pieces.size());
    }
    end = piece.offset + piece.size;
    pieces.push_back(piece);
  }
  return pieces;
}

objects::Name extent_name(ExtentId extent) {
  return fmt::format("extents/{:010}", extent);
}

}  // namespace quaymaster::blob
