#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/common/command.h"
#include "cli/jobs/backup_job_api.h"
#include "cli/jobs/job_watch.h"

namespace quaymaster::cli {

/// Follows a backup job as watch_job follows an import: percentage, bytes, rate and remaining time with its
/// uncertainty, as reported by the server. Returns exit_code_of the finished job.
Result<int> watch_backup_job(const std::function<Result<BackupJobView>()>& get, const std::function<void()>& wait,
                             Terminal& terminal, const WatchOptions& options);

/// 0 completed, 3 completed with warnings, 4 failed, 5 cancelled.
int exit_code_of(const BackupJobView& job);

/// Several lines about a job for a person: its tasks, its property bag, its errors and what to do about them.
std::string describe(const BackupJobView& job);
/// A table of jobs, one per line.
std::string table_of(const std::vector<BackupJobView>& jobs);

}  // namespace quaymaster::cli
