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

/// Gives back space, from the top down: blobs of deleted containers and expired drafts lose their records; extents that
/// are mostly dead lose their live pieces to other extents; extents without live pieces are doomed in the records and
/// then removed. Each step is one transaction and leaves everything true, so it may stop or crash anywhere.
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

  /// As Store::reclaim, Store::reclaimable and Store::make_room.
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
  Result<> purge_containers(const std::stop_token& stop);
  Result<bool> purge_some(std::int64_t container);
  Result<> expire_drafts(const std::stop_token& stop);
  Result<std::vector<Wasted>> wasted_extents(Effort effort);
  /// False: the extent could not be emptied, because somebody needs it, it is damaged, or there is no room for its live
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
  std::timed_mutex mutex_;  // held by the one reclaim there is
  Compaction compaction_;
  std::set<ExtentId> damaged_;  // hold pieces that cannot be moved; known until the store is opened again

  // Of make_room: when one did not find enough, and how many changes the records had seen then.
  std::optional<double> fruitless_at_;
  std::uint64_t fruitless_changes_ = 0;
};

}  // namespace quaymaster::blob
