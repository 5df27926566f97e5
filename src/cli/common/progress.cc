#include "cli/common/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace quaymaster::cli {
namespace {

/// The averaging window is about this long: short enough to follow a change of pace, long enough for a steady display.
constexpr double kMemorySeconds = 5;

}  // namespace

void ProgressMeter::update(double seconds, std::uint64_t done, std::uint64_t total) {
  if (last_seconds_ && seconds > *last_seconds_) {
    const double passed = seconds - *last_seconds_;
    const double now = done >= done_ ? static_cast<double>(done - done_) / passed : 0;
    const double weight = has_rate_ ? 1 - std::exp(-passed / kMemorySeconds) : 1;
    has_rate_ = has_rate_ || now > 0;
    rate_ += weight * (now - rate_);
  }
  last_seconds_ = seconds;
  done_ = done;
  total_ = total;
}

std::optional<double> ProgressMeter::seconds_left() const {
  if (total_ == 0 || rate_ < 1) {
    return std::nullopt;
  }
  return static_cast<double>(total_ - std::min(done_, total_)) / rate_;
}

std::string format_bytes(double bytes) {
  static constexpr std::array<std::string_view, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, kUnits.at(unit));
}

std::string format_rate(double per_second) {
  return format_bytes(per_second) + "/s";
}

std::string format_seconds(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(0.0, std::ceil(seconds)));
  const auto hours = whole / 3600;
  const auto minutes = whole / 60 % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                   : fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string format_bar(double fraction, std::size_t width) {
  const auto filled = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(width));
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "]";
}

}  // namespace quaymaster::cli
