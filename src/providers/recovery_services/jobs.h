#pragma once

#include "arm/operation.h"
#include "arm/paging.h"
#include "providers/recovery_services/job_exports.h"
#include "providers/recovery_services/job_models.h"
#include "providers/recovery_services/operations_status.h"
#include "providers/recovery_services/paths.h"
#include "providers/recovery_services/services.h"

namespace quaymaster::recovery_services {

/// Backup jobs as clients see them: handlers of kJobRows. Thread-safe.
class Jobs {
 public:
  Jobs(Services& services, JobExports& exports) : services_(services), exports_(exports) {}

  Result<arm::Reply<arm::Page<WireJob>>> list(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<WireJob>> get(arm::Context& context, const JobPath& path);
  /// 202 with an operation that ends with the job: succeeded when that was cancelled, failed when it ended first.
  Result<arm::Reply<>> cancel(arm::Context& context, const JobPath& path);
  /// 202 with an operation whose result tells where the list lies (job_exports.h).
  Result<arm::Reply<>> export_list(arm::Context& context, const VaultPath& path);

 private:
  Services& services_;
  JobExports& exports_;
};

}  // namespace quaymaster::recovery_services
