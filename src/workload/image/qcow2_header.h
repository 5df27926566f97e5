#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::workload {

inline std::uint64_t load_be(Bytes bytes, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i) {
    number = number << 8 | bytes[i];
  }
  return number;
}
inline void append_be(Buffer& buffer, std::uint64_t number, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) {
    buffer.push_back(i < 8 ? static_cast<std::uint8_t>(number >> (8 * i)) : 0);
  }
}

constexpr std::size_t kQcow2LongestHeader = 112;

/// The part of a qcow2 header that a reader needs. Source: qemu, docs/interop/qcow2.txt.
struct Qcow2Header {
  std::uint64_t size = 0;
  unsigned cluster_bits = 16;
  std::uint64_t l1_entries = 0;
  std::uint64_t l1_offset = 0;
  bool zeros_flag = false;  // version 3
  bool zstd = false;
};

/// `first_bytes`: as many as there are, at most a header.
bool is_qcow2(Bytes first_bytes);
/// Errc::corrupt: malformed. Errc::unsupported: valid, but it needs another file (backing file, external data), is
/// encrypted, or uses features that are not implemented.
Result<Qcow2Header> parse_qcow2_header(Bytes first_bytes);

}  // namespace quaymaster::workload
