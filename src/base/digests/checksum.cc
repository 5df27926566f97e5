#include "base/digests/checksum.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace quaymaster {

std::uint32_t crc32c(Bytes bytes, std::uint32_t before) {
  // The library's parameters are a non-const pointer and an int length; it does not write.
  auto* data = const_cast<std::uint8_t*>(bytes.data());
  std::uint32_t crc = ~before;
  for (std::size_t done = 0; done < bytes.size();) {
    const auto step = std::min<std::size_t>(bytes.size() - done, kGiB);
    crc = crc32_iscsi(data + done, static_cast<int>(step), crc);
    done += step;
  }
  return ~crc;
}

}  // namespace quaymaster
