#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace quaymaster::cli {

/// Rate and remaining time of an operation whose progress is sampled now and then. Times are seconds of one monotonic
/// clock. Not thread-safe.
class ProgressMeter {
 public:
  /// `done` bytes so far, `total` if known (0: unknown).
  void update(double seconds, std::uint64_t done, std::uint64_t total);

  double bytes_per_second() const { return rate_; }
  /// None while no estimate is possible: no total, no rate yet, or no progress.
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
