#pragma once

#include "workload/disk/disk.h"
#include "workload/files/part_list.h"

namespace quaymaster::workload {

// The root of a disk's point. Format: doc/formats/disk-root.md.

constexpr std::uint32_t kDiskVersion = 2;
constexpr std::uint64_t kBlock = vault::kAlignedChunk;
constexpr std::size_t kBlockIdSize = sizeof(vault::ChunkId::bytes);

struct DiskRoot {
  std::uint64_t size = 0;
  ImageFormat format = ImageFormat::raw;
  bool changed_meanwhile = false;
  std::optional<ImageStamp> stamp;  // of the image file, if it is conclusive
  /// The stream of the map: one id per block of the disk, zeros for a block of zeros.
  PartList map;
};
Buffer write_disk_root(const DiskRoot& root);
bool is_disk_root(Bytes root);
/// Errc::invalid: another workload's. Errc::unsupported: newer. Errc::corrupt.
Result<DiskRoot> read_disk_root(Bytes root);

inline std::uint64_t block_count(std::uint64_t size) {
  return size / kBlock + (size % kBlock != 0 ? 1 : 0);
}
/// The size in bytes of block `number` on a disk of `size` bytes: the last may be short.
inline std::uint64_t block_size(std::uint64_t size, std::uint64_t number) {
  return std::min(kBlock, size - number * kBlock);
}

/// The extents of consecutive blocks with the given ids, starting with block `first`. Adjacent blocks of zeros become
/// one extent.
std::vector<vault::StreamPart> extents_of(Bytes ids, std::uint64_t first, std::uint64_t disk_size);
/// The inverse; the extents begin at a block boundary. Errc::corrupt: they are not cut at blocks.
Result<> append_ids(Buffer& ids, std::span<const vault::StreamPart> extents);

}  // namespace quaymaster::workload
