#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/operation.h"
#include "arm/paging.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "providers/recovery_services/protection/item_work.h"
#include "providers/recovery_services/protection/items_models.h"

namespace quaymaster::recovery_services {

/// Protected items: handlers of kItemRows. Every change is a job. What can be checked is checked before the job is
/// created, since az treats a failed operation as a success (clients.md 5.2). Thread-safe once built.
class Items {
 public:
  /// Adds job kinds to the engine, which must not have been started.
  Items(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations);

  Result<arm::Reply<>> put(arm::Context& context, const ItemPath& path, const ItemRequest& request);
  Result<arm::Reply<ItemAnswer>> get(arm::Context& context, const ItemPath& path);
  Result<arm::Reply<>> remove(arm::Context& context, const ItemPath& path);
  Result<arm::Reply<arm::Page<ItemAnswer>>> list(arm::Context& context, const VaultPath& path);

  // Intents to protect a machine: another form of the same request (backup.md 8.4).
  Result<arm::Reply<Intent>> put_intent(arm::Context& context, const FabricChildPath& path, const Intent& request);
  Result<arm::Reply<Intent>> get_intent(arm::Context& context, const FabricChildPath& path);
  Result<arm::Reply<>> remove_intent(arm::Context& context, const FabricChildPath& path);
  Result<arm::Reply<arm::Page<Intent>>> list_intents(arm::Context& context, const VaultPath& path);

  /// Removes up to `limit` soft-deleted items whose retention has ended, with their points; returns how many. For the
  /// scheduler; the next call continues with the rest.
  Result<std::int64_t> purge_due(Time now, std::size_t limit);

  /// Call when soft delete is switched off: purges all soft-deleted items, the first few hundred in this transaction
  /// and the rest by a job.
  Result<> purge_soft_deleted(store::Writer& writer, const Guid& vault);

 private:
  struct Wanted;
  struct Started;
  /// Call before the transaction: a caller who protects a source needs permission to have it backed up. Returns what
  /// the job stores about that; empty if the request protects nothing.
  Result<arm::LinkedAccess> permit(arm::Context& context, const ItemPath& path, const ItemRequestProperties& request);
  Result<Started> change(store::Writer& writer, arm::Context& context, const ItemPath& path,
                         const ItemRequestProperties& request, const arm::LinkedAccess& access);
  Result<Wanted> read_wanted(const ItemPath& path, const ItemRequestProperties& request) const;
  Result<ItemWork> plan_protection(store::Writer& writer, arm::Context& context, const VaultRecord& vault,
                                   const Wanted& wanted, const std::optional<ItemRecord>& present);
  Result<> check_policy_change(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                               const Wanted& wanted, const ItemRecord& present, const PolicyRecord& policy);
  Result<> find_machine(store::Writer& writer, const VaultRecord& vault, const Wanted& wanted, ItemWork& work);
  Result<> find_share(store::Writer& writer, const VaultRecord& vault, const Wanted& wanted, ItemWork& work);
  Result<> check_elsewhere(store::Reader& reader, const VaultRecord& vault, const ItemWork& work);
  Result<Guid> start(store::Writer& writer, arm::Context& context, const VaultRecord& vault, JobOperation operation,
                     AsyncOperationKind kind, const ItemWork& work);
  Result<Intent> intent_of(const arm::Context& context, const VaultRecord& vault, const ItemRecord& item) const;

  Services& services_;
  OpenVaults& open_vaults_;
};

}  // namespace quaymaster::recovery_services
