#include "base/files/space.h"

#include <algorithm>

namespace quaymaster {

Result<> Space::admit(std::uint64_t bytes) const {
  if (floor_ == 0) {
    return ok();
  }
  const auto free = free_bytes();
  if (free && (free.value() < floor_ || free.value() - floor_ < bytes)) {
    return no_space("cannot add {} bytes to {}: {} are free and {} of them are reserved", bytes, path_.native(),
                    free.value(), floor_);
  }
  return ok();
}

std::uint64_t default_floor(std::uint64_t total) {
  return std::min(std::clamp<std::uint64_t>(total / 100, 64 * kMiB, kGiB), total / 4);
}

}  // namespace quaymaster
