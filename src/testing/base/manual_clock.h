#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace quaymaster {

/// A clock that stands still until it is set or advanced, which wakes sleepers whose deadline has passed.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}
  Time now() const override;
  bool sleep_until(Time deadline, std::stop_token stop) override;
  void set(Time now);
  void advance(Ticks by);

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any moved_;
  Time now_;
};

}  // namespace quaymaster
