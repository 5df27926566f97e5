#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/guid.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/jobs/job_record.h"
#include "providers/recovery_services/provider.h"
#include "store/sqlite/open_sqlite.h"

// bench_job_rows RECORDS COUNT: inserts this many finished backup jobs, one per minute before now, into the only vault
// of a data directory that no server has open. It simulates years of use; creating them through the API would take
// hours.
namespace quaymaster::recovery_services {
namespace {

constexpr std::int64_t kBatch = 10'000;

BackupJob nth(std::int64_t n, const Guid& vault, Time now, RandomSource& random) {
  constexpr JobStatus kStatus[] = {JobStatus::completed, JobStatus::completed, JobStatus::completed_with_warnings,
                                   JobStatus::completed, JobStatus::failed};
  constexpr JobOperation kOperation[] = {JobOperation::backup,  JobOperation::backup, JobOperation::backup,
                                         JobOperation::restore, JobOperation::backup, JobOperation::configure_backup,
                                         JobOperation::backup};
  BackupJob job;
  job.id = random.guid();
  job.vault = vault;
  job.operation = kOperation[n % std::size(kOperation)];
  job.kind = n % 3 == 0 ? SourceKind::file_share : SourceKind::machine;
  job.status = kStatus[n % std::size(kStatus)];
  job.started = now - std::chrono::minutes(n + 1);
  job.ended = job.started + std::chrono::seconds(40);
  job.about.entity = fmt::format("vm{}", n % 500);
  job.about.container = "iaasvmcontainerv2;bench;vm";
  job.about.activity = random.guid().text();
  job.history.tasks = {{"Take Snapshot", TaskStatus::completed, job.started, job.ended},
                       {"Transfer data to vault", TaskStatus::completed, job.started, job.ended}};
  job.history.bag = {{"VM Name", job.about.entity}, {"Backup Size", "2048 MB"}};
  return job;
}

Result<> fill(const Path& records, std::int64_t count) {
  SystemClock clock;
  SystemRandom random;
  TRY(const auto database, store::open_sqlite(records, schemas()));
  Guid vault;
  TRY(database->read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vaults, all_vaults(reader));
    if (vaults.size() != 1) {
      return invalid("{} has {} vaults, not one", records.native(), vaults.size());
    }
    vault = vaults.front().id;
    return ok();
  }));
  const auto now = clock.now();
  for (std::int64_t first = 0; first < count; first += kBatch) {
    TRY(database->write([&](store::Writer& writer) -> Result<> {
      for (std::int64_t n = first; n < std::min(count, first + kBatch); ++n) {
        TRY(insert_job(writer, nth(n, vault, now, random)));
      }
      return ok();
    }));
  }
  return ok();
}

}  // namespace
}  // namespace quaymaster::recovery_services

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: bench_job_rows RECORDS COUNT\n");
    return 2;
  }
  const auto filled = quaymaster::recovery_services::fill(words[1], std::atoll(words[2]));
  if (!filled) {
    std::fprintf(stderr, "%s\n", filled.error().cause().c_str());
  }
  return filled ? 0 : 1;
}
