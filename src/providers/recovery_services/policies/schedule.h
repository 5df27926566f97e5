#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "providers/recovery_services/policies/time_zone.h"

namespace quaymaster::recovery_services {

/// Days of the week, by std::chrono::weekday::c_encoding() (Sunday is 0).
using WeekDays = std::array<bool, 7>;
constexpr WeekDays kEveryDay{true, true, true, true, true, true, true};

/// When backups run: at one time of the chosen days, or every `interval` hours from that time on. Times are local
/// times in the policy's zone, so that a backup at 22:00 runs at 22:00 in summer and in winter.
struct Schedule {
  WeekDays days = kEveryDay;
  std::chrono::minutes at{0};      // since midnight; for hourly ones the start of the window
  std::chrono::hours interval{0};  // 0: once a day
  std::chrono::hours window{0};    // of hourly ones: runs start at most this long after the first; less than a day
};

/// The first run strictly after `after`. A run whose local time is skipped by a clock change takes place right after
/// the gap; one whose local time occurs twice takes place the first time. Nothing only if no day is chosen.
std::optional<Time> next_run(const Schedule& schedule, const TimeZone& zone, Time after);
/// The last run at or before `at`.
std::optional<Time> last_run(const Schedule& schedule, const TimeZone& zone, Time at);

}  // namespace quaymaster::recovery_services
