#pragma once

#include "vault/vault.h"
#include "workload/progress.h"

namespace quaymaster::workload {

/// The result of one restore. `failures` lists items that could not be restored completely (nothing of them remains
/// under their name); `warnings` lists items that have their bytes but lack an attribute, or were left out on purpose.
struct Restore {
  std::uint64_t restored = 0;  // items
  std::uint64_t skipped = 0;   // already there: identical, or kept according to the copy option
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;        // written or found identical, including holes
  std::vector<Warning> failures;  // the first of them, at most Warnings::kMostListed
  std::vector<Warning> warnings;
  std::uint64_t warning_count = 0;
};

/// A place to which points are restored. Every implementation passes the suite in
/// testing/workload/workload_conformance.h.
class Target {
 public:
  virtual ~Target() = default;
  /// Writes what `root` describes, on several threads. Everything written is durable on return.
  ///
  /// Safe to repeat after a crash, a power failure, or any error in the same process: the remains of an unfinished
  /// restore are distinguishable from complete files, since nothing gets its name, or the mode that marks it as
  /// complete, before its bytes are durable. An item is skipped as already present only after its bytes were read and
  /// compared; size and times prove nothing, since a file system may keep them and lose the bytes.
  /// Errc::invalid, Errc::corrupt: the root is not of this kind. Errc::no_space: the disk is full. Errc::conflict: see
  /// the target's options. Errc::cancelled and other errors of the heartbeat. Bytes that fail verification are never
  /// written: that item fails.
  virtual Result<Restore> restore(Bytes root, const vault::OpenStream& open, const Heartbeat& heartbeat) = 0;
};

}  // namespace quaymaster::workload
