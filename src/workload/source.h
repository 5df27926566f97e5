#pragma once

#include <memory>
#include <optional>

#include "vault/vault.h"
#include "workload/progress.h"

namespace quaymaster::workload {

/// The result of one capture: the root of a recovery point, and statistics.
struct Capture {
  Buffer root;  // for vault::Vault::commit; format: doc/formats/tree-catalog.md, doc/formats/disk-root.md
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;            // total size of the protected files or of the disk, including holes
  std::uint64_t items_unchanged = 0;  // not read again: taken from the previous point
  std::uint64_t bytes_unchanged = 0;
  std::vector<Warning> warnings;  // the first of them, at most Warnings::kMostListed
  std::uint64_t warning_count = 0;
  bool changed_meanwhile = false;  // something was written during the capture: the point may mix two states of it
};

/// The previous point of the same source: what has not changed since is not read again.
struct Previous {
  Buffer root;
  vault::OpenStream open;
};

/// Something that can be protected. Every implementation passes the suite in testing/workload/workload_conformance.h.
class Source {
 public:
  virtual ~Source() = default;
  /// Stores the source in `session` on several threads and returns the root; the caller commits it. A damaged or
  /// foreign `previous` costs time, never correctness. Memory is bounded whatever the size of the source.
  /// Errc::not_found: the source does not exist. Errc::forbidden: it cannot be read at all. Errc::cancelled and other
  /// errors of the heartbeat. Errc::no_space, Errc::io: from the vault. Items that cannot be read become warnings.
  virtual Result<Capture> capture(vault::Session& session, const std::optional<Previous>& previous,
                                  const Heartbeat& heartbeat) = 0;
};

/// Reports every extent reachable from a point of any of our workloads: for vault::Options::trace.
vault::Trace trace();

/// Opens the streams of a vault.
inline vault::OpenStream open_with(vault::Vault& vault) {
  return [&vault](std::vector<vault::StreamPart> extents) { return vault.read(std::move(extents)); };
}

}  // namespace quaymaster::workload
