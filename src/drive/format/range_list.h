#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/digests/digest.h"

namespace quaymaster::drive {

/// One block or page range of a blob: its position in the file and in the blob, and the hash of its bytes. Views point
/// into its list, or to the caller's bytes when adding.
struct Range {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  HashAlgorithm algorithm = HashAlgorithm::md5;
  Bytes hash;           // of the algorithm's size; empty when there is none
  std::string_view id;  // block id, base64 text as written; empty: none
};

/// The ranges of one blob, packed: about 40 bytes per page range and 70 per block, because a blob may have 50,000
/// blocks or two million page ranges. Views stay valid until the list is changed.
class RangeList {
 public:
  class Iterator {
   public:
    using value_type = Range;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    Iterator() = default;
    Iterator(const RangeList* list, std::size_t at) : list_(list), at_(at) {}
    Range operator*() const { return (*list_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      auto before = *this;
      ++at_;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const RangeList* list_ = nullptr;
    std::size_t at_ = 0;
  };

  /// Copies the data behind the views.
  void add(const Range& range);
  void clear();  // keeps the memory
  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  Range operator[](std::size_t index) const;
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, rows_.size()}; }

 private:
  struct StoredRange {
    std::uint64_t offset;
    std::uint64_t length;
    std::uint32_t text_at;  // in texts_: the hash, then the id
    std::uint8_t algorithm;
    std::uint8_t hash_size;
    std::uint8_t id_size;
  };
  std::vector<StoredRange> rows_;
  Buffer texts_;
};

}  // namespace quaymaster::drive
