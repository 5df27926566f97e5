#pragma once

#include <memory>
#include <optional>

#include "vault/vault.h"
#include "workload/progress.h"

namespace quaymaster::workload {

/// What one capture made: the root of a recovery point, and what there is to say about it.
struct Capture {
  Buffer root;  // for vault::Vault::commit; what it means: doc/formats/tree-catalog.md, doc/formats/disk-root.md
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;            // of the protected files or the disk's size, holes included
  std::uint64_t items_unchanged = 0;  // not read again: the previous point has them
  std::uint64_t bytes_unchanged = 0;
  std::vector<Warning> warnings;  // the first of them, at most Warnings::kMostListed
  std::uint64_t warning_count = 0;
  bool changed_meanwhile = false;  // something was written while it was read: the point may mix two states of it
};

/// The point that was captured before from the same source: what has not changed since is not read again.
struct Previous {
  Buffer root;
  vault::OpenStream open;
};

/// Something that can be protected. Every implementation passes the suite in conformance.h.
class Source {
 public:
  virtual ~Source() = default;
  /// Stores the source in `session` on several threads and answers the root; committing it is the caller's. A damaged
  /// or foreign `previous` costs time, never correctness. Memory is bounded whatever the size of the source.
  /// Errc::not_found: the source is not there. Errc::forbidden: it can not be read at all. Errc::cancelled and whatever
  /// else the heartbeat answered. Errc::no_space, Errc::io: the vault's. Items that can not be read are warnings.
  virtual Result<Capture> capture(vault::Session& session, const std::optional<Previous>& previous,
                                  const Heartbeat& heartbeat) = 0;
};

/// Tells every extent that a point of any of our workloads leads to: for vault::Options::trace.
vault::Trace trace();

/// The way a vault's streams are opened.
inline vault::OpenStream open_with(vault::Vault& vault) {
  return [&vault](std::vector<vault::StreamPart> extents) { return vault.read(std::move(extents)); };
}

}  // namespace quaymaster::workload
