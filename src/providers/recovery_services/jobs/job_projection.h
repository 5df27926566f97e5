#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "jobs/engine.h"
#include "providers/recovery_services/jobs/job_models.h"
#include "providers/recovery_services/jobs/job_record.h"

namespace quaymaster::recovery_services {

/// What the engine reports about a job that has not ended.
struct LiveJob {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  // 0: not known yet
  jobs::Rate rate;
  std::string waits_for;  // why a paused job waits; otherwise empty
};

/// Who reads a job, and when.
struct JobReader {
  std::string vault_path;   // vault_path(context, vault)
  std::string api_version;  // decides the forms of backup.md 2.3
  Time now;
};

/// A job as clients see it. Everything on the wire is computed here from the row and the engine's live numbers.
/// `detailed`: the answer about one job, with extendedInfo and errorDetails; lists have neither.
WireJob project(const BackupJob& job, const std::optional<LiveJob>& live, const JobReader& reader, bool detailed);

}  // namespace quaymaster::recovery_services
