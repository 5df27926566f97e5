// Every row of every operation table, requested by principals without permission. The tables are the only list of rows,
// so a new row is covered automatically.
#include <gmock/gmock.h>

#include <set>

#include "identity/principals/roles.h"
#include "server/providers_world_test.h"

namespace quaymaster::server {
namespace {

using testing::HasSubstr;

/// Rows that require no permission: what any signed-in caller may know.
const std::set<std::string_view> kForAnybody = {"Tenants_List",
                                                "Subscriptions_List",
                                                "Providers_ListAtTenantScope",
                                                "Providers_GetAtTenantScope",
                                                "Locations_List",
                                                "Locations_Get",
                                                "Operations_List",
                                                "ProviderOperations_List",
                                                "EventCategories_List"};

using EnforcementTest = ProvidersTest;

TEST_F(EnforcementTest, WithoutARoleEveryRowIsRefusedInAzuresWords) {
  int walked = 0;
  each_row([&](const arm::Provider& provider, const arm::Operation& row) {
    if (row.action.empty()) {
      EXPECT_TRUE(kForAnybody.contains(row.id)) << row.id << " asks for no permission";
      EXPECT_EQ(row.method, http::Method::get) << row.id;
      return;
    }
    ++walked;
    const auto reply = ask(provider, row);
    EXPECT_EQ(reply.status, 403) << row.id << ' ' << reply.body;
    if (row.method == http::Method::head) {
      return;  // nothing to read
    }
    EXPECT_THAT(reply.body, HasSubstr(R"("code":"AuthorizationFailed")")) << row.id;
    EXPECT_THAT(reply.body, HasSubstr(fmt::format("The client '{}' with object id '{}' does not have authorization to "
                                                  "perform action '{}' over scope '/",
                                                  caller_.client_id, caller_.object_id, row.action)));
  });
  EXPECT_GT(walked, 150);
}

TEST_F(EnforcementTest, AReaderReadsEverythingInItsSubscriptionAndChangesNothing) {
  ASSERT_TRUE(issuer_->assign_role(caller_.object_id, "Reader", subscription_));
  each_row([&](const arm::Provider& provider, const arm::Operation& row) {
    if (row.action.empty()) {
      return;
    }
    const auto reply = ask(provider, row);
    const bool reads = row.action.ends_with("/read");
    EXPECT_EQ(reply.status == 403, !reads || !is_within_subscription(row)) << row.id << ' ' << reply.body;
    EXPECT_NE(reply.status, 401) << row.id;
  });
}

/// A Reader is restricted only by actions, so a row that changes something must not require a read action.
TEST_F(EnforcementTest, RowsThatChangeAskForMoreThanReading) {
  // A query that is a POST, as published.
  const std::set<std::string_view> kQuestions = {"StorageAccounts_CheckNameAvailability"};
  // The contents of a backup are more than a Reader may see.
  const std::set<std::string_view> kConfidential = {"Quaymaster_Entries", "Quaymaster_Content"};
  each_row([&](const arm::Provider&, const arm::Operation& row) {
    const bool looks = row.method == http::Method::get || row.method == http::Method::head;
    if (!looks && !kQuestions.contains(row.id)) {
      EXPECT_FALSE(row.action.ends_with("/read")) << row.id << ' ' << row.action;
    }
    if (looks && !row.action.empty() && !kConfidential.contains(row.id)) {
      EXPECT_TRUE(row.action.ends_with("/read")) << row.id << ' ' << row.action;
    }
  });
}

TEST_F(EnforcementTest, BackupReaderReadsOnlyBackups) {
  ASSERT_TRUE(issuer_->assign_role(caller_.object_id, "Backup Reader", subscription_));
  const auto* const role = identity::find_role("Backup Reader");
  int allowed = 0;
  each_row([&](const arm::Provider& provider, const arm::Operation& row) {
    if (row.action.empty()) {
      return;
    }
    const bool may = role->allows(row.action) && is_within_subscription(row);
    allowed += may ? 1 : 0;
    EXPECT_EQ(ask(provider, row).status == 403, !may) << row.id;
    if (row.method == http::Method::del) {
      EXPECT_FALSE(may) << row.id;
    }
  });
  EXPECT_GT(allowed, 20);
}

/// As in Azure: az signs in and finds its subscription, and lists contain what the role allows the caller to read.
TEST_F(EnforcementTest, ARoleInOneGroupShowsThatGroupAndNoOther) {
  const auto made = issuer_->create_administrator({"boss", {}, {}}).value();
  const auto boss = issuer_->issue(issuer_->authenticate(made.client_id, made.secret).value(),
                                   "https://management.azure.com", "https://localhost:8443/adfs");
  const auto providers = [](std::string_view type) {
    return fmt::format("/providers/{}?api-version=2023-01-01", type);
  };
  for (const std::string_view group : {"mine", "theirs"}) {
    const auto base = fmt::format("{}/resourceGroups/{}", subscription_, group);
    const auto put = [&](const std::string& path, std::string_view body) {
      EXPECT_LT(ask(http::Method::put, base + path, body, boss).status, 300) << path;
    };
    put("?api-version=2021-04-01", R"({"location":"westeurope"})");
    put(providers(fmt::format("Microsoft.Storage/storageAccounts/{}account", group)),
        R"({"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"}})");
    put(providers(fmt::format("Microsoft.RecoveryServices/vaults/{}-vault", group)),
        R"({"location":"westeurope","sku":{"name":"Standard"},"properties":{}})");
  }
  const auto get = [&](const std::string& path) { return ask(http::Method::get, path, "", token_); };
  const std::vector<std::string> lists{subscription_ + "/resourceGroups?api-version=2021-04-01",
                                       subscription_ + "/resources?api-version=2021-04-01",
                                       subscription_ + providers("Microsoft.Storage/storageAccounts"),
                                       subscription_ + providers("Microsoft.RecoveryServices/vaults")};
  const std::vector<std::string> known{subscription_ + "?api-version=2021-04-01",
                                       subscription_ + "/locations?api-version=2021-04-01",
                                       subscription_ + "/providers?api-version=2021-04-01"};
  EXPECT_EQ(get("/subscriptions?api-version=2021-04-01").body, R"({"value":[]})");
  for (const auto* const paths : {&lists, &known}) {
    for (const auto& path : *paths) {
      EXPECT_EQ(get(path).status, 403) << path;
    }
  }
  ASSERT_TRUE(issuer_->assign_role(caller_.object_id, "Reader", subscription_ + "/resourceGroups/mine"));
  EXPECT_THAT(get("/subscriptions?api-version=2021-04-01").body, HasSubstr(subscription_));
  for (const auto& path : lists) {
    const auto reply = get(path);
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_THAT(reply.body, HasSubstr("mine")) << path;
    EXPECT_THAT(reply.body, testing::Not(HasSubstr("theirs"))) << path;
  }
  for (const auto& path : known) {
    EXPECT_EQ(get(path).status, 200) << path;
  }
  EXPECT_EQ(get(subscription_ + "/resourceGroups/theirs/resources?api-version=2021-04-01").status, 403);
}

}  // namespace
}  // namespace quaymaster::server
