#pragma once

#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/files/space.h"
#include "blob/blob_store.h"
#include "server/data/reserve.h"

namespace quaymaster::server {

/// Manages the space on the disk of the data directory: has dead space reclaimed at the start, every ten minutes and
/// whenever there is much of it, and the reserve recreated when there is room for it. One thread.
class SpaceReclaimer {
 public:
  /// All arguments must outlive it. `clock` is the machine's: a test that stops the server's clock does not mean the
  /// disk.
  SpaceReclaimer(blob::Store& blobs, Reserve& reserve, const Space& space, Clock& clock)
      : blobs_(blobs), reserve_(reserve), space_(space), clock_(clock) {}

  /// Checks once a second until `stop` is requested; a reclaim in progress then ends as well.
  void run(const std::stop_token& stop);
  /// One check.
  void look(const std::stop_token& stop);

 private:
  bool is_worth_it();

  blob::Store& blobs_;
  Reserve& reserve_;
  const Space& space_;
  Clock& clock_;
  std::optional<Time> last_;  // time of the last reclaim
  std::uint64_t rest_ = 0;    // reclaimable bytes that the last reclaim left
};

}  // namespace quaymaster::server
