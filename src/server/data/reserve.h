#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>

#include "base/files/disk.h"
#include "base/files/space.h"

namespace quaymaster::server {

/// Space set aside on the disk of the data directory: files of one slice each below DATA/reserve whose blocks are
/// allocated and never written. Given up one by one when there is no other space for a record, a line of the audit log
/// or a start; made again when the disk has room. Why: doc/decisions/0019-full-disk.md. Thread-safe.
class Reserve {
 public:
  static constexpr std::uint64_t kSlice = 4 * kMiB;
  /// With less than this free a slice is given up. Less than a slice, so that each is used before the next one goes.
  static constexpr std::uint64_t kLow = 2 * kMiB;

  /// `disk` must outlive it. Finds the slices that are there; makes none. `most` is how many there are to be.
  Reserve(Disk& disk, Path directory, std::size_t most);

  /// Gives up slices until kLow is free or none is left. Costs one look at the file system.
  void make_room();
  /// Makes slices that are missing as long as the floor of `space` and one slice stay free behind each.
  void restore(const Space& space);
  std::size_t slices() const;

  /// So many slices for a disk of `total` bytes: eight, and never more than a sixteenth of it.
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
