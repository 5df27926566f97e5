#include "arm/empty_list.h"
#include "arm/paths.h"
#include "providers/resources/resources.h"

namespace quaymaster::resources {
namespace {

#define QM_DEPLOYMENTS "/providers/Microsoft.Resources/deployments"
#define QM_ACTION "Microsoft.Resources/subscriptions"

using enum http::Method;
using R = Resources;

constexpr std::string_view kFirst = "2015-01-01";  // az still uses 2016-06-01 in some places

constexpr std::string_view kNoTemplates = "there is no template engine.";

constexpr arm::Operation kOperations[] = {
    {"Tenants_List", get, "/tenants", kFirst, "", arm::bind<&R::list_tenants>},
    {"Subscriptions_List", get, "/subscriptions", kFirst, "", arm::bind<&R::list_subscriptions>,
     "Those in which the principal may read, or has a role at something."},
    {"Subscriptions_Get", get, QM_SUBSCRIPTION, kFirst, QM_ACTION "/read", arm::bind<&R::get_subscription>, "",
     arm::Reach::inside},
    {"Subscriptions_ListLocations", get, QM_SUBSCRIPTION "/locations", kFirst, QM_ACTION "/locations/read",
     arm::bind<&R::list_locations>, "", arm::Reach::inside},
    {"ResourceGroups_List", get, QM_SUBSCRIPTION "/resourceGroups", kFirst, QM_ACTION "/resourceGroups/read",
     arm::bind<&R::list_groups>, "`$filter` by name, location, tagName and tagValue."},
    {"ResourceGroups_Get", get, QM_GROUP, kFirst, QM_ACTION "/resourceGroups/read", arm::bind<&R::get_group>},
    {"ResourceGroups_CheckExistence", head, QM_GROUP, kFirst, QM_ACTION "/resourceGroups/read",
     arm::bind<&R::check_group>},
    {"ResourceGroups_CreateOrUpdate", put, QM_GROUP, kFirst, QM_ACTION "/resourceGroups/write",
     arm::bind<&R::put_group>},
    {"ResourceGroups_Update", patch, QM_GROUP, kFirst, QM_ACTION "/resourceGroups/write", arm::bind<&R::patch_group>},
    {"ResourceGroups_Delete", del, QM_GROUP, kFirst, QM_ACTION "/resourceGroups/delete", arm::bind<&R::delete_group>,
     "Deletes every resource in it, as a job."},
    {"OperationResults_Get", get, QM_SUBSCRIPTION "/operationresults/{operationId}", kFirst,
     QM_ACTION "/operationresults/read", arm::bind<&R::get_operation_result>},
    {"Providers_List", get, QM_SUBSCRIPTION "/providers", kFirst, QM_ACTION "/providers/read",
     arm::bind<&R::list_providers>, "", arm::Reach::inside},
    {"Providers_Get", get, QM_SUBSCRIPTION "/providers/{resourceProviderNamespace}", kFirst,
     QM_ACTION "/providers/read", arm::bind<&R::get_provider>, "", arm::Reach::inside},
    {"Providers_Register", post, QM_SUBSCRIPTION "/providers/{resourceProviderNamespace}/register", kFirst,
     "Microsoft.Resources/subscriptions/providers/register/action", arm::bind<&R::get_provider>,
     "Every provider is registered from the start."},
    {"Providers_ListAtTenantScope", get, "/providers", kFirst, "", arm::bind<&R::list_tenant_providers>},
    {"Providers_GetAtTenantScope", get, "/providers/{resourceProviderNamespace}", kFirst, "",
     arm::bind<&R::get_tenant_provider>},
    {"Resources_List", get, QM_SUBSCRIPTION "/resources", kFirst, QM_ACTION "/resources/read",
     arm::bind<&R::list_resources>,
     "`$filter` by name, location, resourceType, resourceGroup, tagName and tagValue; `$expand`."},
    {"Resources_ListByResourceGroup", get, QM_GROUP "/resources", kFirst, QM_ACTION "/resourceGroups/resources/read",
     arm::bind<&R::list_group_resources>},
    {"Deployments_ListAtSubscriptionScope", get, QM_SUBSCRIPTION QM_DEPLOYMENTS, kFirst,
     "Microsoft.Resources/deployments/read", arm::bind<&arm::list_nothing>, "There are none."},
    {"Deployments_ListByResourceGroup", get, QM_GROUP QM_DEPLOYMENTS, kFirst, "Microsoft.Resources/deployments/read",
     arm::bind<&arm::list_nothing>, "There are none."},
    {"Deployments_CreateOrUpdate", put, QM_GROUP QM_DEPLOYMENTS "/{deploymentName}", kFirst,
     "Microsoft.Resources/deployments/write", arm::not_offered, kNoTemplates},
    {"Deployments_CreateOrUpdateAtSubscriptionScope", put, QM_SUBSCRIPTION QM_DEPLOYMENTS "/{deploymentName}", kFirst,
     "Microsoft.Resources/deployments/write", arm::not_offered, kNoTemplates},
    {"Tags_List", get, QM_SUBSCRIPTION "/tagNames", kFirst, "Microsoft.Resources/subscriptions/tagNames/read",
     arm::not_offered, "tags are stored on resources and groups; there is no separate list of their names."},
    {"Providers_Unregister", post, QM_SUBSCRIPTION "/providers/{resourceProviderNamespace}/unregister", kFirst,
     "Microsoft.Resources/subscriptions/providers/unregister/action", arm::not_offered,
     "providers are part of the server."},
    {"Resources_MoveResources", post, QM_GROUP "/moveResources", kFirst,
     QM_ACTION "/resourceGroups/moveResources/action", arm::not_offered,
     "resources stay in the group they were created in."},
    {"ResourceGroups_ExportTemplate", post, QM_GROUP "/exportTemplate", kFirst,
     QM_ACTION "/resourceGroups/exportTemplate/action", arm::not_offered, kNoTemplates},
};

constexpr std::string_view kNewestFirst[] = {"2025-04-01", "2024-03-01", "2022-12-01", "2021-04-01",
                                             "2019-11-01", "2018-05-01", "2016-06-01", "2015-01-01"};
constexpr std::string_view kOldestFirst[] = {"2015-01-01", "2016-06-01", "2018-05-01", "2019-11-01",
                                             "2021-04-01", "2022-12-01", "2024-03-01", "2025-04-01"};
constexpr arm::ResourceType kTypes[] = {{"tenants", kNewestFirst},
                                        {"subscriptions", kNewestFirst},
                                        {"subscriptions/locations", kNewestFirst},
                                        {"subscriptions/providers", kNewestFirst},
                                        {"subscriptions/resources", kNewestFirst},
                                        {"subscriptions/operationresults", kNewestFirst},
                                        {"subscriptions/tagNames", kNewestFirst},
                                        {"deployments", kNewestFirst},
                                        {"resourceGroups", kNewestFirst},
                                        {"subscriptions/resourceGroups", kNewestFirst}};

}  // namespace

const arm::Provider kResourcesProvider{"Microsoft.Resources", kOperations, kTypes, kOldestFirst};

}  // namespace quaymaster::resources
