#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <stop_token>

#include "blob/compact.h"
#include "blob/extents.h"
#include "blob/pins.h"
#include "blob/records.h"

namespace quaymaster::blob {

/// Gives back space, from the top down: blobs of deleted containers and expired drafts lose their records; extents that
/// are mostly dead lose their live pieces to other extents; extents without live pieces are doomed in the records and
/// then removed. Each step is one transaction and leaves everything true, so it may stop or crash anywhere.
class Reclaim {
 public:
  Reclaim(store::Database& database, objects::ObjectStore& objects, Extents& extents, Pins& pins, Clock& clock)
      : database_(database),
        objects_(objects),
        extents_(extents),
        pins_(pins),
        clock_(clock),
        compaction_(database, objects, extents, pins) {}

  Result<std::uint64_t> run(std::stop_token stop);

 private:
  struct Wasted {
    ExtentId id;
    std::uint64_t live;
  };

  Result<> purge_containers(const std::stop_token& stop);
  Result<bool> purge_some(std::int64_t container);
  Result<> expire_drafts(const std::stop_token& stop);
  Result<std::vector<Wasted>> wasted_extents();
  Result<> compact_wasted(const std::stop_token& stop);
  Result<> doom_dead();
  Result<std::uint64_t> remove_doomed(const std::stop_token& stop);

  store::Database& database_;
  objects::ObjectStore& objects_;
  Extents& extents_;
  Pins& pins_;
  Clock& clock_;
  std::mutex mutex_;
  Compaction compaction_;
  std::set<ExtentId> damaged_;  // hold pieces that cannot be moved; known until the store is opened again
};

}  // namespace quaymaster::blob
