#include "providers/recovery_services/provider.h"

#include <utility>

#include "providers/recovery_services/backups/backups.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/containers/containers.h"
#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/jobs/job_exports.h"
#include "providers/recovery_services/jobs/jobs.h"
#include "providers/recovery_services/maintenance/maintenance.h"
#include "providers/recovery_services/maintenance/scheduler.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/points/point_contents.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/points/points.h"
#include "providers/recovery_services/policies/policies.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "providers/recovery_services/protection/items.h"
#include "providers/recovery_services/restores/restores.h"
#include "providers/recovery_services/vaults/vault_configs.h"
#include "providers/recovery_services/vaults/vaults.h"

namespace quaymaster::recovery_services {

struct RecoveryServices::Areas {
  explicit Areas(Services given) : services(std::move(given)) {}

  SchedulerWork scheduled_work() {
    SchedulerWork work;
    work.start_backup = [this](const ItemRecord& item, Time scheduled) { return backups.start(item, scheduled); };
    work.expire_points = [this](const ItemRecord& item, const std::vector<PointRecord>& expired) {
      return points.expire(item, expired);
    };
    work.purge_deleted_items = [this](Time now) -> Result<> {
      constexpr std::size_t kAtOnce = 20;  // the rest an hour later
      TRY(items.purge_due(now, kAtOnce));
      return ok();
    };
    work.collect = [this](Time now) -> Result<> {
      TRY(maintenance.collect_due(now));
      return ok();
    };
    return work;
  }

  Services services;
  OpenVaults open_vaults{services};
  AsyncOperationRoutes operations;
  JobExports exports{services, operations};
  Jobs jobs{services, exports};
  Items items{services, open_vaults, operations};
  Vaults vaults{services, open_vaults, operations, items};
  VaultConfigs configs{items};
  Containers containers{services, operations};
  Discovery discovery{services};
  Points points{services, open_vaults};
  Backups backups{services, open_vaults};
  Maintenance maintenance{services, open_vaults, operations};
  Restores restores{services, open_vaults, operations};
  PointContents contents{services, open_vaults};
  Policies policies{services, operations};
  Scheduler scheduler{services.database, services.clock, scheduled_work()};
};

RecoveryServices::RecoveryServices(Services services) : areas_(std::make_unique<Areas>(std::move(services))) {}

RecoveryServices::~RecoveryServices() = default;

arm::Registration RecoveryServices::registration() {
  auto& all = *areas_;
  return arm::Registration(kProvider, all.operations, all.vaults, all.configs, all.jobs, all.items, all.containers,
                           all.discovery, all.policies, all.points, all.backups, all.maintenance, all.restores,
                           all.contents);
}

Result<> RecoveryServices::recover() {
  TRY(areas_->vaults.recover());
  return recover_jobs(areas_->services.database, areas_->services.engine);
}

void RecoveryServices::start() {
  areas_->scheduler.start();
}
void RecoveryServices::stop() {
  areas_->scheduler.stop();
}

Vaults& RecoveryServices::vaults() {
  return areas_->vaults;
}
OpenVaults& RecoveryServices::open_vaults() {
  return areas_->open_vaults;
}
AsyncOperationRoutes& RecoveryServices::operations() {
  return areas_->operations;
}
JobExports& RecoveryServices::exports() {
  return areas_->exports;
}
Items& RecoveryServices::items() {
  return areas_->items;
}
Points& RecoveryServices::points() {
  return areas_->points;
}
Backups& RecoveryServices::backups() {
  return areas_->backups;
}
Maintenance& RecoveryServices::maintenance() {
  return areas_->maintenance;
}
Scheduler& RecoveryServices::scheduler() {
  return areas_->scheduler;
}

std::vector<store::Schema> schemas() {
  return {
      vaults_schema(),      operations_schema(), containers_schema(), scheduler_schema(),   items_schema(),
      backup_jobs_schema(), points_schema(),     policies_schema(),   maintenance_schema(), restores_schema(),
  };
}

}  // namespace quaymaster::recovery_services
