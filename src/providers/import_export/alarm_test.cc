#include "providers/import_export/alarm.h"

#include <gtest/gtest.h>

#include <thread>

#include "testing/base/manual_clock.h"

namespace quaymaster::import_export {
namespace {

// Every wait here would last forever on a clock that nobody advances; the test passes by ending.
const Time kNever = Time{} + std::chrono::days{1};

TEST(Alarm, RemembersOneRingThatCameBeforeTheWait) {
  ManualClock clock(Time{});
  Alarm alarm;
  alarm.ring();
  alarm.ring();
  alarm.wait(clock, kNever, {});
  alarm.wait(clock, Time{}, {});  // both rings count as one: only the deadline ends this wait
  EXPECT_EQ(clock.now(), Time{});
}

TEST(Alarm, ARingEndsAWait) {
  ManualClock clock(Time{});
  Alarm alarm;
  std::jthread ringer([&] { alarm.ring(); });
  alarm.wait(clock, kNever, {});
}

TEST(Alarm, AStopEndsAWait) {
  ManualClock clock(Time{});
  Alarm alarm;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  alarm.wait(clock, kNever, stop.get_token());
}

TEST(Alarm, TheClockEndsAWait) {
  ManualClock clock(Time{});
  Alarm alarm;
  std::jthread mover([&] { clock.set(kNever); });
  alarm.wait(clock, kNever, {});
  EXPECT_EQ(clock.now(), kNever);
}

}  // namespace
}  // namespace quaymaster::import_export
