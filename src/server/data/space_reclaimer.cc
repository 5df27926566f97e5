#include "server/data/space_reclaimer.h"

#include <pthread.h>

#include "base/log.h"

namespace quaymaster::server {
namespace {

constexpr std::chrono::seconds kCheckEvery{1};
constexpr std::chrono::minutes kReclaimEvery{10};
/// This much reclaimable space starts a reclaim at once; less is enough when the disk is nearly full.
constexpr std::uint64_t kMuch = objects::kLargestObject / 8;
constexpr std::uint64_t kMuchInNeed = kMiB;

}  // namespace

void SpaceReclaimer::run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "space-keeper");
  do {
    look(stop);
  } while (clock_.sleep_for(kCheckEvery, stop));
}

void SpaceReclaimer::look(const std::stop_token& stop) {
  reserve_.restore(space_);
  if (!is_worth_it()) {
    return;
  }
  last_ = clock_.now();
  const auto reclaimed = blobs_.reclaim(stop);
  if (!reclaimed) {
    log::warning("server", "space cannot be reclaimed: {}", reclaimed.error().cause());
  } else if (reclaimed.value() > 0) {
    log::info("server", "reclaimed {} bytes", reclaimed.value());
  }
  const auto rest = blobs_.reclaimable();
  rest_ = rest ? rest.value() : 0;
}

bool SpaceReclaimer::is_worth_it() {
  // A clock that was set back must not cause a longer wait.
  if (!last_ || clock_.now() - *last_ >= kReclaimEvery || clock_.now() < *last_) {
    return true;
  }
  const auto reclaimable = blobs_.reclaimable();
  const auto much = space_.has_room(2 * objects::kLargestObject) ? kMuch : kMuchInNeed;
  return reclaimable && reclaimable.value() >= rest_ + much;
}

}  // namespace quaymaster::server
