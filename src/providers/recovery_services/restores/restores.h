#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/restores/restore_models.h"
#include "providers/recovery_services/restores/restore_plan.h"

namespace quaymaster::recovery_services {

/// Tables of the restores' area, for open_sqlite.
store::Schema restores_schema();

/// Restores (backup.md 13). Mistakes in a request are answered at once; later failures are reported by the job.
/// Handlers of kRestoreRows. Thread-safe.
class Restores {
 public:
  /// Adds the job kind to the engine.
  Restores(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations);

  /// 202 with an operation that names the job.
  Result<arm::Reply<>> trigger(arm::Context& context, const PointPath& path, const RestoreBody& body);
  /// Returns the errors that `trigger` would return for the request, as a list; empty: nothing is wrong with it.
  Result<arm::Reply<ValidationAnswer>> validate(arm::Context& context, const VaultPath& path, const ValidateBody& body);
  /// The same as an operation, which has already ended when this returns.
  Result<arm::Reply<>> trigger_validate(arm::Context& context, const VaultPath& path, const ValidateBody& body);

 private:
  struct Subject {
    VaultRecord vault;
    ItemRecord item;
    PointRecord point;
  };
  Result<Subject> subject_of(store::Reader& reader, const PointPath& path);
  Result<RestorePlan> plan(store::Reader& reader, const Subject& subject, const RestoreRequest& request);
  /// Checks the permissions the plan needs where it writes, and records in the plan who asked.
  Result<> permit(arm::Context& context, RestorePlan& plan);
  Result<Guid> start(store::Writer& writer, arm::Context& context, const Subject& subject, const RestorePlan& plan,
                     const Guid& operation);
  Result<ValidationAnswer> results_of(arm::Context& context, const VaultPath& path, const ValidateBody& body);
  jobs::Kind kind();

  Services& services_;
  OpenVaults& open_vaults_;
};

}  // namespace quaymaster::recovery_services
