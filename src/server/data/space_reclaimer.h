#pragma once

#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/files/space.h"
#include "blob/blob_store.h"
#include "server/data/reserve.h"

namespace quaymaster::server {

/// Looks after the room on the disk of the data directory: has the space of what is dead given back at the start, every
/// ten minutes and whenever much of it lies about, and the reserve made again when there is room for it. One thread.
class SpaceReclaimer {
 public:
  /// All outlive it. `clock` is the machine's: a test that holds the server's still does not mean the disk.
  SpaceReclaimer(blob::Store& blobs, Reserve& reserve, const Space& space, Clock& clock)
      : blobs_(blobs), reserve_(reserve), space_(space), clock_(clock) {}

  /// Looks once a second until `stop` is requested; a reclaim that is under way ends then too.
  void run(const std::stop_token& stop);
  /// One look.
  void look(const std::stop_token& stop);

 private:
  bool is_worth_it();

  blob::Store& blobs_;
  Reserve& reserve_;
  const Space& space_;
  Clock& clock_;
  std::optional<Time> last_;  // when the last reclaim was
  std::uint64_t rest_ = 0;    // what the last reclaim left although it might be given back
};

}  // namespace quaymaster::server
