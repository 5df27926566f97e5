#include "workload/image/qcow2_header.h"

#include <algorithm>
#include <array>

namespace quaymaster::workload {
namespace {

constexpr std::size_t kVersion2Header = 72;
constexpr std::uint64_t kMostL1 = 4 * kMiB;  // entries: qemu's own limit

// Incompatible features.
constexpr std::uint64_t kDirty = 1;  // reference counts may be stale: of no concern to a reader
constexpr std::uint64_t kDamaged = 2;
constexpr std::uint64_t kExternalData = 4;
constexpr std::uint64_t kCompressionType = 8;
constexpr std::uint64_t kExtendedL2 = 16;

}  // namespace

bool is_qcow2(Bytes first_bytes) {
  constexpr std::array<std::uint8_t, 4> kMagic{'Q', 'F', 'I', 0xFB};
  return first_bytes.size() >= kMagic.size() && std::ranges::equal(first_bytes.first(kMagic.size()), kMagic);
}

Result<Qcow2Header> parse_qcow2_header(Bytes bytes) {
  if (bytes.size() < kVersion2Header || !is_qcow2(bytes)) {
    return corrupt("not a qcow2 image");
  }
  const auto version = load_be(bytes.subspan(4), 4);
  if (version != 2 && version != 3) {
    return unsupported("qcow2 of version {}", version);
  }
  if (load_be(bytes.subspan(8), 8) != 0) {
    return unsupported("the image has a backing file: flatten it first, no other file is opened");
  }
  if (load_be(bytes.subspan(32), 4) != 0) {
    return unsupported("the image is encrypted");
  }
  Qcow2Header header;
  header.cluster_bits = static_cast<unsigned>(load_be(bytes.subspan(20), 4));
  header.size = load_be(bytes.subspan(24), 8);
  header.l1_entries = load_be(bytes.subspan(36), 4);
  header.l1_offset = load_be(bytes.subspan(40), 8);
  if (version == 3) {
    if (bytes.size() < kVersion2Header + 32) {
      return corrupt("the header is cut short");
    }
    const auto features = load_be(bytes.subspan(72), 8);
    if ((features & kDamaged) != 0) {
      return corrupt("the image is marked as corrupt: repair it first");
    }
    if ((features & kExternalData) != 0) {
      return unsupported("the image keeps its data in another file, which is not opened");
    }
    if ((features & kExtendedL2) != 0) {
      return unsupported("extended L2 entries");
    }
    if ((features & ~(kDirty | kCompressionType)) != 0) {
      return unsupported("unknown incompatible features {:#x}", features);
    }
    header.zeros_flag = true;
    if ((features & kCompressionType) != 0) {
      if (load_be(bytes.subspan(100), 4) <= 104 || bytes.size() < 105) {
        return corrupt("the header is cut short");
      }
      if (bytes[104] > 1) {
        return unsupported("compression of type {}", bytes[104]);
      }
      header.zstd = bytes[104] == 1;
    }
  }
  if (header.cluster_bits < 9 || header.cluster_bits > 21) {
    return corrupt("clusters of 2^{} bytes", header.cluster_bits);
  }
  const auto covered_bits = 2 * header.cluster_bits - 3;  // by one L1 entry
  if (header.size > std::uint64_t{1} << 56 || header.l1_entries > kMostL1 ||
      (header.size >> covered_bits) + ((header.size & ((std::uint64_t{1} << covered_bits) - 1)) != 0 ? 1 : 0) >
          header.l1_entries) {
    return corrupt("{} entries of level 1 for {} bytes", header.l1_entries, header.size);
  }
  return header;
}

}  // namespace quaymaster::workload
