#pragma once

#include "base/result.h"

namespace quaymaster::workload {

/// The calls that make a restore durable. Tests pass one that fails, or that records what survives a power failure.
/// Thread-safe.
class Sync {
 public:
  virtual ~Sync() = default;
  /// Syncs everything written to the file system of the open directory. Errc::io, Errc::no_space: some of it was lost;
  /// the kernel reports that only once, so everything that was not durable before must be written again.
  virtual Result<> file_system(int directory) = 0;
  /// The bytes of one open file.
  virtual Result<> file(int file) = 0;
  /// The names in one open directory.
  virtual Result<> directory(int directory) = 0;
};
Sync& system_sync();

}  // namespace quaymaster::workload
