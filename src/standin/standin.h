#pragma once

#include <chrono>
#include <memory>

#include "base/thread_pool.h"
#include "standin/faults.h"
#include "standin/gate.h"
#include "standin/held_reads.h"
#include "standin/plane.h"
#include "standin/request_log.h"
#include "standin/steered_clock.h"

namespace quaymaster::standin {

/// The whole stand-in of one server.
class Standin {
 public:
  /// All arguments must outlive it.
  Standin(const Clock& machine, StateStore& states, ThreadPool& pool)
      : clock_(machine), plane_({clock_, faults_, log_, states, pool}) {}

  SteeredClock& clock() { return clock_; }
  Faults& faults() { return faults_; }
  RequestLog& log() { return log_; }
  Plane& plane() { return plane_; }

  /// The handlers for listeners; they stay the same when the faces are replaced.
  Gate::Faces fronts() { return gate_.fronts(); }

  /// Installs these faces, with faults in front of all of them and held reads in front of Resource Manager.
  void open(Gate::Faces faces, store::Database& database, std::chrono::milliseconds hold) {
    auto next = std::make_unique<Chain>(faces, faults_, database, hold);
    gate_.open({&next->arm, &next->sign_in, &next->blob});
    chain_ = std::move(next);  // the old one is no longer in use: the gate was closed
  }
  /// Answers held reads at once and blocks until no request uses the faces. Errc::busy: one still does after
  /// `patience`; everything is as before.
  Result<> close(std::chrono::milliseconds patience) {
    chain_->held.release_held(true);
    auto closed = gate_.close(patience);
    if (!closed) {
      chain_->held.release_held(false);
    }
    return closed;
  }

  /// From here on no read is held.
  void release_held() {
    if (chain_) {
      chain_->held.release_held(true);
    }
  }

 private:
  struct Chain {
    Chain(Gate::Faces faces, Faults& faults, store::Database& database, std::chrono::milliseconds hold)
        : held(*faces.arm, database, hold),
          arm(held, faults),
          sign_in(*faces.sign_in, faults),
          blob(*faces.blob, faults, FaultyFace::Errors::xml) {}
    HeldReads held;
    FaultyFace arm, sign_in, blob;
  };

  SteeredClock clock_;
  Faults faults_;
  RequestLog log_;
  Plane plane_;
  Gate gate_;
  std::unique_ptr<Chain> chain_;
};

}  // namespace quaymaster::standin
