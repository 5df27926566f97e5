#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>

#include "base/files/disk.h"
#include "base/files/space.h"

namespace quaymaster::server {

/// Space set aside on the disk of the data directory: files of one slice each below DATA/reserve whose blocks are
/// allocated but never written. They are released one at a time when there is no other space for a record, a line of
/// the audit log or a start, and recreated when the disk has room. Why: doc/decisions/0019-full-disk.md. Thread-safe.
class Reserve {
 public:
  static constexpr std::uint64_t kSlice = 4 * kMiB;
  /// With less than this free, a slice is released. Less than a slice, so that each is used before the next is
  /// released.
  static constexpr std::uint64_t kLow = 2 * kMiB;

  /// `disk` must outlive it. Finds existing slices; creates none. `most` is the target number.
  Reserve(Disk& disk, Path directory, std::size_t most);

  /// Releases slices until kLow is free or none is left. Costs one query of the file system.
  void make_room();
  /// Recreates missing slices as long as the floor of `space` and one slice stay free after each.
  void restore(const Space& space);
  std::size_t slices() const;

  /// The number of slices for a disk of `total` bytes: eight, but never more than a sixteenth of the disk.
  static std::size_t most_of(std::uint64_t total);

 private:
  Path file(std::size_t number) const { return directory_ / std::to_string(number); }
  Result<> make_slice(std::size_t number);

  Disk& disk_;
  const Path directory_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::set<std::size_t> slices_;
};

}  // namespace quaymaster::server
