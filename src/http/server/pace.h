#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "http/server/admission.h"
#include "http/server/server.h"

// Private to server.cc: how a peer keeps pace with its connection.
namespace quaymaster::http {

/// How long a connection has waited for its peer: in one direction of one request, for the deadlines, and since the
/// peer last brought it forward, for Admission. Only waiting counts, not what the server does meanwhile.
class Pace {
 public:
  explicit Pace(Guest& guest) : guest_(guest) {}

  void begin_request() { waited_reading_ = waited_writing_ = 0; }

  /// Around each read and write.
  void begin_waiting(double now) {
    began_ = now;
    if (guest_.waits_since == Guest::kNever) {
      guest_.waits_since = now;
      moved_ = 0;
    }
  }
  void end_reading(double now, std::size_t bytes) { end(now, bytes, waited_reading_); }
  void end_writing(double now, std::size_t bytes) { end(now, bytes, waited_writing_); }

  /// The peer has done what it was waited for.
  void arrived() { guest_.waits_since = Guest::kNever; }

  /// Seconds that the peer has left for a body of which `bytes` have come: Timeouts::body for a small one, and then
  /// as long as the least rate takes.
  double left_to_read(const Timeouts& timeouts, std::uint64_t bytes) const {
    const auto large = bytes - std::min<std::uint64_t>(bytes, kSmallBody);
    return std::min(seconds(timeouts.read), allowed(seconds(timeouts.body), large) - waited_reading_);
  }
  /// The same for an answer of which it has taken `bytes`.
  double left_to_write(const Timeouts& timeouts, std::uint64_t bytes) const {
    return std::min(seconds(timeouts.write), allowed(seconds(timeouts.write), bytes) - waited_writing_);
  }

 private:
  static constexpr std::uint64_t kSmallBody = 64 * kKiB;
  static constexpr double kLeastRate = 1024;     // bytes a second; Azure's own limit is some 1,700
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
