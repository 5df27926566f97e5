#pragma once

#include "workload/disk/disk.h"

namespace quaymaster::workload {

/// A disk of any size with contents generated from a seed, for tests and for stand-ins without a real disk; processed
/// by the real engine like any other. Thread-safe.
struct SimulatedDisk {
  std::uint64_t size = 64 << 20;
  std::uint64_t seed = 1;
  std::uint64_t generation = 0;     // numbers the states of the disk over time
  double change_rate = 0.01;        // fraction of blocks that differ between consecutive generations
  double zero_share = 0.3;          // fraction of blocks that are holes
  double compressible_share = 0.6;  // fraction of a block's bytes that repeat
};

/// The disk in its generation. Images with equal parameters are identical; blocks are 256 KiB.
std::unique_ptr<DiskImage> simulated_image(SimulatedDisk disk);

}  // namespace quaymaster::workload
