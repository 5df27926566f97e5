#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arm/operation.h"
#include "arm/paths.h"
#include "arm/resource_groups.h"
#include "jobs/engine.h"
#include "providers/resources/models.h"

namespace quaymaster::resources {

/// Microsoft.Resources: the handlers of kResourcesProvider's rows, and the job that deletes a group. Thread-safe.
class Resources {
 public:
  /// Adds its job kind to the engine, so construct it before the engine starts. `providers` are those that the server
  /// offers, for the listing; they are static, like their tables.
  Resources(store::Database& database, arm::ResourceGroups& groups, jobs::Engine& engine,
            std::vector<const arm::Provider*> providers);

  /// Call before the engine starts: releases groups that are marked as being deleted although no job deletes them.
  Result<> recover();

  Result<arm::Reply<arm::Page<TenantAnswer>>> list_tenants(arm::Context& context);
  Result<arm::Reply<arm::Page<SubscriptionAnswer>>> list_subscriptions(arm::Context& context);
  Result<arm::Reply<SubscriptionAnswer>> get_subscription(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<arm::Page<LocationAnswer>>> list_locations(arm::Context& context,
                                                               const arm::SubscriptionPath& path);

  Result<arm::Reply<arm::Page<GroupAnswer>>> list_groups(arm::Context& context, const arm::SubscriptionPath& path);
  Result<arm::Reply<GroupAnswer>> get_group(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<>> check_group(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<GroupAnswer>> put_group(arm::Context& context, const arm::GroupPath& path, const PutGroup& body);
  Result<arm::Reply<GroupAnswer>> patch_group(arm::Context& context, const arm::GroupPath& path,
                                              const PatchGroup& body);
  Result<arm::Reply<>> delete_group(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Reply<>> get_operation_result(arm::Context& context, const OperationPath& path);

  Result<arm::Reply<arm::Page<ProviderAnswer>>> list_providers(arm::Context& context,
                                                               const arm::SubscriptionPath& path);
  Result<arm::Reply<ProviderAnswer>> get_provider(arm::Context& context, const ProviderPath& path);
  Result<arm::Reply<arm::Page<ProviderAnswer>>> list_tenant_providers(arm::Context& context);
  Result<arm::Reply<ProviderAnswer>> get_tenant_provider(arm::Context& context, const TenantProviderPath& path);

  Result<arm::Reply<arm::Page<ResourceAnswer>>> list_resources(arm::Context& context,
                                                               const arm::SubscriptionPath& path);
  Result<arm::Reply<arm::Page<ResourceAnswer>>> list_group_resources(arm::Context& context, const arm::GroupPath& path);

 private:
  Result<arm::Group> look_up(arm::Context& context, const arm::GroupPath& path);
  Result<arm::Page<ResourceAnswer>> resources_page(arm::Context& context, std::string_view subscription,
                                                   std::string_view group);
  ProviderAnswer describe(const arm::Provider& provider, std::string_view prefix, bool in_subscription) const;
  Result<ProviderAnswer> find_provider(std::string_view name, std::string_view prefix, bool in_subscription) const;

  // The steps of the job that deletes a group (jobs.cc).
  jobs::Kind deletion();
  /// Asks every owner whether it can remove its resources in the group. Errc::conflict, published.
  Result<> may_remove(std::string_view subscription, std::string_view group);
  Result<> remove_contents(jobs::Run& run);
  Result<> remove_group(jobs::Run& run);

  store::Database& database_;
  arm::ResourceGroups& groups_;
  jobs::Engine& engine_;
  const std::vector<const arm::Provider*> providers_;
};

/// The kind of the job that deletes a group; its subject is the group's id in lower case.
inline constexpr std::string_view kGroupDeletion = "resources.delete_group";

extern const arm::Provider kResourcesProvider;

}  // namespace quaymaster::resources
