#pragma once

#include <vector>

#include "arm/operation.h"
#include "arm/paging.h"
#include "arm/paths.h"
#include "arm/resource_groups.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/common/vault_models.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/protection/items.h"

namespace quaymaster::recovery_services {

/// The vault resource: handlers of kVaultRows. Thread-safe once built.
class Vaults final : public arm::ResourceOwner {
 public:
  /// Adds the job kind that reclaims the space of a removed vault to the engine, which must not have been started.
  Vaults(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations, Items& items);

  /// Completes vaults whose creation was interrupted. Call before the server starts.
  Result<> recover();

  Result<arm::Reply<Vault>> create(arm::Context& context, const VaultPath& path, const Vault& request);
  Result<arm::Reply<Vault>> update(arm::Context& context, const VaultPath& path, const Vault& request);
  Result<arm::Reply<Vault>> get(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<>> remove(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<arm::Page<Vault>>> list_in_subscription(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<arm::Page<Vault>>> list_in_group(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<NameAnswer>> check_name(arm::Context& context, const GroupLocationPath& path,
                                            const CheckName& request);
  Result<arm::Reply<UsageList>> usages(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<UsageList>> usage_summaries(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<wire::Json>> nothing(arm::Context& context, const VaultPath& path);

  // arm::ResourceOwner. A vault that still has items prevents its group from being deleted, as in Azure.
  Result<> list(store::Reader& reader, std::string_view subscription, std::string_view group, std::string_view after,
                std::size_t limit, std::vector<arm::GenericResource>& into) override;
  Result<> may_remove_group(store::Reader& reader, std::string_view subscription, std::string_view group) override;
  Result<> remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) override;

 private:
  jobs::Kind removal();
  Result<> forget_jobs(jobs::Run& run);
  Result<> finish_creation(const Guid& id);
  Result<> check_empty(store::Reader& reader, const VaultRecord& vault);
  Result<> remove_record(store::Writer& writer, const VaultRecord& vault);
  Result<arm::Page<Vault>> page_of(arm::Context& context, std::string_view subscription, std::string_view group);
  Vault answer(const arm::Context& context, const VaultRecord& vault, std::string_view state) const;

  Services& services_;
  OpenVaults& open_vaults_;
  Items& items_;
};

}  // namespace quaymaster::recovery_services
