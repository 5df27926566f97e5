#include "standin/steered_clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace quaymaster::standin {
namespace {

constexpr Time kFirst{};
constexpr Time kLast = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31};
constexpr double kSlowest = 0.001;
constexpr double kFastest = 1e6;
// The machine's own clock may be set as well; checking now and then bounds how long that can delay a sleeper.
constexpr std::chrono::milliseconds kLongestNap{500};

}  // namespace

Time SteeredClock::at(Time machine) const {
  if (frozen_) {
    return anchor_.own;
  }
  const auto passed = static_cast<double>((machine - anchor_.machine).count()) * scale_;
  const auto most = static_cast<double>((kLast - anchor_.own).count());
  return anchor_.own + Ticks{static_cast<std::int64_t>(std::min(passed, most))};
}

void SteeredClock::turn() {
  const auto machine = machine_.now();
  anchor_ = {machine, at(machine)};
  steerings_ += 1;
  steered_.notify_all();
}

Time SteeredClock::now() const {
  const std::lock_guard lock(mutex_);
  return at(machine_.now());
}

bool SteeredClock::sleep_until(Time deadline, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto left = deadline - at(machine_.now());
    if (left <= Ticks{0}) {
      return true;
    }
    const auto seen = steerings_;
    const auto is_steered = [&] { return steerings_ != seen; };
    if (frozen_) {
      steered_.wait(lock, stop, is_steered);
      continue;
    }
    const auto real = std::chrono::duration<double, Ticks::period>(static_cast<double>(left.count()) / scale_);
    steered_.wait_for(lock, stop, std::min<std::chrono::duration<double>>(real, kLongestNap), is_steered);
  }
  return false;
}

SteeredClock::State SteeredClock::state() const {
  const std::lock_guard lock(mutex_);
  return {at(machine_.now()), frozen_, scale_};
}

void SteeredClock::set(Time now) {
  const std::lock_guard lock(mutex_);
  turn();
  anchor_.own = now;
}

Result<> SteeredClock::advance(Ticks by) {
  const std::lock_guard lock(mutex_);
  const auto now = at(machine_.now());
  if (by > kLast - now || by < kFirst - now) {
    return invalid("moving the clock this far would leave the years 1970 to 9999");
  }
  turn();
  anchor_.own += by;
  return ok();
}

void SteeredClock::freeze(bool frozen) {
  const std::lock_guard lock(mutex_);
  turn();
  frozen_ = frozen;
}

Result<> SteeredClock::scale(double factor) {
  if (!std::isfinite(factor) || factor < kSlowest || factor > kFastest) {
    return invalid("a clock runs {} to {} times as fast as the system clock", kSlowest, kFastest);
  }
  const std::lock_guard lock(mutex_);
  turn();
  scale_ = factor;
  return ok();
}

void SteeredClock::follow() {
  const std::lock_guard lock(mutex_);
  turn();
  frozen_ = false;
  scale_ = 1;
  anchor_.own = anchor_.machine;
}

}  // namespace quaymaster::standin
