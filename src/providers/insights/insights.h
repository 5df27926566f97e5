#pragma once

#include "arm/operation.h"

namespace quaymaster::insights {

/// Microsoft.Insights: alerts, autoscaling, diagnostic settings, metrics and the activity log.
extern const arm::Provider kInsightsProvider;
/// Microsoft.OperationalInsights: Log Analytics.
extern const arm::Provider kLogAnalyticsProvider;

}  // namespace quaymaster::insights
