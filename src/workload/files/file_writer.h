#pragma once

#include "workload/files/handle.h"
#include "workload/files/part_list.h"
#include "workload/files/worker_pool.h"
#include "workload/tree.h"

namespace quaymaster::workload {

/// Writes a stream into an open, empty file, zeros as holes; large ones with the help of the workers. Errc::corrupt:
/// bytes of it fail their check or are missing; the file then holds nothing that failed. Errc::no_space, Errc::io, and
/// what the heartbeat answered.
Result<> write_content(int file, const PartList& content, const vault::OpenStream& open, WorkerPool& workers,
                       Meter& meter);

/// Whether an open file has exactly the bytes of the stream: reads both, holes of the file only where it must. What was
/// read for nothing is added to what the meter expects. Errc::corrupt, Errc::io, and what the heartbeat answered.
Result<bool> has_content(int file, const PartList& content, const vault::OpenStream& open, WorkerPool& workers,
                         Meter& meter);

/// Writes all bytes at `offset`. Errc::no_space, Errc::io.
Result<> write_fully(int file, Bytes bytes, std::uint64_t offset);

/// What bytes that are written past the page cache must be a multiple of: their address, their place and their size.
constexpr std::size_t kDirect = 4 * kKiB;

/// A file that several threads write. The kernel lets in one at a time, and burns the time of those who wait.
class SharedFile {
 public:
  enum class Cache { through, past };
  /// `past`: where the file system can, past the page cache. For files that nobody reads soon: it saves a copy, and
  /// others keep what they have in the cache.
  explicit SharedFile(int file, Cache cache = Cache::through);
  /// What is not aligned to kDirect goes through the cache.
  Result<> write(Bytes bytes, std::uint64_t offset);
  /// Has the disk begin with what was written there, so that a sync at the end finds little to do.
  void start_writeback(std::uint64_t offset, std::uint64_t size) const;

 private:
  bool write_direct(Bytes bytes, std::uint64_t offset);

  const int file_;
  std::mutex mutex_;
  Handle direct_;  // the same file
};

/// Writes one stretch: `offset` is where its first extent lies in the file. Zeros are left out.
Result<> write_stretch(SharedFile& file, std::uint64_t offset, std::vector<vault::StreamPart> extents,
                       const vault::OpenStream& open, Meter& meter);

}  // namespace quaymaster::workload
