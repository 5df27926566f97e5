#include "providers/import_export/alarm.h"

#include <utility>

namespace quaymaster::import_export {

void Alarm::ring() {
  std::stop_source waiting;
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    waiting = waiting_;
  }
  waiting.request_stop();
}

void Alarm::wait(Clock& clock, Time deadline, const std::stop_token& stop) {
  std::stop_source waiting;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(rung_, false)) {
      return;
    }
    waiting_ = waiting;
  }
  const std::stop_callback stopped(stop, [&waiting] { waiting.request_stop(); });
  clock.sleep_until(deadline, waiting.get_token());
  const std::lock_guard lock(mutex_);
  rung_ = false;
}

}  // namespace quaymaster::import_export
