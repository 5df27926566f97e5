#include "providers/recovery_services/provider.h"

#include "providers/recovery_services/backup_jobs.h"
#include "providers/recovery_services/item_record.h"
#include "providers/recovery_services/point_record.h"
#include "providers/recovery_services/policy_record.h"
#include "providers/recovery_services/vault_record.h"

namespace quaymaster::recovery_services {

RecoveryServices::RecoveryServices(Services services)
    : services_(std::move(services)), strongroom_(services_), vaults_(services_, strongroom_, operations_) {
  vaults_.know_items(items_);
  configs_.know_items(items_);
  vaults_.add_hooks({[this](store::Writer& writer, const VaultRecord& vault) {
                       return create_default_policies(writer, vault, services_.clock.now());
                     },
                     &remove_policies});
  vaults_.add_hooks({{}, &Maintenance::forget});
}

arm::Registration RecoveryServices::registration() {
  return arm::Registration(kProvider, operations_, vaults_, configs_, jobs_, items_, containers_, discovery_, policies_,
                           points_, backups_, maintenance_, restores_, contents_);
}

SchedulerWork RecoveryServices::scheduled_work() {
  SchedulerWork work;
  work.start_backup = [this](const ItemRecord& item, Time scheduled) { return backups_.start(item, scheduled); };
  work.expire_points = [this](const ItemRecord& item, const std::vector<PointRecord>& points) {
    return points_.expire(item, points);
  };
  work.purge_deleted_items = [this](Time now) -> Result<> {
    constexpr std::size_t kAtOnce = 20;  // the rest an hour later
    TRY(items_.purge_due(now, kAtOnce));
    return ok();
  };
  work.collect = [this](Time now) -> Result<> {
    TRY(maintenance_.collect_due(now));
    return ok();
  };
  return work;
}

Result<> RecoveryServices::recover() {
  TRY(vaults_.recover());
  return recover_jobs(services_.database, services_.engine);
}

std::vector<store::Schema> schemas() {
  return {
      vaults_schema(),   items_schema(),       backup_jobs_schema(), points_schema(),
      policies_schema(), maintenance_schema(), restores_schema(),
  };
}

}  // namespace quaymaster::recovery_services
