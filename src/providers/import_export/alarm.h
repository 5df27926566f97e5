#pragma once

#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace quaymaster::import_export {

/// Wakes a thread that waits on the given clock before its deadline. A ring while nobody waits is remembered, but
/// only once. Any thread may ring; only one waits.
class Alarm {
 public:
  void ring();
  /// Returns at `deadline`, when rung, or when `stop` is requested.
  void wait(Clock& clock, Time deadline, const std::stop_token& stop);

 private:
  std::mutex mutex_;
  bool rung_ = false;
  std::stop_source waiting_;
};

}  // namespace quaymaster::import_export
