#include "drive/format/range_list.h"

#include <limits>

#include "base/check.h"

namespace quaymaster::drive {
void RangeList::add(const Range& range) {
  check(range.hash.size() <= 64 && range.id.size() <= 255);
  check(texts_.size() <= std::numeric_limits<std::uint32_t>::max());
  rows_.push_back({range.offset, range.length, static_cast<std::uint32_t>(texts_.size()),
                   static_cast<std::uint8_t>(range.algorithm), static_cast<std::uint8_t>(range.hash.size()),
                   static_cast<std::uint8_t>(range.id.size())});
  append(texts_, range.hash);
  append(texts_, as_bytes(range.id));
}

void RangeList::clear() {
  rows_.clear();
  texts_.clear();
}

Range RangeList::operator[](std::size_t index) const {
  const StoredRange& row = rows_[index];
  const Bytes texts = Bytes(texts_).subspan(row.text_at, row.hash_size + row.id_size);
  return {row.offset, row.length, static_cast<HashAlgorithm>(row.algorithm), texts.first(row.hash_size),
          as_text(texts.last(row.id_size))};
}

}  // namespace quaymaster::drive
