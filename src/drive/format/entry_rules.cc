#include "drive/format/entry_rules.h"

#include "base/encode.h"

namespace quaymaster::drive {

void RangeRules::begin(BlobKind kind) {
  kind_ = kind;
  end_ = 0;
  count_ = 0;
}

Result<> RangeRules::next(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t longest = kind_ == BlobKind::block ? kLongestBlock : kLongestPageRange;
  if (length == 0 || length > longest) {
    return invalid("a range has {} bytes, from 1 to {} are allowed", length, longest);
  }
  if (offset < end_) {
    return invalid("the range at {} overlaps the one before it, which ends at {}", offset, end_);
  }
  if (kind_ == BlobKind::block && offset > end_) {
    return invalid("there is a gap between the block that ends at {} and the one at {}", end_, offset);
  }
  if (kind_ == BlobKind::block && count_ == kMostBlocks) {
    return invalid("a blob has more than {} blocks", kMostBlocks);
  }
  if (kind_ == BlobKind::page && (offset % kPageSize != 0 || length % kPageSize != 0)) {
    return invalid("the page range at {} of {} bytes is not aligned to pages of {}", offset, length, kPageSize);
  }
  end_ = offset + length;
  ++count_;
  return ok();
}

Result<> RangeRules::end(std::uint64_t blob_length) const {
  if (kind_ == BlobKind::block && end_ != blob_length) {
    return invalid("the blocks cover {} bytes of a blob of {}", end_, blob_length);
  }
  if (kind_ == BlobKind::page && end_ > blob_length) {
    return invalid("a page range ends at {}, past the end of a blob of {}", end_, blob_length);
  }
  if (kind_ == BlobKind::page && blob_length % kPageSize != 0) {
    return invalid("a page blob of {} bytes is not a whole number of pages of {}", blob_length, kPageSize);
  }
  return ok();
}

void IdRules::next(std::string_view id) {
  if (id.empty()) {
    ++without_;
    return;
  }
  const auto decoded = decode_base64(id);
  const auto size = decoded ? decoded.value().size() : 0;
  illegal_ = illegal_ || size == 0 || size > 64;
  uneven_ = uneven_ || (with_ > 0 && size != decoded_size_);
  decoded_size_ = size;
  ++with_;
}

std::string IdRules::problem(std::uint64_t blob_length) const {
  if (illegal_) {
    return "a block id is not the base64 of 1 to 64 bytes";
  }
  if (uneven_) {
    return "the block ids differ in length";
  }
  if (with_ > 0 && without_ > 0) {
    return "some blocks have an id and some do not";
  }
  if (without_ > 0 && blob_length > kIdsOptionalUpTo) {
    return "a blob of more than 64 MiB needs block ids";
  }
  return {};
}

}  // namespace quaymaster::drive
