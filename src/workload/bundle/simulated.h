#pragma once

#include "workload/disk/disk.h"

namespace quaymaster::workload {

/// A disk of any size whose bytes come from a seed, for tests and for stand-ins that have no real disk: moved through
/// the real engine like any other. Thread-safe.
struct SimulatedDisk {
  std::uint64_t size = 64 << 20;
  std::uint64_t seed = 1;
  std::uint64_t generation = 0;     // counts the states of the disk over time
  double change_rate = 0.01;        // share of blocks that differ from one generation to the next
  double zero_share = 0.3;          // share of blocks that are holes
  double compressible_share = 0.6;  // share of a block's bytes that repeat
};

/// The disk in its generation. Two images with equal parameters are equal byte for byte; blocks are 256 KiB.
std::unique_ptr<DiskImage> simulated_image(SimulatedDisk disk);

}  // namespace quaymaster::workload
