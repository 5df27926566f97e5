#include "vault/chunks/chunker.h"

#include <algorithm>

namespace quaymaster::vault {
namespace {

// Bits of the hash that must be zero for a cut: two more than typical below the typical size, two fewer above it. The
// upper bits depend on the most bytes.
constexpr std::uint64_t upper_bits(int count) {
  return ~0ULL << (64 - count);
}
constexpr std::uint64_t kStrict = upper_bits(20);
constexpr std::uint64_t kLoose = upper_bits(16);

}  // namespace

Chunker::Chunker(const SealKey& key) {
  SealKey block = key;
  for (std::size_t i = 0; i < gear_.size(); i += 4) {
    block = derive_key(block, {}, "gear");
    for (std::size_t k = 0; k < 4; ++k) {
      gear_[i + k] = load_le64(Bytes(block).subspan(8 * k));
    }
  }
}

std::size_t Chunker::cut(Bytes bytes, std::size_t scanned) const {
  const auto size = std::min(bytes.size(), kLargestCut);
  if (size <= kSmallestCut) {
    return size;
  }
  std::uint64_t hash = 0;
  // A byte no longer affects the hash after 64 more.
  std::size_t at = std::max(kSmallestCut, std::min(scanned, size) - std::min<std::size_t>(scanned, 64));
  for (; at < std::min(scanned, size); ++at) {
    hash = (hash << 1) + gear_[bytes[at]];
  }
  for (const auto typical = std::min(size, kTypicalCut); at < typical; ++at) {
    hash = (hash << 1) + gear_[bytes[at]];
    if ((hash & kStrict) == 0) {
      return at + 1;
    }
  }
  for (; at < size; ++at) {
    hash = (hash << 1) + gear_[bytes[at]];
    if ((hash & kLoose) == 0) {
      return at + 1;
    }
  }
  return size;
}

}  // namespace quaymaster::vault
