#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/common/command.h"
#include "cli/jobs/job_api.h"

namespace quaymaster::cli {

struct WatchOptions {
  bool json = false;  // one JSON object per change instead of a progress line
};

/// One observation of a job.
struct WatchedJob {
  std::string line;  // for a person or, with WatchOptions::json, a JSON object
  bool is_final = false;
  int exit_code = 0;        // of a final one
  std::string description;  // of a final one: written below the line
};
/// Polls until an observation is final, with a `wait` between two, and returns its exit code. The line is rewritten on
/// a terminal, otherwise written when it changes. A poll that fails with Errc::io is repeated, up to ten times in a
/// row, since servers are restarted; every other error is the result.
Result<int> watch(const std::function<Result<WatchedJob>()>& look, const std::function<void()>& wait,
                  Terminal& terminal, const WatchOptions& options);

/// Polls an import or export job with `get` until it has ended, as `watch`, showing state, percent, bytes, rate and
/// remaining time. Returns 0 when everything succeeded, otherwise 3.
Result<int> watch_job(const std::function<Result<JobView>()>& get, const std::function<void()>& wait,
                      double (*seconds)(), Terminal& terminal, const WatchOptions& options);

/// Several lines about a job and its drives, for a person.
std::string describe(const JobView& job);

}  // namespace quaymaster::cli
