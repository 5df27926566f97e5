#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

#include "base/files/space.h"
#include "blob/extents/extents.h"
#include "blob/extents/pins.h"
#include "blob/reclaim/compact.h"
#include "blob/records/records.h"

namespace quaymaster::blob {

/// Frees space in three stages: blobs of deleted containers, deleted states and drafts whose time is over lose their
/// records; extents that are
/// mostly dead have their live pieces moved elsewhere; extents without live pieces are marked doomed in the records and
/// then removed. Each step is one transaction that leaves the records consistent, so it may stop or crash anywhere.
class Reclaim {
 public:
  /// `space` may be null.
  Reclaim(store::Database& database, objects::ObjectStore& objects, Extents& extents, Pins& pins, Clock& clock,
          const Space* space)
      : database_(database),
        objects_(objects),
        extents_(extents),
        pins_(pins),
        clock_(clock),
        space_(space),
        compaction_(database, objects, extents, pins) {}

  /// See Store::reclaim, Store::reclaimable and Store::make_room.
  Result<std::uint64_t> run(const std::stop_token& stop);
  Result<std::uint64_t> reclaimable(Effort effort);
  Result<> make_room(std::uint64_t bytes);

 private:
  struct Wasted {
    ExtentId id;
    std::uint64_t size;
    std::uint64_t live;
  };

  Result<std::uint64_t> drop_dead(Effort effort, const std::stop_token& stop);
  Result<> expire_containers(const std::stop_token& stop);
  Result<> expire_states(const std::stop_token& stop);
  Result<> purge_containers(const std::stop_token& stop);
  Result<bool> purge_some(std::int64_t container);
  Result<> expire_drafts(const std::stop_token& stop);
  Result<std::vector<Wasted>> wasted_extents(Effort effort);
  /// False: the extent could not be emptied, because it is in use, it is damaged, or there is no room for its live
  /// bytes.
  Result<bool> move_out_of(const Wasted& extent, const std::stop_token& stop);
  Result<> doom_dead(const std::stop_token& stop);
  Result<std::uint64_t> remove_doomed(const std::stop_token& stop);
  bool lock_unless_room(std::uint64_t bytes);
  Result<> empty_until_room(std::uint64_t bytes);
  bool can_move(std::uint64_t bytes) const;

  store::Database& database_;
  objects::ObjectStore& objects_;
  Extents& extents_;
  Pins& pins_;
  Clock& clock_;
  const Space* const space_;
  std::timed_mutex mutex_;  // held by the only running reclaim
  Compaction compaction_;
  std::set<ExtentId> damaged_;  // contain pieces that cannot be moved; remembered until the store is reopened

  // For make_room: when a reclaim last found too little, and how many changes the records had seen by then.
  std::optional<double> fruitless_at_;
  std::uint64_t fruitless_changes_ = 0;
};

}  // namespace quaymaster::blob
