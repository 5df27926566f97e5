#include "drive/read/byte_source.h"

#include <algorithm>

namespace quaymaster::drive {

ByteSource read_from(File& file, std::uint64_t offset) {
  return [&file, offset](MutableBytes into) mutable -> Result<std::size_t> {
    TRY(const auto count, file.read_at(into, offset));
    offset += count;
    return count;
  };
}

ByteSource read_from(Bytes bytes) {
  return [bytes](MutableBytes into) mutable -> Result<std::size_t> {
    const auto count = std::min(into.size(), bytes.size());
    std::copy_n(bytes.begin(), count, into.begin());
    bytes = bytes.subspan(count);
    return count;
  };
}

ByteSink write_to(File& file, std::uint64_t offset) {
  return [&file, offset](Bytes bytes) mutable -> Result<> {
    TRY(file.write_at(bytes, offset));
    offset += bytes.size();
    return ok();
  };
}

}  // namespace quaymaster::drive
