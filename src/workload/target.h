#pragma once

#include "vault/vault.h"
#include "workload/progress.h"

namespace quaymaster::workload {

/// What one restore did. `failures` lists items that could not be restored whole (nothing of them is left behind under
/// their name); `warnings` items that are there with their bytes but lack an attribute, or were left out on purpose.
struct Restore {
  std::uint64_t restored = 0;  // items
  std::uint64_t skipped = 0;   // already there: identical, or left alone as the copy option says
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;        // written or found identical, holes included
  std::vector<Warning> failures;  // the first of them, at most Warnings::kMostListed
  std::vector<Warning> warnings;
  std::uint64_t warning_count = 0;
};

/// A place that a point is restored to. Every implementation passes the suite in conformance.h.
class Target {
 public:
  virtual ~Target() = default;
  /// Writes what `root` describes, on several threads. Everything written is durable on return.
  ///
  /// Safe to repeat after a crash or a power cut, and after any failure in the same process: what a restore that did
  /// not end left behind can be told from what is whole, since nothing gets its name, or the mode that lets it pass for
  /// whole, before its bytes are durable. What is passed over as already there was read and has the bytes of the point;
  /// sizes and times prove nothing, since a file system may keep them and lose the bytes.
  /// Errc::invalid, Errc::corrupt: the root is not one of
  /// this kind. Errc::no_space: the disk is full. Errc::conflict: as the target's options say. Errc::cancelled and
  /// whatever else the heartbeat answered. Bytes that fail their check are never written: that item fails.
  virtual Result<Restore> restore(Bytes root, const vault::OpenStream& open, const Heartbeat& heartbeat) = 0;
};

}  // namespace quaymaster::workload
