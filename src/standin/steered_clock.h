#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace quaymaster::standin {

/// A clock that follows another one until it is steered: it can jump, stand still, run faster or slower. Sleepers wake
/// when their deadline is reached on this clock, however that happens. It may be set back without making sleepers wait
/// again for time that has already passed. Thread-safe.
class SteeredClock final : public Clock {
 public:
  /// The machine's clock must outlive it.
  explicit SteeredClock(const Clock& machine) : machine_(machine), anchor_{machine.now(), machine.now()} {}

  Time now() const override;
  bool sleep_until(Time deadline, std::stop_token stop) override;

  struct State {
    Time now;
    bool frozen = false;
    double scale = 1;  // seconds on this clock for each second of the machine's
  };
  State state() const;
  void set(Time now);
  /// Errc::invalid: the time would be outside the years 1970 to 9999.
  Result<> advance(Ticks by);
  void freeze(bool frozen);
  /// Errc::invalid: not between 0.001 and 1,000,000.
  Result<> scale(double factor);
  /// Follows the machine's clock again, at its pace.
  void follow();

 private:
  struct Anchor {
    Time machine;
    Time own;
  };
  Time at(Time machine) const;
  void turn();  // moves the anchor to now

  const Clock& machine_;
  mutable std::mutex mutex_;
  std::condition_variable_any steered_;
  Anchor anchor_;
  bool frozen_ = false;
  double scale_ = 1;
  std::uint64_t steerings_ = 0;
};

}  // namespace quaymaster::standin
