#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/common/command.h"
#include "cli/jobs/job_api.h"

namespace quaymaster::cli {

struct WatchOptions {
  bool json = false;  // one JSON object a change instead of a progress line
};

/// One look at a job.
struct WatchedJob {
  std::string line;  // for a person or, with WatchOptions::json, as a JSON object
  bool is_final = false;
  int exit_code = 0;        // of a final one
  std::string description;  // of a final one: what is written below the line
};
/// Looks until a look is final, with a `wait` between two, and answers that one's exit code. The line is rewritten on a
/// terminal, written when it changes elsewhere. A look that fails with Errc::io is repeated, up to ten times in a row:
/// servers are restarted; every other error is the result.
Result<int> watch(const std::function<Result<WatchedJob>()>& look, const std::function<void()>& wait,
                  Terminal& terminal, const WatchOptions& options);

/// Looks at an import or export job with `get` until it has ended, as `watch`, showing state, percent, bytes, rate and
/// remaining time. Answers 0 when everything succeeded, 3 when not.
Result<int> watch_job(const std::function<Result<JobView>()>& get, const std::function<void()>& wait,
                      double (*seconds)(), Terminal& terminal, const WatchOptions& options);

/// Several lines about a job and its drives, for a person.
std::string describe(const JobView& job);

}  // namespace quaymaster::cli
