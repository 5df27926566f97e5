#include "testing/base/manual_clock.h"

namespace quaymaster {

Time ManualClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

bool ManualClock::sleep_until(Time deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return moved_.wait(lock, stop, [&] { return now_ >= deadline; });
}

void ManualClock::set(Time now) {
  const std::lock_guard lock(mutex_);
  now_ = now;
  moved_.notify_all();
}

void ManualClock::advance(Ticks by) {
  set(now() + by);
}

}  // namespace quaymaster
