#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include "jobs/step_run.h"

namespace quaymaster::jobs {

/// A paused job is tried again after a delay that doubles up to this.
constexpr Ticks kLongestDelay = std::chrono::minutes{1};
/// A job that waits for room on the engine's own disk goes on so soon after there is some.
constexpr Ticks kLookForSpaceEvery = std::chrono::seconds{1};
/// Less is what the records and logs of a server take and give back while nobody makes room.
constexpr std::uint64_t kMoreRoom = kMiB;

/// Carries one job that this engine holds as far as it goes: step after step, each recorded before the next, until the
/// job has ended, pauses, is given back because the server drains, or belongs to another engine.
class JobRunner {
 public:
  JobRunner(RunContext& context, std::stop_token draining, const Kind& kind, std::shared_ptr<Live> live,
            records::Stored stored);

  /// When a paused job is to be tried again; absent when it need not be looked at.
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
  std::uint64_t room_had_ = 0;  // StepRun::room_had of the present step
};

}  // namespace quaymaster::jobs
