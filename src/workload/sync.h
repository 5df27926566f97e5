#pragma once

#include "base/result.h"

namespace quaymaster::workload {

/// The calls that make what a restore wrote durable. Tests pass one that fails, or that notes what a power cut leaves.
/// Thread-safe.
class Sync {
 public:
  virtual ~Sync() = default;
  /// Everything written to the file system that holds the open directory. Errc::io, Errc::no_space: something of it was
  /// lost; the kernel reports that once only, so whatever was not durable before must be written again.
  virtual Result<> file_system(int directory) = 0;
  /// The bytes of one open file.
  virtual Result<> file(int file) = 0;
  /// The names in one open directory.
  virtual Result<> directory(int directory) = 0;
};
Sync& system_sync();

}  // namespace quaymaster::workload
