#pragma once

#include "arm/operation.h"
#include "arm/paging.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/jobs/job_exports.h"
#include "providers/recovery_services/jobs/job_models.h"
#include "providers/recovery_services/jobs/job_record.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "store/memo.h"

namespace quaymaster::recovery_services {

/// Backup jobs as clients see them: handlers of kJobRows. Thread-safe.
class Jobs {
 public:
  Jobs(Services& services, JobExports& exports)
      : services_(services), exports_(exports), known_(services.database), pages_(services.database, kPages) {}

  Result<arm::Reply<arm::Page<WireJob>>> list(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<WireJob>> get(arm::Context& context, const JobPath& path);
  /// 202 with an operation that ends with the job: succeeded if the job was cancelled, failed if it ended first.
  Result<arm::Reply<>> cancel(arm::Context& context, const JobPath& path);
  /// 202 with an operation whose result says where the list is stored (job_exports.h).
  Result<arm::Reply<>> export_list(arm::Context& context, const VaultPath& path);

 private:
  struct Known {
    VaultRecord vault;
    BackupJob job;
  };
  struct KnownPage {
    VaultRecord vault;
    std::vector<BackupJob> jobs;
    bool goes_on = false;
  };
  static constexpr std::size_t kPages = 64;  // of a few hundred KiB each

  Services& services_;
  JobExports& exports_;
  store::Memo<Known> known_;      // by path: what clients poll
  store::Memo<KnownPage> pages_;  // by path and query
};

}  // namespace quaymaster::recovery_services
