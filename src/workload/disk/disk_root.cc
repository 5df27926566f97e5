#include "workload/disk/disk_root.h"

#include <algorithm>

namespace quaymaster::workload {
namespace {

constexpr std::string_view kMagic{"QMDISK\0\0", 8};
constexpr std::uint8_t kChangedMeanwhile = 1;
constexpr std::uint8_t kHasStamp = 2;  // since version 2
constexpr std::uint64_t kLargestDisk = std::uint64_t{1} << 56;

void append_time(Buffer& bytes, const FileTime& time) {
  append_signed(bytes, time.seconds);
  append_number(bytes, time.nanoseconds);
}
FileTime read_time(Cursor& cursor) {
  const auto seconds = cursor.signed_number();
  return {seconds, static_cast<std::uint32_t>(cursor.number())};
}

bool is_zero_id(Bytes id) {
  return std::ranges::all_of(id, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Buffer write_disk_root(const DiskRoot& root) {
  Buffer bytes;
  append(bytes, as_bytes(kMagic));
  append_le(bytes, kDiskVersion);
  append_number(bytes, root.size);
  bytes.push_back(static_cast<std::uint8_t>(root.format));
  bytes.push_back(
      static_cast<std::uint8_t>((root.changed_meanwhile ? kChangedMeanwhile : 0) | (root.stamp ? kHasStamp : 0)));
  append_list(bytes, root.map);
  if (root.stamp) {
    append_number(bytes, root.stamp->inode);
    append_time(bytes, root.stamp->modified);
    append_time(bytes, root.stamp->changed);
  }
  return bytes;
}

bool is_disk_root(Bytes root) {
  return root.size() >= kMagic.size() + 4 && std::ranges::equal(root.first(kMagic.size()), as_bytes(kMagic));
}

Result<DiskRoot> read_disk_root(Bytes bytes) {
  if (!is_disk_root(bytes)) {
    return invalid("not the root of a disk");
  }
  if (const auto version = load_le32(bytes.subspan(kMagic.size())); version > kDiskVersion) {
    return unsupported("a disk's root of version {}", version);
  }
  Cursor cursor(bytes.subspan(kMagic.size() + 4));
  DiskRoot root;
  root.size = cursor.number();
  const auto format = cursor.byte();
  root.format = static_cast<ImageFormat>(format);
  const auto flags = cursor.byte();
  root.changed_meanwhile = (flags & kChangedMeanwhile) != 0;
  root.map = read_list(cursor);
  if ((flags & kHasStamp) != 0) {
    root.stamp.emplace();
    root.stamp->inode = cursor.number();
    root.stamp->modified = read_time(cursor);
    root.stamp->changed = read_time(cursor);
  }
  if (cursor.failed() || !cursor.rest().empty() || root.size > kLargestDisk ||
      format > static_cast<std::uint8_t>(ImageFormat::qcow2) ||
      root.map.size != block_count(root.size) * kBlockIdSize) {
    return corrupt("a disk's root cannot be read");
  }
  return root;
}

std::vector<vault::StreamPart> extents_of(Bytes ids, std::uint64_t first, std::uint64_t disk_size) {
  std::vector<vault::StreamPart> extents;
  for (auto number = first; !ids.empty(); ++number, ids = ids.subspan(kBlockIdSize)) {
    const auto size = block_size(disk_size, number);
    const auto id = ids.first(kBlockIdSize);
    if (!is_zero_id(id)) {
      vault::ChunkId chunk;
      std::ranges::copy(id, chunk.bytes.begin());
      extents.push_back({chunk, size});
    } else if (!extents.empty() && !extents.back().chunk) {
      extents.back().size += size;
    } else {
      extents.push_back({std::nullopt, size});
    }
  }
  return extents;
}

Result<> append_ids(Buffer& ids, std::span<const vault::StreamPart> extents) {
  bool short_one = false;
  for (const auto& extent : extents) {
    const auto blocks = block_count(extent.size);
    if (short_one || (extent.chunk && blocks != 1)) {
      return corrupt("a disk's extents are not cut at its blocks");
    }
    short_one = extent.size % kBlock != 0;
    if (extent.chunk) {
      append(ids, extent.chunk->bytes);
    } else {
      ids.resize(ids.size() + static_cast<std::size_t>(blocks) * kBlockIdSize);
    }
  }
  return ok();
}

}  // namespace quaymaster::workload
