#pragma once

#include <cstdint>

#include "base/files/disk.h"
#include "base/result.h"

namespace quaymaster::cli {

/// A source for tests: its bytes are generated from the seed, and from one generation to the next the fraction
/// `change_rate` of its blocks of 256 KiB changes (of smaller files: that fraction of the files). Equal parameters give
/// equal bytes on every machine.
struct Simulation {
  std::uint64_t size = 1ULL << 30;  // in total
  std::uint64_t seed = 1;
  std::uint64_t generation = 0;
  double change_rate = 0.01;
  std::uint64_t files = 1000;  // of a share
};

/// How much of a source had to be written.
struct Simulated {
  std::uint64_t bytes = 0;  // of the source
  std::uint64_t bytes_written = 0;
};

/// Brings a raw disk image to its generation, in place: only what differs is written, as when a machine changes its
/// disk. A third of it is holes. Errors of the disk.
Result<Simulated> simulate_disk(Disk& disk, const Path& image, const Simulation& simulation);
/// The same for a directory of files, a hundred per folder, of half to one and a half times the mean size. Other files
/// in it are left alone.
Result<Simulated> simulate_share(Disk& disk, const Path& directory, const Simulation& simulation);

/// "1048576", "64MiB", "2GiB" (KiB, MiB, GiB, TiB). Errc::invalid.
Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace quaymaster::cli
