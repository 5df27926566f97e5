#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace quaymaster {

/// 100 nanoseconds: the resolution of every time on the wire and in the store.
using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;
/// UTC wall time. Stored as the number of ticks since 1970.
using Time = std::chrono::sys_time<Ticks>;

/// The only source of time. Code takes a clock as a parameter; nothing else asks the system for the time or sleeps
/// (tools/tidy.py checks). Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;

  /// Blocks until now() >= deadline (true) or until `stop` is requested or `interrupt` is called (false).
  virtual bool sleep_until(Time deadline, std::stop_token stop) = 0;
  bool sleep_for(Ticks duration, std::stop_token stop) { return sleep_until(now() + duration, std::move(stop)); }
};

/// The system's clock.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  bool sleep_until(Time deadline, std::stop_token stop) override;
};

/// Monotonic seconds since an arbitrary start, for rates and durations that never appear on the wire. Not settable.
double steady_seconds();

/// "2021-06-14T06:17:27.9916547Z": always seven fraction digits. Source: .NET round-trip format, as ARM writes times.
std::string format_time(Time time);
/// The same without trailing zeros of the fraction, and without the point when the fraction is 0 (backup.md, 3).
std::string format_time_short(Time time);
/// RFC 1123: "Mon, 23 Nov 2026 05:29:30 GMT".
std::string format_http_date(Time time);
/// ISO 8601 in UTC ("Z", no zone, or a numeric offset; fraction of 0 to 9 digits; also a date alone). Errc::invalid.
Result<Time> parse_time(std::string_view text);
/// RFC 1123 only. Errc::invalid.
Result<Time> parse_http_date(std::string_view text);

}  // namespace quaymaster
