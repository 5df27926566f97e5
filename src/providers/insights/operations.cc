#include "arm/empty_list.h"
#include "arm/paths.h"
#include "providers/insights/insights.h"

namespace quaymaster::insights {
namespace {

#define QM_INSIGHTS "/providers/Microsoft.Insights"
#define QM_SCOPE "/{scope}" QM_INSIGHTS
#define QM_WORKSPACES "/providers/Microsoft.OperationalInsights/workspaces"

using enum http::Method;

constexpr std::string_view kFirst = "2014-04-01";
constexpr std::string_view kNone = "There are none.";
constexpr std::string_view kNoAlerts =
    "nothing raises alerts here; watch jobs by their lists, or the server by /metrics.";
constexpr std::string_view kNoScaling = "nothing here can be scaled.";
constexpr std::string_view kNoSettings = "logs are not sent on; the server writes an access log and an audit log.";
constexpr std::string_view kNoMetrics = "no metrics of resources are kept; those of the server are at /metrics.";
constexpr std::string_view kNoActivityLog =
    "there is no activity log; who changed what is in the server's audit log: `quaymaster audit`.";
constexpr std::string_view kNoWorkspaces = "there is no Log Analytics; the lists of jobs and points answer at once.";

constexpr arm::Operation kOperations[] = {
    {"MetricAlerts_ListBySubscription", get, QM_SUBSCRIPTION QM_INSIGHTS "/metricAlerts", kFirst,
     "Microsoft.Insights/metricAlerts/read", arm::bind<&arm::list_nothing>, kNone},
    {"MetricAlerts_ListByResourceGroup", get, QM_GROUP QM_INSIGHTS "/metricAlerts", kFirst,
     "Microsoft.Insights/metricAlerts/read", arm::bind<&arm::list_nothing>, kNone},
    {"MetricAlerts_CreateOrUpdate", put, QM_GROUP QM_INSIGHTS "/metricAlerts/{ruleName}", kFirst,
     "Microsoft.Insights/metricAlerts/write", arm::not_offered, kNoAlerts},
    {"ActivityLogAlerts_ListBySubscriptionId", get, QM_SUBSCRIPTION QM_INSIGHTS "/activityLogAlerts", kFirst,
     "Microsoft.Insights/activityLogAlerts/read", arm::bind<&arm::list_nothing>, kNone},
    {"ActivityLogAlerts_ListByResourceGroup", get, QM_GROUP QM_INSIGHTS "/activityLogAlerts", kFirst,
     "Microsoft.Insights/activityLogAlerts/read", arm::bind<&arm::list_nothing>, kNone},
    {"ActivityLogAlerts_CreateOrUpdate", put, QM_GROUP QM_INSIGHTS "/activityLogAlerts/{activityLogAlertName}", kFirst,
     "Microsoft.Insights/activityLogAlerts/write", arm::not_offered, kNoAlerts},
    {"ActionGroups_ListBySubscriptionId", get, QM_SUBSCRIPTION QM_INSIGHTS "/actionGroups", kFirst,
     "Microsoft.Insights/actionGroups/read", arm::bind<&arm::list_nothing>, kNone},
    {"ActionGroups_ListByResourceGroup", get, QM_GROUP QM_INSIGHTS "/actionGroups", kFirst,
     "Microsoft.Insights/actionGroups/read", arm::bind<&arm::list_nothing>, kNone},
    {"ActionGroups_CreateOrUpdate", put, QM_GROUP QM_INSIGHTS "/actionGroups/{actionGroupName}", kFirst,
     "Microsoft.Insights/actionGroups/write", arm::not_offered, kNoAlerts},
    {"AutoscaleSettings_ListBySubscription", get, QM_SUBSCRIPTION QM_INSIGHTS "/autoscaleSettings", kFirst,
     "Microsoft.Insights/autoscaleSettings/read", arm::bind<&arm::list_nothing>, kNone},
    {"AutoscaleSettings_ListByResourceGroup", get, QM_GROUP QM_INSIGHTS "/autoscaleSettings", kFirst,
     "Microsoft.Insights/autoscaleSettings/read", arm::bind<&arm::list_nothing>, kNone},
    {"AutoscaleSettings_CreateOrUpdate", put, QM_GROUP QM_INSIGHTS "/autoscaleSettings/{autoscaleSettingName}", kFirst,
     "Microsoft.Insights/autoscaleSettings/write", arm::not_offered, kNoScaling},
    {"DiagnosticSettings_List", get, QM_SCOPE "/diagnosticSettings", kFirst,
     "Microsoft.Insights/diagnosticSettings/read", arm::bind<&arm::list_nothing>, kNone},
    {"DiagnosticSettings_CreateOrUpdate", put, QM_SCOPE "/diagnosticSettings/{name}", kFirst,
     "Microsoft.Insights/diagnosticSettings/write", arm::not_offered, kNoSettings},
    {"DiagnosticSettingsCategory_List", get, QM_SCOPE "/diagnosticSettingsCategories", kFirst,
     "Microsoft.Insights/diagnosticSettingsCategories/read", arm::bind<&arm::list_nothing>, kNone},
    {"LogProfiles_List", get, QM_SUBSCRIPTION QM_INSIGHTS "/logProfiles", kFirst, "Microsoft.Insights/logProfiles/read",
     arm::bind<&arm::list_nothing>, kNone},
    {"MetricDefinitions_List", get, QM_SCOPE "/metricDefinitions", kFirst, "Microsoft.Insights/metricDefinitions/read",
     arm::bind<&arm::list_nothing>, kNone},
    {"MetricNamespaces_List", get, QM_SCOPE "/metricNamespaces", kFirst, "Microsoft.Insights/metricNamespaces/read",
     arm::bind<&arm::list_nothing>, kNone},
    {"Metrics_List", get, QM_SCOPE "/metrics", kFirst, "Microsoft.Insights/metrics/read", arm::not_offered, kNoMetrics},
    {"ActivityLogs_List", get, QM_SUBSCRIPTION QM_INSIGHTS "/eventTypes/management/values", kFirst,
     "Microsoft.Insights/eventTypes/values/read", arm::not_offered, kNoActivityLog},
    {"EventCategories_List", get, QM_INSIGHTS "/eventCategories", kFirst, "", arm::bind<&arm::list_nothing>, kNone},
};

constexpr std::string_view kNewestFirst[] = {"2022-10-01", "2021-05-01-preview", "2018-03-01", "2015-04-01",
                                             "2014-04-01"};
constexpr std::string_view kOldestFirst[] = {"2014-04-01", "2015-04-01", "2018-03-01", "2021-05-01-preview",
                                             "2022-10-01"};
constexpr arm::ResourceType kTypes[] = {
    {"metricAlerts", kNewestFirst},       {"activityLogAlerts", kNewestFirst},
    {"actionGroups", kNewestFirst},       {"autoscaleSettings", kNewestFirst},
    {"diagnosticSettings", kNewestFirst}, {"diagnosticSettingsCategories", kNewestFirst},
    {"logProfiles", kNewestFirst},        {"metricDefinitions", kNewestFirst},
    {"metricNamespaces", kNewestFirst},   {"metrics", kNewestFirst},
    {"eventTypes", kNewestFirst},         {"eventCategories", kNewestFirst},
};

constexpr std::string_view kFirstOfWorkspaces = "2015-03-20";
constexpr arm::Operation kWorkspaceOperations[] = {
    {"Workspaces_List", get, QM_SUBSCRIPTION QM_WORKSPACES, kFirstOfWorkspaces,
     "Microsoft.OperationalInsights/workspaces/read", arm::bind<&arm::list_nothing>, kNone},
    {"Workspaces_ListByResourceGroup", get, QM_GROUP QM_WORKSPACES, kFirstOfWorkspaces,
     "Microsoft.OperationalInsights/workspaces/read", arm::bind<&arm::list_nothing>, kNone},
    {"Workspaces_CreateOrUpdate", put, QM_GROUP QM_WORKSPACES "/{workspaceName}", kFirstOfWorkspaces,
     "Microsoft.OperationalInsights/workspaces/write", arm::not_offered, kNoWorkspaces},
};
constexpr std::string_view kNewestWorkspacesFirst[] = {"2025-02-01", "2022-10-01", "2020-08-01", "2015-03-20"};
constexpr std::string_view kOldestWorkspacesFirst[] = {"2015-03-20", "2020-08-01", "2022-10-01", "2025-02-01"};
constexpr arm::ResourceType kWorkspaceTypes[] = {{"workspaces", kNewestWorkspacesFirst}};

}  // namespace

const arm::Provider kInsightsProvider{"Microsoft.Insights", kOperations, kTypes, kOldestFirst};
const arm::Provider kLogAnalyticsProvider{"Microsoft.OperationalInsights", kWorkspaceOperations, kWorkspaceTypes,
                                          kOldestWorkspacesFirst};

}  // namespace quaymaster::insights
