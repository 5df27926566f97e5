#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drive/format/manifest.h"

namespace quaymaster::drive {

/// The rules for the ranges of one blob, checked one by one so that they need not be kept.
/// Source: manifest file format, PageRangeList and BlockList; a violation is Errc::invalid, ManifestFormatInvalid.
class RangeRules {
 public:
  void begin(BlobKind kind);
  Result<> next(std::uint64_t offset, std::uint64_t length);
  Result<> end(std::uint64_t blob_length) const;
  std::uint64_t count() const { return count_; }

 private:
  BlobKind kind_ = BlobKind::block;
  std::uint64_t end_ = 0;  // of the previous range
  std::uint64_t count_ = 0;
};

/// The rules for the block ids of one blob; a violation fails only that blob. Source: manifest file format, BlockList;
/// Put Block.
class IdRules {
 public:
  void begin() { *this = IdRules(); }
  void next(std::string_view id);
  /// Empty when the blob service would accept them.
  std::string problem(std::uint64_t blob_length) const;

 private:
  std::uint64_t with_ = 0;
  std::uint64_t without_ = 0;
  std::size_t decoded_size_ = 0;
  bool illegal_ = false;
  bool uneven_ = false;
};

}  // namespace quaymaster::drive
