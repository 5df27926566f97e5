#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace date {
class time_zone;
}  // namespace date

namespace quaymaster::recovery_services {

/// What the clock on the wall shows, and its day.
using LocalTime = std::chrono::local_time<Ticks>;
using LocalDay = std::chrono::local_days;

/// A time zone of the system's database (package tzdata), with all changes of its daylight saving. Cheap to copy;
/// thread-safe.
class TimeZone {
 public:
  /// By the name that Windows and Azure give it: "UTC", "W. Europe Standard Time". Errc::invalid: there is none of that
  /// name. The names are ICU's table of Windows zones; their spelling counts.
  static Result<TimeZone> of_windows_name(std::string_view name);
  static TimeZone utc();

  /// The instant at which the wall shows `local`. When it never does (clocks are put forward over it) the first instant
  /// after the gap; when it does so twice the first time.
  Time instant(LocalTime local) const;
  LocalTime local(Time instant) const;
  /// "Europe/Berlin".
  std::string name() const;

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;  // of the database, which lives as long as the process
};

}  // namespace quaymaster::recovery_services
