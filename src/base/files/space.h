#pragma once

#include <cstdint>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster {

/// The free space on the file system of one directory, and how much of it is reserved. Everything that adds data calls
/// `admit` first and is refused when less than the floor would remain free, so that deletions, records and the audit
/// log still have room on a disk that is full for everything else. Why: doc/decisions/0019-full-disk.md. Thread-safe.
class Space {
 public:
  /// `disk` must outlive it. `floor` in bytes; 0 reserves nothing.
  Space(Disk& disk, Path path, std::uint64_t floor) : disk_(disk), path_(std::move(path)), floor_(floor) {}

  /// Call before adding `bytes`. Errc::no_space: less than the floor would remain free. Costs one query of the file
  /// system; if that fails everything is admitted, and the write itself reports the failure.
  Result<> admit(std::uint64_t bytes) const;
  /// Whether `bytes` could be added now.
  bool has_room(std::uint64_t bytes) const { return admit(bytes).has_value(); }

  Result<std::uint64_t> free_bytes() const { return disk_.free_bytes(path_); }
  std::uint64_t floor() const { return floor_; }

 private:
  Disk& disk_;
  const Path path_;
  const std::uint64_t floor_;
};

/// The default reserve on a disk of `total` bytes: 1 %, at least 64 MiB (one blob extent, which compaction needs) and
/// at most 1 GiB, but never more than a quarter of a small disk.
std::uint64_t default_floor(std::uint64_t total);

}  // namespace quaymaster
