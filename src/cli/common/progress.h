#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace quaymaster::cli {

/// Rate and remaining time of something whose bytes are looked at now and then. Times in seconds of one monotonic
/// clock. Not thread-safe.
class ProgressMeter {
 public:
  /// `done` bytes so far, `total` when it is known (0: not).
  void update(double seconds, std::uint64_t done, std::uint64_t total);

  double bytes_per_second() const { return rate_; }
  /// None while nothing honest can be said: no total, no rate yet, or standing still.
  std::optional<double> seconds_left() const;

 private:
  std::optional<double> last_seconds_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
  double rate_ = 0;
  bool has_rate_ = false;
};

std::string format_bytes(double bytes);                      // "1.4 GiB"
std::string format_rate(double per_second);                  // "210.0 MiB/s"
std::string format_seconds(double seconds);                  // "1:02:03", "4:05"
std::string format_bar(double fraction, std::size_t width);  // "[#####.....]"

}  // namespace quaymaster::cli
