#pragma once

#include <cstdint>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster {

/// How much room there is on the file system of one directory, and how much of it is kept. Whatever adds data asks
/// `admit` first and is refused while less than the floor is free, so that deletions, records and the audit log still
/// find room on a disk that is full for everybody else. Why: doc/decisions/0019-full-disk.md. Thread-safe.
class Space {
 public:
  /// `disk` must outlive it. `floor` in bytes; 0 keeps nothing.
  Space(Disk& disk, Path path, std::uint64_t floor) : disk_(disk), path_(std::move(path)), floor_(floor) {}

  /// Asked before `bytes` are added. Errc::no_space: less than the floor would be free then. Costs one look at the file
  /// system; one that cannot be asked admits everything, and the write itself tells.
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

/// What is kept of a disk of `total` bytes when nobody says otherwise: 1 %, at least 64 MiB (one extent of blobs, which
/// moving live data together needs) and at most 1 GiB, but never more than a quarter of a small disk.
std::uint64_t default_floor(std::uint64_t total);

}  // namespace quaymaster
