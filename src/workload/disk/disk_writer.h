#pragma once

#include "workload/disk/disk_root.h"
#include "workload/files/handle.h"

namespace quaymaster::workload {

/// Decides where the blocks of a disk go in an image file. `place` is called in disk order by one thread; many threads
/// write the blocks.
class DiskWriter {
 public:
  virtual ~DiskWriter() = default;
  /// The file offset for the blocks named by `ids`, which are contiguous without the zero ones; `offset` is that of the
  /// first of them on the disk. Errc::no_space, Errc::io.
  virtual Result<std::vector<std::uint64_t>> place(std::uint64_t offset, Bytes ids) = 0;
  /// Completes the file after everything has been placed and written.
  virtual Result<> finish() = 0;
};

/// Block i at its own offset.
std::unique_ptr<DiskWriter> raw_writer(int file, std::uint64_t disk_size);
/// Version 3, clusters of 64 KiB, nothing allocated for zeros; each block's clusters lie together.
std::unique_ptr<DiskWriter> qcow2_writer(int file, std::uint64_t disk_size);

}  // namespace quaymaster::workload
