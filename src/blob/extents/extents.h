#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "blob/blob_store.h"
#include "blob/extents/extent.h"
#include "blob/extents/pins.h"
#include "objects/object_store.h"
#include "store/database.h"

namespace quaymaster::blob {

/// The values of blob_extents.state. Format: doc/formats/blob-records.md.
enum class ExtentState { open = 0, sealed = 1, doomed = 2 };

/// How far reclaim goes: normally it moves live data only out of extents that are at least half dead, so that it copies
/// no more than it frees; when space is needed, also out of those where a sixty-fourth of a whole extent is dead.
enum class Effort { usual, need };

/// The extents that can still grow. The record of an extent is durable before its object is created, so every object
/// has a record; bytes in it that no record points to are dead by definition. Thread-safe.
class Extents {
 public:
  /// Examines only the extents that were open when the store was last used. Those with room are used further.
  static Result<std::unique_ptr<Extents>> open(store::Database& database, objects::ObjectStore& objects, Pins& pins,
                                               const Options& options);

  /// Writes a small piece into a shared extent and pins the extent. `bytes` is at most small_limit().
  struct Written {
    ExtentId extent;
    std::uint32_t position;
    Unsynced unsynced;
  };
  Result<Written> append(Bytes bytes, PinSet& pins);

  /// The right to append to one extent, for long runs. Return it with `give_back`, even when the extent is full.
  Result<std::shared_ptr<Extent>> acquire();
  void give_back(std::shared_ptr<Extent> extent);

  /// Seals extents that nothing appends to and that are wasted, so that reclaim can process them.
  Result<> seal_wasted(Effort effort);
  /// The dead bytes of the extents that this effort would seal.
  Result<std::uint64_t> wasted_bytes(Effort effort);
  /// Seals the records of extents that are marked open but not in use here (an earlier seal failed).
  Result<> seal_forgotten();

  std::uint64_t extent_size() const { return extent_size_; }
  /// Uploads up to this size share extents; longer ones get their own runs.
  std::uint64_t small_limit() const { return std::min(256 * kKiB, extent_size_ / 4); }
  /// Where a run begins in an extent filled up to `tail`: at a page boundary, so that no page is written twice. The
  /// small extents of tests have no bytes to spare for that.
  std::uint64_t run_start(std::uint64_t tail) const {
    constexpr auto kPage = 4 * kKiB;
    return extent_size_ < 64 * kPage ? tail : (tail + kPage - 1) / kPage * kPage;
  }
  /// How many dead bytes make an extent worth emptying when space is needed.
  std::uint64_t waste_in_need() const { return extent_size_ / 64; }
  /// Whether an extent of `size` bytes with this many live bytes is worth emptying.
  bool is_wasted(std::uint64_t live, std::uint64_t size, Effort effort) const {
    return live * 2 <= size || (effort == Effort::need && size >= live + waste_in_need());
  }
  /// Whether starting a run after `tail` is worthwhile; otherwise the extent is full.
  bool has_room(std::uint64_t tail) const { return run_start(tail) + extent_size_ / 64 <= extent_size_; }

 private:
  /// Two, so that one accepts bytes while the other is being synced.
  static constexpr std::size_t kShared = 2;
  /// How many unused extents with room are kept for the next upload.
  static constexpr std::size_t kMostIdle = 8;

  struct Shared {
    std::mutex mutex;
    std::shared_ptr<Extent> extent;
  };
  struct Idle {
    ExtentId id;
    std::uint64_t tail;
    std::shared_ptr<Extent> extent;  // null: not opened since the store was opened
  };
  /// Ids of open extents. Shared with callbacks of the database, which may run after this object is destroyed.
  struct InUse {
    std::mutex mutex;
    std::set<ExtentId> ids;
  };

  Extents(store::Database& database, objects::ObjectStore& objects, Pins& pins, const Options& options)
      : database_(database), objects_(objects), pins_(pins), extent_size_(options.extent_size) {}
  Result<> load();
  Result<> load_one(ExtentId id, std::uint64_t live);
  Result<std::shared_ptr<Extent>> create();
  Shared& choose_shared();
  void seal(ExtentId id, std::uint64_t size);

  store::Database& database_;
  objects::ObjectStore& objects_;
  Pins& pins_;
  const std::uint64_t extent_size_;
  const std::shared_ptr<InUse> in_use_ = std::make_shared<InUse>();
  ExtentId last_id_ = 0;  // guarded by in_use_->mutex

  std::array<Shared, kShared> shared_;
  std::mutex idle_mutex_;
  std::vector<Idle> idle_;
};

}  // namespace quaymaster::blob
