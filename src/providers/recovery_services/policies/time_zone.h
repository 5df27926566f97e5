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

/// Local date and time.
using LocalTime = std::chrono::local_time<Ticks>;
using LocalDay = std::chrono::local_days;

/// A time zone of the system's database (package tzdata), with all its daylight saving changes. Cheap to copy;
/// thread-safe.
class TimeZone {
 public:
  /// By the name that Windows and Azure use: "UTC", "W. Europe Standard Time"; case-sensitive. Errc::invalid: no such
  /// name. The names are those of ICU's table of Windows zones.
  static Result<TimeZone> of_windows_name(std::string_view name);
  static TimeZone utc();

  /// The instant at which local time is `local`. If a clock change skips that time, the first instant after the gap;
  /// if it occurs twice, the first occurrence.
  Time instant(LocalTime local) const;
  LocalTime local(Time instant) const;
  /// "Europe/Berlin".
  std::string name() const;

 private:
  explicit TimeZone(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;  // in the database, which lives as long as the process
};

}  // namespace quaymaster::recovery_services
