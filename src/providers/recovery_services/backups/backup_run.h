#pragma once

#include <string_view>

#include "jobs/engine.h"
#include "providers/recovery_services/backups/backup_models.h"
#include "providers/recovery_services/backups/backup_source.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/jobs/backup_jobs.h"

namespace quaymaster::recovery_services {

// Task ids as recorded (backup.md 14.4).
inline constexpr std::string_view kTakeSnapshot = "Take Snapshot";
inline constexpr std::string_view kTransferData = "Transfer data to vault";

/// One attempt of a backup, from the opened source to the committed point.
class BackupRun {
 public:
  BackupRun(Services& services, OpenVaults& open_vaults, jobs::Run& run)
      : services_(services), open_vaults_(open_vaults), run_(run) {}
  Result<> run();

 private:
  Result<bool> load();
  Result<> begin_task(std::string_view task);
  Result<std::optional<workload::Previous>> previous(vault::Vault& vault);
  Result<CapturedSource> capture(vault::Session& session, vault::Vault& vault, OpenedSource& source);
  /// Called in the transaction that makes the point visible.
  Result<> record_point(store::Writer& writer, const vault::Point& made, const CapturedSource& captured);

  Services& services_;
  OpenVaults& open_vaults_;
  jobs::Run& run_;
  BackupWork work_;
  ItemRecord item_;
  Time taken_;  // when the source was opened
};

/// Kind::ended of backups: stores how the backup ended in the item, and what clients see in the job.
Result<> end_backup(store::Writer& writer, const jobs::Record& record);

}  // namespace quaymaster::recovery_services
