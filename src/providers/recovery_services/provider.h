#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/backups.h"
#include "providers/recovery_services/containers.h"
#include "providers/recovery_services/items.h"
#include "providers/recovery_services/job_exports.h"
#include "providers/recovery_services/jobs.h"
#include "providers/recovery_services/maintenance.h"
#include "providers/recovery_services/operations_status.h"
#include "providers/recovery_services/point_contents.h"
#include "providers/recovery_services/points.h"
#include "providers/recovery_services/policies.h"
#include "providers/recovery_services/restores.h"
#include "providers/recovery_services/scheduler.h"
#include "providers/recovery_services/services.h"
#include "providers/recovery_services/strongroom.h"
#include "providers/recovery_services/vault_configs.h"
#include "providers/recovery_services/vaults.h"

namespace quaymaster::recovery_services {

/// Microsoft.RecoveryServices. Each area (vaults, policies, items) is a class of its own with its rows in a table of
/// its own; this one holds them together. Thread-safe.
class RecoveryServices {
 public:
  /// Adds job kinds to the engine, which must not have been started.
  explicit RecoveryServices(Services services);

  /// The operation table with the objects it calls, for the face.
  arm::Registration registration();

  /// Finishes what a stop interrupted. Before the server starts.
  Result<> recover();
  /// Runs policies at their times, once the engine runs. `stop` returns when nothing is started any more; before the
  /// engine drains.
  void start() { scheduler_.start(); }
  void stop() { scheduler_.stop(); }

  Vaults& vaults() { return vaults_; }
  Strongroom& strongroom() { return strongroom_; }
  OperationRoutes& operations() { return operations_; }
  JobExports& exports() { return exports_; }
  Items& items() { return items_; }
  Points& points() { return points_; }
  Backups& backups() { return backups_; }
  Maintenance& maintenance() { return maintenance_; }
  Scheduler& scheduler() { return scheduler_; }

 private:
  SchedulerWork scheduled_work();

  Services services_;
  Strongroom strongroom_;
  OperationRoutes operations_;
  Vaults vaults_;
  VaultConfigs configs_;
  JobExports exports_{services_, operations_};
  Jobs jobs_{services_, exports_};
  Items items_{services_, strongroom_, operations_};
  Containers containers_{services_, operations_};
  Discovery discovery_{services_};
  Points points_{services_, strongroom_};
  Backups backups_{services_, strongroom_};
  Maintenance maintenance_{services_, strongroom_, operations_};
  Restores restores_{services_, strongroom_, operations_};
  PointContents contents_{services_, strongroom_};
  Policies policies_{services_, operations_};
  Scheduler scheduler_{services_.database, services_.clock, scheduled_work()};
};

/// Every operation of every area.
extern const arm::Provider kProvider;

/// Tables of every area, for open_sqlite.
std::vector<store::Schema> schemas();

}  // namespace quaymaster::recovery_services
