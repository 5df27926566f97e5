#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "http/server/admission.h"
#include "http/server/server.h"

// Private to server.cc: how fast a peer must send and receive.
namespace quaymaster::http {

/// How long a connection has waited for its peer: within one direction of one request, for the deadlines; and since the
/// peer last made progress, for Admission. Only waiting counts, not the time that the server takes.
class Pace {
 public:
  explicit Pace(Guest& guest) : guest_(guest) {}

  void begin_request() { waited_reading_ = waited_writing_ = 0; }

  /// Call around each read and write.
  void begin_waiting(double now) {
    began_ = now;
    if (guest_.waits_since == Guest::kNever) {
      guest_.waits_since = now;
      moved_ = 0;
    }
  }
  void end_reading(double now, std::size_t bytes) { end(now, bytes, waited_reading_); }
  void end_writing(double now, std::size_t bytes) { end(now, bytes, waited_writing_); }

  /// The peer has sent or taken what was awaited.
  void arrived() { guest_.waits_since = Guest::kNever; }

  /// Seconds left to the peer for a body of which `bytes` have arrived: Timeouts::body for a small one, and after that
  /// as long as the minimum rate requires.
  double left_to_read(const Timeouts& timeouts, std::uint64_t bytes) const {
    const auto large = bytes - std::min<std::uint64_t>(bytes, kSmallBody);
    return std::min(seconds(timeouts.read), allowed(seconds(timeouts.body), large) - waited_reading_);
  }
  /// The same for a response of which the peer has taken `bytes`.
  double left_to_write(const Timeouts& timeouts, std::uint64_t bytes) const {
    return std::min(seconds(timeouts.write), allowed(seconds(timeouts.write), bytes) - waited_writing_);
  }

 private:
  static constexpr std::uint64_t kSmallBody = 64 * kKiB;
  static constexpr double kLeastRate = 1024;     // bytes per second; Azure's own limit is about 1,700
  static constexpr std::size_t kForward = kKiB;  // fewer bytes do not count as progress

  static double seconds(std::chrono::milliseconds duration) { return std::chrono::duration<double>(duration).count(); }
  static double allowed(double base, std::uint64_t bytes) { return base + static_cast<double>(bytes) / kLeastRate; }

  void end(double now, std::size_t bytes, double& waited) {
    waited += now - began_;
    moved_ += bytes;
    if (moved_ >= kForward) {
      arrived();
    }
  }

  Guest& guest_;
  double began_ = 0;
  double waited_reading_ = 0;
  double waited_writing_ = 0;
  std::size_t moved_ = 0;
};

}  // namespace quaymaster::http
