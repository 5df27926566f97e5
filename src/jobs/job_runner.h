#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "jobs/step_run.h"

namespace quaymaster::jobs {

/// A paused job is retried after a delay that doubles up to this.
constexpr Ticks kLongestDelay = std::chrono::minutes{1};
/// A job that waits for room on the engine's own disk continues this soon after there is some.
constexpr Ticks kLookForSpaceEvery = std::chrono::seconds{1};
/// The records and logs of a server take and free less than this even when nothing else changes.
constexpr std::uint64_t kMoreRoom = kMiB;

/// Runs one job that this engine holds, recording each step before the next, until the job has ended, pauses, is
/// released because the server drains, or belongs to another engine.
class JobRunner {
 public:
  JobRunner(RunContext& context, std::stop_token draining, const Kind& kind, std::shared_ptr<Live> live,
            records::Stored stored);

  /// Returns when a paused job is to be retried; nullopt when it need not be.
  std::optional<Time> run();

 private:
  Result<> run_step(const Step& step);
  std::optional<Time> settle(const Error& error);
  std::optional<Time> pause(const Error& error);
  std::optional<Time> end(State state, std::string reason, std::string error_code);
  Result<> try_to_end(bool with_hook, bool& hook_refused);
  void give_back();
  bool record(bool keep, Time due);
  bool insist(const std::function<Result<>()>& write);

  RunContext& context_;
  const std::stop_token draining_;
  const Kind& kind_;
  const std::shared_ptr<Live> live_;
  records::Stored job_;
  std::uint64_t room_had_ = 0;  // StepRun::room_had of the current step
};

}  // namespace quaymaster::jobs
