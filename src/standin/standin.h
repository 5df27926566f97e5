#pragma once

#include <chrono>
#include <list>
#include <memory>

#include "standin/faults.h"
#include "standin/held_reads.h"
#include "standin/plane.h"
#include "standin/request_log.h"
#include "standin/steered_clock.h"

namespace quaymaster::standin {

/// All of the stand-in, put together for one server. Outlives what it stands before.
class Standin {
 public:
  explicit Standin(const Clock& machine) : clock_(machine), plane_({clock_, faults_, log_}) {}

  SteeredClock& clock() { return clock_; }
  Faults& faults() { return faults_; }
  RequestLog& log() { return log_; }
  Plane& plane() { return plane_; }

  /// The face to ask instead of `face`: with faults in front of it.
  http::Handler& before(http::Handler& face) { return faces_.emplace_back(face, faults_); }
  /// The same for Resource Manager, whose reads are held as well.
  http::Handler& before(http::Handler& face, store::Database& database, std::chrono::milliseconds hold) {
    held_ = std::make_unique<HeldReads>(face, database, hold);
    return before(*held_);
  }
  /// Before a drain: nothing is held from here on.
  void let_go() {
    if (held_) {
      held_->let_go();
    }
  }

 private:
  SteeredClock clock_;
  Faults faults_;
  RequestLog log_;
  Plane plane_;
  std::unique_ptr<HeldReads> held_;
  std::list<FaultyFace> faces_;
};

}  // namespace quaymaster::standin
