#include "blob/records/usage.h"

#include <algorithm>
#include <tuple>

#include "blob/extents/pins.h"

namespace quaymaster::blob {

void Usage::count(const Pieces& pieces, std::int64_t sign) {
  if (pieces.size() == 1) {
    change_[pieces.front().extent] += sign * static_cast<std::int64_t>(stored_size(pieces.front().size));
    return;
  }
  std::vector<std::tuple<ExtentId, std::uint32_t, std::uint32_t>> places;
  places.reserve(pieces.size());
  for (const auto& piece : pieces) {
    places.emplace_back(piece.extent, piece.position, piece.size);
  }
  std::ranges::sort(places);
  places.erase(std::unique(places.begin(), places.end()), places.end());
  for (const auto& [extent, position, size] : places) {
    change_[extent] += sign * static_cast<std::int64_t>(stored_size(size));
  }
}

Result<> Usage::apply(store::Writer& writer) const {
  for (const auto& [extent, bytes] : change_) {
    if (bytes == 0) {
      continue;
    }
    TRY(const auto changed,
        writer.change("UPDATE blob_extents SET live = live + ? WHERE id = ? AND state <> 2", bytes, extent));
    if (changed == 0 && bytes > 0) {
      return corrupt("extent {} would get {} more bytes but does not exist", extent, bytes);
    }
  }
  return ok();
}

Result<> change_references(store::Writer& writer, OwnerId owner, const Pieces& before, const Pieces& after) {
  const auto old_extents = extents_of(before);
  const auto new_extents = extents_of(after);
  for (const auto extent : old_extents) {
    if (!std::ranges::binary_search(new_extents, extent)) {
      TRY(writer.change("DELETE FROM blob_references WHERE extent = ? AND owner = ?", extent, owner));
    }
  }
  for (const auto extent : new_extents) {
    if (!std::ranges::binary_search(old_extents, extent)) {
      TRY(writer.change("INSERT INTO blob_references (extent, owner) VALUES (?, ?) ON CONFLICT DO NOTHING", extent,
                        owner));
    }
  }
  return ok();
}

}  // namespace quaymaster::blob
