#include "jobs/rate_meter.h"

#include <algorithm>
#include <cmath>

namespace quaymaster::jobs {
namespace {

// Shorter intervals are merged: they measure the system's caches rather than its speed.
constexpr double kShortestInterval = 0.2;
// The decay time of an interval: long enough for a steady value, short enough to follow a disk that slows down.
constexpr double kMemory = 20;
// How many independent intervals are needed for an estimate.
constexpr double kFewestIntervals = 3;

}  // namespace

void RateMeter::Sums::add(double interval, double bytes_moved) {
  const double keep = std::exp(-interval / kMemory);
  const double rate = bytes_moved / interval;
  seconds = seconds * keep + interval;
  seconds_squared = seconds_squared * keep * keep + interval * interval;
  bytes = bytes * keep + bytes_moved;
  rate_squares = rate_squares * keep + interval * rate * rate;
}

void RateMeter::report(double now, std::uint64_t bytes_done) {
  if (!started_ || bytes_done < last_bytes_) {  // a repeated step starts over
    started_ = true;
    last_time_ = now;
    last_bytes_ = bytes_done;
    return;
  }
  const double interval = now - last_time_;
  if (interval < kShortestInterval) {
    return;
  }
  sums_.add(interval, static_cast<double>(bytes_done - last_bytes_));
  last_time_ = now;
  last_bytes_ = bytes_done;
}

Rate RateMeter::rate(double now, std::uint64_t bytes_total) const {
  Sums sums = sums_;
  if (sums.seconds <= 0) {
    return {};
  }
  const double usual_interval = sums.seconds_squared / sums.seconds;
  if (const double silence = now - last_time_; silence > std::max(2 * usual_interval, 1.0)) {
    sums.add(silence, 0);
  }
  Rate rate;
  rate.bytes_per_second = sums.bytes / sums.seconds;
  const double intervals = sums.seconds * sums.seconds / sums.seconds_squared;
  if (intervals < kFewestIntervals || bytes_total < last_bytes_ || bytes_total == 0 || rate.bytes_per_second <= 0) {
    return rate;
  }
  const double mean = rate.bytes_per_second;
  const double variance = std::max(0.0, sums.rate_squares / sums.seconds - mean * mean) * intervals / (intervals - 1);
  rate.seconds_left = static_cast<double>(bytes_total - last_bytes_) / mean;
  rate.seconds_left_uncertainty = *rate.seconds_left * std::sqrt(variance / intervals) / mean;
  return rate;
}

}  // namespace quaymaster::jobs
