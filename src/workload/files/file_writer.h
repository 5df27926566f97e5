#pragma once

#include "workload/files/handle.h"
#include "workload/files/part_list.h"
#include "workload/files/worker_pool.h"
#include "workload/tree.h"

namespace quaymaster::workload {

/// Writes a stream into an open, empty file, with zeros as holes; large ones with the help of the workers.
/// Errc::corrupt: some bytes fail verification or are missing; nothing that failed was written. Errc::no_space,
/// Errc::io, and errors of the heartbeat.
Result<> write_content(int file, const PartList& content, const vault::OpenStream& open, WorkerPool& workers,
                       Meter& meter);

/// Whether an open file has exactly the bytes of the stream: reads both, and holes of the file only where necessary.
/// Bytes read in vain are added to the meter's total. Errc::corrupt, Errc::io, and errors of the heartbeat.
Result<bool> has_content(int file, const PartList& content, const vault::OpenStream& open, WorkerPool& workers,
                         Meter& meter);

/// Writes all bytes at `offset`. Errc::no_space, Errc::io.
Result<> write_fully(int file, Bytes bytes, std::uint64_t offset);

/// The alignment of address, offset and size for direct I/O.
constexpr std::size_t kDirect = 4 * kKiB;

/// A file written by several threads. The kernel serialises the writers, and waiting ones burn processor time.
class SharedFile {
 public:
  enum class Cache { through, past };
  /// `past`: bypass the page cache where the file system supports it. For files that are not read soon: it saves a
  /// copy, and keeps other files in the cache.
  explicit SharedFile(int file, Cache cache = Cache::through);
  /// What is not aligned to kDirect goes through the cache.
  Result<> write(Bytes bytes, std::uint64_t offset);
  /// Starts write-back of this range, so that the final sync has little to do.
  void start_writeback(std::uint64_t offset, std::uint64_t size) const;

 private:
  bool write_direct(Bytes bytes, std::uint64_t offset);

  const int file_;
  std::mutex mutex_;
  Handle direct_;  // the same file, for direct I/O
};

/// Writes one range: `offset` is the position of its first extent in the file. Zeros are skipped.
Result<> write_stretch(SharedFile& file, std::uint64_t offset, std::vector<vault::StreamPart> extents,
                       const vault::OpenStream& open, Meter& meter);

}  // namespace quaymaster::workload
