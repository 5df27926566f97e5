#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drive/format/manifest.h"

namespace quaymaster::drive {

/// The rules that the ranges of one blob must keep, checked one after the other so that they need not be held.
/// Source: manifest file format, PageRangeList and BlockList; breaking one is Errc::invalid, ManifestFormatInvalid.
class RangeRules {
 public:
  void begin(BlobKind kind);
  Result<> next(std::uint64_t offset, std::uint64_t length);
  Result<> end(std::uint64_t blob_length) const;
  std::uint64_t count() const { return count_; }

 private:
  BlobKind kind_ = BlobKind::block;
  std::uint64_t end_ = 0;  // of the range before
  std::uint64_t count_ = 0;
};

/// The rules of the block ids of one blob, which cost that blob only. Source: manifest file format, BlockList; Put
/// Block.
class IdRules {
 public:
  void begin() { *this = IdRules(); }
  void next(std::string_view id);
  /// Empty when the blob service would take them.
  std::string problem(std::uint64_t blob_length) const;

 private:
  std::uint64_t with_ = 0;
  std::uint64_t without_ = 0;
  std::size_t decoded_size_ = 0;
  bool illegal_ = false;
  bool uneven_ = false;
};

}  // namespace quaymaster::drive
