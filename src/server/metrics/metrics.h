#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace quaymaster::server {

/// The part of the server that answers a request; metrics and the access log are grouped by it.
enum class FaceName { arm, sign_in, blob, health, admin };
std::string_view name(FaceName face);

/// Counters of this process in Prometheus text form 0.0.4. Counting takes a few relaxed additions; thread-safe.
class Metrics {
 public:
  void count(FaceName face, const http::Exchange& exchange);

  /// A value that is read on every scrape. `values` adds (label text such as `state="running"`, value) pairs; it must
  /// be thread-safe.
  using Values = std::vector<std::pair<std::string, double>>;
  void add_gauge(std::string name, std::string help, std::function<void(Values&)> values);

  std::size_t gauge_count() const;
  /// Removes the gauges added after the first `count`; on return none of them is being read. To be called before the
  /// objects they read from are destroyed.
  void drop_gauges_after(std::size_t count);

  /// Source: Prometheus exposition formats, text-based format.
  std::string text() const;

 private:
  static constexpr std::size_t kFaces = static_cast<std::size_t>(FaceName::admin) + 1;
  static constexpr std::array<double, 12> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                  0.01,   0.05,    0.25,   1,     5,      30};
  struct Face {
    std::array<std::atomic<std::uint64_t>, 500> statuses{};  // by status - 100
    std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets{};
    std::atomic<std::uint64_t> microseconds = 0;
    std::atomic<std::uint64_t> bytes_in = 0;
    std::atomic<std::uint64_t> bytes_out = 0;
    std::atomic<std::uint64_t> cut = 0;
  };
  struct Gauge {
    std::string name;
    std::string help;
    std::function<void(Values&)> values;
  };

  std::array<Face, kFaces> faces_;
  mutable std::mutex mutex_;
  std::vector<Gauge> gauges_;
};

}  // namespace quaymaster::server
