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

/// What blob_extents.state says. Format: doc/formats/blob-records.md.
enum class ExtentState { open = 0, sealed = 1, doomed = 2 };

/// How far reclaim goes: usually it moves live data only out of extents that are at least half dead, which copies no
/// more than it gains; in need of room also out of those where a sixty-fourth of a whole extent is dead.
enum class Effort { usual, need };

/// The extents that can still grow. A record of an extent is durable before the extent is made, so no object exists
/// that the records do not know; whatever lies in it and no record points to is dead space by definition. Thread-safe.
class Extents {
 public:
  /// Looks at the extents that were open when the store was last used, and at nothing else. Those with room go on.
  static Result<std::unique_ptr<Extents>> open(store::Database& database, objects::ObjectStore& objects, Pins& pins,
                                               const Options& options);

  /// Writes a small piece among others and pins its extent. `bytes` is at most small_limit().
  struct Written {
    ExtentId extent;
    std::uint32_t position;
    Unsynced unsynced;
  };
  Result<Written> append(Bytes bytes, PinSet& pins);

  /// The right to append to one extent, for long runs. Give it back by `give_back`, also when it has no room left.
  Result<std::shared_ptr<Extent>> acquire();
  void give_back(std::shared_ptr<Extent> extent);

  /// Takes extents that nobody appends to and that are wasted out of use, so that reclaim can have them.
  Result<> seal_wasted(Effort effort);
  /// The dead bytes of those that this effort would take.
  Result<std::uint64_t> wasted_bytes(Effort effort);
  /// Marks what is recorded as open and is not in use here (an earlier seal failed) as sealed.
  Result<> seal_forgotten();

  std::uint64_t extent_size() const { return extent_size_; }
  /// Uploads up to this size share extents with others; longer ones get runs of their own.
  std::uint64_t small_limit() const { return std::min(256 * kKiB, extent_size_ / 4); }
  /// Where a run begins in an extent that is filled up to `tail`: on a whole page, so that no page is written twice.
  /// Small extents, of tests, have no bytes to spare for that.
  std::uint64_t run_start(std::uint64_t tail) const {
    constexpr auto kPage = 4 * kKiB;
    return extent_size_ < 64 * kPage ? tail : (tail + kPage - 1) / kPage * kPage;
  }
  /// How many dead bytes make an extent worth emptying in need of room.
  std::uint64_t waste_in_need() const { return extent_size_ / 64; }
  /// Whether an extent of `size` bytes with so many live ones is worth emptying.
  bool is_wasted(std::uint64_t live, std::uint64_t size, Effort effort) const {
    return live * 2 <= size || (effort == Effort::need && size >= live + waste_in_need());
  }
  /// Whether a run, behind `tail`, is worth beginning; otherwise the extent is full.
  bool has_room(std::uint64_t tail) const { return run_start(tail) + extent_size_ / 64 <= extent_size_; }

 private:
  /// Two, so that one takes bytes while the other is being synced.
  static constexpr std::size_t kShared = 2;
  /// So many unused extents with room wait for the next upload.
  static constexpr std::size_t kMostIdle = 8;

  struct Shared {
    std::mutex mutex;
    std::shared_ptr<Extent> extent;
  };
  struct Idle {
    ExtentId id;
    std::uint64_t tail;
    std::shared_ptr<Extent> extent;  // null: not opened since the store was
  };
  /// Ids of open extents. Shared with callbacks of the database, which may come after this object's end.
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
