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

/// On-demand points live no longer than a daily point may (backup.md 10.3); what is asked beyond that is cut silently.
constexpr std::chrono::hours kLongestOnDemandLife{24 * 9999};

/// Backups: the trigger (backup.md 11), what the scheduler starts, and the job that does it. Thread-safe.
///
/// The job has one step, since an image or a directory that was opened for one attempt is gone with its process. A
/// repeat reads again and stores what is missing: everything that an earlier attempt had sealed is found by its id. The
/// point, the item's state and the end of the job's tasks appear in one transaction, or not at all.
class Backups {
 public:
  /// Adds the job kind to the engine, which must not have been started.
  Backups(Services& services, OpenVaults& open_vaults);

  Result<arm::Reply<>> trigger(arm::Context& context, const ItemPath& path, const BackupRequest& request);

  /// Starts the backup that was due at `scheduled`, for the scheduler; the answer is the job's id. Errc::conflict: a
  /// backup of the item runs, or it is not protected (any more). Errc::not_found: it is gone.
  Result<Guid> start(const ItemRecord& item, Time scheduled);

 private:
  jobs::Kind kind();
  /// Checks and creates, in one transaction with whatever caused it.
  Result<Guid> start_work(store::Writer& writer, const ItemRecord& item, const BackupWork& work, std::string activity,
                          std::optional<Guid> operation, Time now);

  Services& services_;
  OpenVaults& open_vaults_;
};

}  // namespace quaymaster::recovery_services
