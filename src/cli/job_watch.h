#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "cli/job_api.h"

namespace quaymaster::cli {

struct WatchOptions {
  bool json = false;  // one JSON object a change instead of a progress line
};

/// Looks at a job with `get` until it has ended, with a `wait` between two looks, showing state, percent, bytes, rate
/// and remaining time: one line that is rewritten on a terminal, a line a change elsewhere. Answers 0 when everything
/// succeeded, 3 when not. A look that fails with Errc::io is repeated, up to ten times in a row: servers are restarted;
/// every other error is the result.
Result<int> watch_job(const std::function<Result<JobView>()>& get, const std::function<void()>& wait,
                      double (*seconds)(), Terminal& terminal, const WatchOptions& options);

/// Several lines about a job and its drives, for a person.
std::string describe(const JobView& job);

}  // namespace quaymaster::cli
