#pragma once

#include <cstdint>

#include "jobs/engine.h"

namespace quaymaster::jobs {

/// Speed over the recent past: intervals between reports are weighted by their length and decay exponentially.
/// The uncertainty is that of the weighted mean, estimated from the variance of the intervals. Times are seconds of a
/// steady clock, passed in by the caller. Not thread-safe.
class RateMeter {
 public:
  /// The first report only sets the start: what a job did before this run does not affect its speed.
  void report(double now, std::uint64_t bytes_done);
  /// Treats the time since the last report as an interval without progress when it is longer than usual.
  Rate rate(double now, std::uint64_t bytes_total) const;

 private:
  struct Sums {
    double seconds = 0;          // Σ w, the weight of an interval being its length
    double seconds_squared = 0;  // Σ w²
    double bytes = 0;            // Σ w·r
    double rate_squares = 0;     // Σ w·r²
    void add(double interval, double bytes_moved);
  };

  Sums sums_;
  bool started_ = false;
  double last_time_ = 0;
  std::uint64_t last_bytes_ = 0;
};

}  // namespace quaymaster::jobs
