#pragma once

#include "arm/operation.h"
#include "jobs/engine.h"
#include "providers/recovery_services/backups/backup_models.h"
#include "providers/recovery_services/backups/backup_source.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/items/item_record.h"

namespace quaymaster::recovery_services {

/// On-demand points live no longer than a daily point may (backup.md 10.3); a longer requested life is shortened
/// silently.
constexpr std::chrono::hours kLongestOnDemandLife{24 * 9999};

/// Backups: the request (backup.md 11), what the scheduler starts, and the job that does the work. Thread-safe.
///
/// The job has a single step, since an opened image or directory does not outlive its process. A repeated attempt
/// reads again and stores only what is missing: everything that an earlier attempt sealed is found by its id. The
/// point, the item's state and the end of the job's tasks become visible in one transaction, or not at all.
class Backups {
 public:
  /// Adds the job kind to the engine, which must not have been started.
  Backups(Services& services, OpenVaults& open_vaults);

  Result<arm::Reply<>> trigger(arm::Context& context, const ItemPath& path, const BackupRequest& request);

  /// Starts the backup that was due at `scheduled`, for the scheduler; returns the job's id. Errc::conflict: a backup
  /// of the item is running, or the item is not protected (any more). Errc::not_found: the item no longer exists.
  Result<Guid> start(const ItemRecord& item, Time scheduled);

 private:
  jobs::Kind kind();
  /// Checks the item and creates the job, in the transaction of the request or scheduled run.
  Result<Guid> start_work(store::Writer& writer, const ItemRecord& item, const BackupWork& work, std::string activity,
                          std::optional<Guid> operation, Time now);

  Services& services_;
  OpenVaults& open_vaults_;
};

}  // namespace quaymaster::recovery_services
