#pragma once

#include "arm/operation.h"
#include "arm/paging.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/containers/containers_models.h"
#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/operations/async_operations.h"

namespace quaymaster::recovery_services {

/// Containers: protected machines and registered storage accounts. Handlers of the first half of kContainerRows.
/// Thread-safe once built.
class Containers {
 public:
  /// Adds the registering job kind to the engine, which must not have been started.
  Containers(Services& services, AsyncOperationRoutes& operations);

  Result<arm::Reply<wire::Json>> put(arm::Context& context, const ContainerPath& path, const Container& request);
  Result<arm::Reply<Container>> get(arm::Context& context, const ContainerPath& path);
  Result<arm::Reply<>> remove(arm::Context& context, const ContainerPath& path);
  Result<arm::Reply<arm::Page<Container>>> list(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<arm::Page<Container>>> list_deleted(arm::Context& context, const VaultPath& path);
  /// Other contents that a container could have: databases, which are not protected here.
  Result<arm::Reply<wire::Json>> nothing(arm::Context& context, const ContainerPath& path);

 private:
  jobs::Kind registration();
  Result<Container> find(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                         std::string_view name);
  /// `of_deleted`: only containers of soft-deleted items, otherwise only the others.
  Result<arm::Reply<arm::Page<Container>>> page_of(arm::Context& context, const VaultPath& path, bool of_deleted);
  Services& services_;
};

/// What could be protected, what is, and what may be. Handlers of the second half of kContainerRows. Thread-safe.
class Discovery {
 public:
  explicit Discovery(Services& services) : services_(services) {}

  Result<arm::Reply<>> refresh(arm::Context& context, const FabricPath& path);
  Result<arm::Reply<>> inquire(arm::Context& context, const ContainerPath& path);
  Result<arm::Reply<arm::Page<ProtectableItem>>> items(arm::Context& context, const VaultPath& path);
  Result<arm::Reply<arm::Page<ProtectableContainer>>> containers(arm::Context& context, const FabricPath& path);
  Result<arm::Reply<StatusAnswer>> status(arm::Context& context, const LocationPath& path,
                                          const StatusRequest& request);
  Result<arm::Reply<ValidateAnswer>> validate(arm::Context& context, const LocationPath& path,
                                              const ValidateRequest& request);
  Result<arm::Reply<FeatureAnswer>> feature(arm::Context& context, const LocationPath& path,
                                            const FeatureRequest& request);

 private:
  Result<> machines_page(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                         const arm::PageRequest& wanted, std::string_view friendly_name,
                         arm::Page<ProtectableItem>& page);
  Result<> shares_page(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                       const arm::PageRequest& wanted, std::string_view container, std::string_view friendly_name,
                       arm::Page<ProtectableItem>& page);
  Result<bool> shares_of_container(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                                   const ContainerRecord& container, const arm::PageRequest& wanted,
                                   std::string_view friendly_name, std::string& last, arm::Page<ProtectableItem>& page);
  Result<> look_for_machines(arm::Context& context, const VaultPath& path);
  Services& services_;
};

/// GET /providers/Microsoft.RecoveryServices/operations: the permissions of the table's rows, each once.
Result<arm::Reply<wire::Json>> list_operations(arm::Context& context);

}  // namespace quaymaster::recovery_services
