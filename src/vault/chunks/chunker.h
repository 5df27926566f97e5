#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/digests/seal.h"

namespace quaymaster::vault {

constexpr std::size_t kSmallestCut = 64 * kKiB;
constexpr std::size_t kTypicalCut = 256 * kKiB;
constexpr std::size_t kLargestCut = 1 * kMiB;

/// Content-defined chunking: a gear hash with normalised boundaries (FastCDC, Xia et al. 2016). Where it cuts depends
/// on a key of the vault, so that chunk sizes tell the keeper of the disk nothing about known files. Stateless;
/// thread-safe.
class Chunker {
 public:
  explicit Chunker(const SealKey& key);
  /// The length of the first chunk of `bytes`, at most kLargestCut; all of `bytes` when nothing in it asks for a cut.
  /// A chunk is complete when that is less than bytes.size(), or kLargestCut, or the stream ends here.
  /// `scanned`: so many bytes were looked at before without a cut; the answer is the same without it, and later.
  std::size_t cut(Bytes bytes, std::size_t scanned = 0) const;

 private:
  std::array<std::uint64_t, 256> gear_;
};

}  // namespace quaymaster::vault
