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

/// Content-defined chunking: a gear hash with normalised boundaries (FastCDC, Xia et al. 2016). The cut positions
/// depend on a key of the vault, so that chunk sizes reveal nothing about known files to someone with access to the
/// disk. Stateless; thread-safe.
class Chunker {
 public:
  explicit Chunker(const SealKey& key);
  /// The length of the first chunk of `bytes`, at most kLargestCut; all of `bytes` when it contains no cut. A chunk is
  /// complete when the length is less than bytes.size(), or kLargestCut, or the stream ends here.
  /// `scanned`: this many bytes were already examined without finding a cut; it changes only the speed.
  std::size_t cut(Bytes bytes, std::size_t scanned = 0) const;

 private:
  std::array<std::uint64_t, 256> gear_;
};

}  // namespace quaymaster::vault
