#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/digests/digest.h"
#include "blob/blob_store.h"
#include "drive/format/copy_log.h"
#include "drive/format/manifest.h"
#include "drive/format/sidecars.h"
#include "drive/format/status.h"

namespace quaymaster::drive {

/// Limits large items to one at a time. Thread-safe.
class TakesTurns {
 public:
  using Ticket = std::shared_ptr<void>;
  /// Waits until the previous ticket is released.
  Ticket enter();
  /// Waits until no ticket is held.
  void wait_until_free();

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable freed;
    bool taken = false;
    void wait_until_free(std::unique_lock<std::mutex>& lock) {
      freed.wait(lock, [&] { return !taken; });
    }
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();  // shared with the tickets, which may outlive the gate
};

/// A blob with more ranges than this is processed alone, so that a manifest of such blobs cannot exhaust memory.
constexpr std::size_t kManyRanges = 8192;

/// One blob on its way from the manifest to the store. Belongs to one stage at a time: reader, hasher (only `hasher`),
/// writer, committer.
struct BlobWork {
  BlobEntry entry;
  BlobAddress address;
  BlobStatus failure = BlobStatus::completed;  // anything else: none of it was read
  bool skipped = false;                        // exists and must be kept: none of it was read
  Sidecars sidecars;

  std::optional<Hasher> hasher;  // for a range longer than a slot

  /// One per range; empty while all of them are good.
  std::vector<RangeStatus> ranges;
  bool has_failed_range() const { return !ranges.empty(); }
  void fail_range(std::size_t range, RangeStatus status);

  /// What is in the store's extents, by offset. One part per block with an id; otherwise one per run of ranges.
  struct Part {
    std::uint64_t offset = 0;
    std::size_t first_range = 0;
    std::unique_ptr<blob::Content> content;
  };
  std::vector<Part> parts;
  bool has_block_ids() const {
    return entry.kind == BlobKind::block && !entry.ranges.empty() && !entry.ranges[0].id.empty();
  }

  TakesTurns::Ticket ticket;  // for a blob with many ranges: the reader waits until it has been processed
  int conflicts = 0;          // how often the chosen name was taken meanwhile
};

/// A piece of a slot: one range of a blob, a part of a range longer than a slot, or the end of a blob.
struct Piece {
  static constexpr std::size_t kEnd = static_cast<std::size_t>(-1);
  std::shared_ptr<BlobWork> work;
  std::size_t range = kEnd;
  std::size_t at = 0;  // in the slot
  std::size_t size = 0;
  bool first = true;  // of its range
  bool last = true;
  RangeStatus status =
      RangeStatus::completed;  // anything else: the piece has no bytes, and nothing more of this range follows
};

/// A buffer that passes through the stages, with pieces in manifest order.
struct Slot {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t used = 0;
  std::vector<Piece> pieces;
  std::size_t ranges = 0;  // of the blobs that end here
  Bytes of(const Piece& piece) const { return {bytes.get() + piece.at, piece.size}; }
};

/// Compares the bytes of all pieces with the hashes in the manifest; marks pieces `corrupted`. Ranges with MD5 hashes
/// are computed side by side in the SIMD lanes of one core. A range in several pieces is checked at its last one, so
/// slots must come in order.
void check_hashes(std::span<Slot> slots);

}  // namespace quaymaster::drive
