#include "providers/insights/insights.h"

#include <gtest/gtest.h>

#include "arm/document.h"
#include "testing/arm/arm_fixture.h"
#include "testing/arm/golden.h"

namespace quaymaster::insights {
namespace {

class InsightsTest : public testing::Test {
 protected:
  InsightsTest() : lab_({}) {
    lab_.make_group("rg");
    lab_.serve({arm::Registration(kInsightsProvider), arm::Registration(kLogAnalyticsProvider)});
  }
  static std::string in_group(const std::string& tail) {
    return arm::ArmFixture::group_path("rg") + "/providers/" + tail + "?api-version=2022-10-01";
  }
  static std::string in_subscription(const std::string& tail) {
    return arm::ArmFixture::subscription_path() + "/providers/" + tail + "?api-version=2022-10-01";
  }

  arm::ArmFixture lab_;
};

TEST_F(InsightsTest, WhatIsNeverThereIsAnEmptyList) {
  for (const auto* type :
       {"Microsoft.Insights/metricAlerts", "microsoft.insights/activityLogAlerts", "Microsoft.Insights/actionGroups",
        "Microsoft.Insights/autoscalesettings", "Microsoft.OperationalInsights/workspaces"}) {
    EXPECT_EQ(lab_.get(in_group(type)).body, R"({"value":[]})") << type;
    EXPECT_EQ(lab_.get(in_subscription(type)).body, R"({"value":[]})") << type;
  }
  EXPECT_EQ(lab_.get(in_subscription("Microsoft.Insights/logprofiles")).body, R"({"value":[]})");
  EXPECT_EQ(lab_.get("/providers/Microsoft.Insights/eventcategories?api-version=2015-04-01").body, R"({"value":[]})");
}

TEST_F(InsightsTest, AnyResourceHasNoSettings) {
  const std::string vault = "Microsoft.RecoveryServices/vaults/v1/providers/Microsoft.Insights/";
  for (const auto* type :
       {"diagnosticSettings", "diagnosticSettingsCategories", "metricDefinitions", "metricNamespaces"}) {
    EXPECT_EQ(lab_.get(in_group(vault + type)).body, R"({"value":[]})") << type;
  }
  EXPECT_EQ(lab_.get(in_subscription("microsoft.insights/diagnosticSettings")).body, R"({"value":[]})");
}

TEST_F(InsightsTest, WhatIsNotKeptIsRefusedWithTheReason) {
  const auto metrics = lab_.get(in_group("Microsoft.RecoveryServices/vaults/v1/providers/Microsoft.Insights/metrics"));
  EXPECT_EQ(metrics.status, 501);
  EXPECT_NE(metrics.body.find("at /metrics"), std::string::npos) << metrics.body;
  const auto log = lab_.get(in_subscription("Microsoft.Insights/eventtypes/management/values"));
  EXPECT_EQ(log.status, 501);
  EXPECT_NE(log.body.find("quaymaster audit"), std::string::npos) << log.body;
  for (const auto* resource :
       {"Microsoft.Insights/metricAlerts/a", "Microsoft.Insights/actionGroups/a",
        "Microsoft.Insights/diagnosticSettings/a", "Microsoft.OperationalInsights/workspaces/a"}) {
    EXPECT_EQ(lab_.put(in_group(resource), "{}").status, 501) << resource;
  }
}

TEST(InsightsProviders, TheTablesAreSoundAndTheirPagesAreCurrent) {
  for (const auto* provider : {&kInsightsProvider, &kLogAnalyticsProvider}) {
    EXPECT_EQ(arm::compare_golden(arm::document_file(*provider), arm::document(*provider)), "");
  }
}

}  // namespace
}  // namespace quaymaster::insights
