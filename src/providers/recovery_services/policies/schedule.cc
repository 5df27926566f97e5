#include "providers/recovery_services/policies/schedule.h"

#include <algorithm>

namespace quaymaster::recovery_services {
namespace {

using std::chrono::days;
using std::chrono::hours;

/// The runs that belong to one day, in order; the last ones of a window may fall on the next day.
void append_runs(const Schedule& schedule, const TimeZone& zone, LocalDay day, std::vector<Time>& into) {
  if (!schedule.days[std::chrono::weekday(day).c_encoding()]) {
    return;
  }
  const LocalTime first = LocalTime{day} + schedule.at;
  into.push_back(zone.instant(first));
  if (schedule.interval.count() <= 0) {
    return;
  }
  for (auto behind = schedule.interval; behind <= schedule.window && behind < hours{24}; behind += schedule.interval) {
    into.push_back(zone.instant(first + behind));
  }
}

/// Every run of the days around `day`. Two days before it: a window may extend into the next day, and a zone may be a
/// day off where it moved across the date line. Nine days after it: a week, plus the same two days.
std::vector<Time> runs_around(const Schedule& schedule, const TimeZone& zone, LocalDay day, days before, days after) {
  std::vector<Time> runs;
  for (auto one = day - before; one <= day + after; one += days{1}) {
    append_runs(schedule, zone, one, runs);
  }
  std::ranges::sort(runs);
  return runs;
}

}  // namespace

std::optional<Time> next_run(const Schedule& schedule, const TimeZone& zone, Time after) {
  const auto day = std::chrono::floor<days>(zone.local(after));
  const auto runs = runs_around(schedule, zone, day, days{2}, days{9});
  const auto next = std::ranges::upper_bound(runs, after);
  return next == runs.end() ? std::nullopt : std::optional(*next);
}

std::optional<Time> last_run(const Schedule& schedule, const TimeZone& zone, Time at) {
  const auto day = std::chrono::floor<days>(zone.local(at));
  const auto runs = runs_around(schedule, zone, day, days{9}, days{1});
  const auto behind = std::ranges::upper_bound(runs, at);
  return behind == runs.begin() ? std::nullopt : std::optional(*std::prev(behind));
}

}  // namespace quaymaster::recovery_services
