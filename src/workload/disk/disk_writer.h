#pragma once

#include "workload/disk/disk_root.h"
#include "workload/files/handle.h"

namespace quaymaster::workload {

/// Where the blocks of a disk go in an image file that is being written. `place` is called in order of the disk by one
/// thread; what it answers is written by many.
class DiskWriter {
 public:
  virtual ~DiskWriter() = default;
  /// Where in the file the blocks that `ids` names go, one after the other without those of zeros; `offset` is that of
  /// the first of them on the disk. Errc::no_space, Errc::io.
  virtual Result<std::vector<std::uint64_t>> place(std::uint64_t offset, Bytes ids) = 0;
  /// Everything has been placed and written: completes the file.
  virtual Result<> finish() = 0;
};

/// Block i at its own offset.
std::unique_ptr<DiskWriter> raw_writer(int file, std::uint64_t disk_size);
/// Version 3, clusters of 64 KiB, nothing allocated for zeros; each block's clusters lie together.
std::unique_ptr<DiskWriter> qcow2_writer(int file, std::uint64_t disk_size);

}  // namespace quaymaster::workload
