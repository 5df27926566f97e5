#pragma once

#include "arm/operation.h"
#include "jobs/engine.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/maintenance/maintenance_models.h"
#include "providers/recovery_services/operations/async_operations.h"

namespace quaymaster::recovery_services {

/// Tables of maintenance, for open_sqlite.
store::Schema maintenance_schema();

/// Check, collect and index rebuild of whole vaults, as engine jobs that no list of backup jobs shows, and further
/// requests of our own command line. At most one run of each kind per vault at a time; both run concurrently with
/// backups and restores. Thread-safe.
class Maintenance {
 public:
  /// Adds job kinds to the engine, which must not have been started.
  Maintenance(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations);

  Result<arm::Reply<>> check(arm::Context& context, const VaultPath& path, const CheckRequest& request);
  Result<arm::Reply<>> collect(arm::Context& context, const VaultPath& path, const EmptyRequest& request);
  Result<arm::Reply<>> rebuild_index(arm::Context& context, const VaultPath& path, const EmptyRequest& request);
  Result<arm::Reply<StatsAnswer>> stats(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<MaintenanceRuns>> runs(arm::Context& context, const VaultPath& path);

  /// Starts collect in every vault where the last one began at least `every` ago, or where none has run, unless one
  /// is running; returns how many. For the scheduler.
  Result<std::int64_t> collect_due(Time now, Ticks every = std::chrono::hours{24});
  /// The number of recovery points in all vaults that the latest collect found to lack chunks. For metrics.
  Result<std::uint64_t> incomplete_points();
  /// For VaultHooks::removed.
  static Result<> forget(store::Writer& writer, const VaultRecord& vault);

 private:
  jobs::Kind kind(MaintenanceKind which);
  Result<> work(jobs::Run& run, MaintenanceKind which);
  Result<std::string> check_vault(vault::Vault& vault, MaintenanceDepth depth, const vault::Heartbeat& heartbeat);
  Result<std::string> collect_vault(vault::Vault& vault, const vault::Heartbeat& heartbeat, const store::Fence& fence);
  Result<std::string> rebuild_vault(vault::Vault& vault);
  Result<> ended(store::Writer& writer, const jobs::Record& record);
  Result<arm::Reply<>> start(arm::Context& context, const VaultPath& path, MaintenanceKind which,
                             MaintenanceDepth depth);
  Result<> create(store::Writer& writer, const VaultRecord& vault, MaintenanceKind which, const MaintenanceWork& work,
                  Time now);

  Services& services_;
  OpenVaults& open_vaults_;
};

}  // namespace quaymaster::recovery_services
