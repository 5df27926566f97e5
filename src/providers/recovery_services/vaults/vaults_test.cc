#include "api/router.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/world_test.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;
using VaultTest = World;

TEST_F(VaultTest, ANewVaultIsFollowedToItsEnd) {
  EXPECT_EQ(exchange("vaults_get/missing", Method::get, at("v1")), "");
  EXPECT_EQ(exchange("vaults_create_or_update/new", Method::put, at("v1"), std::string(kPlain)), "");
  EXPECT_EQ(exchange("vaults_get/new", Method::get, at("v1")), "");
  const auto second = fixture.put(at("v2"), kPlain);
  const auto status = fixture.get(followed(second, "Azure-AsyncOperation"));
  EXPECT_EQ(status.status, 200);
  EXPECT_NE(status.body.find(R"("status":"Succeeded")"), std::string::npos) << status.body;
  auto result = followed(second, "Azure-AsyncOperation");
  const auto done = fixture.get(result.replace(result.find("operationStatus"), 15, "operationResults"));
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.body, fixture.get(at("v2")).body);
  EXPECT_EQ(fixture.put(at("v2"), kPlain).status, 200);
}

TEST_F(VaultTest, OldVersionsAreDoneAtOnce) {
  const auto made = fixture.put(at("v1", "", "2016-06-01"), kPlain);
  EXPECT_EQ(made.status, 201);
  EXPECT_FALSE(made.headers.get("Azure-AsyncOperation"));
  EXPECT_NE(made.body.find(R"("provisioningState":"Succeeded")"), std::string::npos);
  EXPECT_EQ(fixture.del(at("v1", "", "2022-10-01")).status, 200);
  EXPECT_EQ(fixture.del(at("v1", "", "2022-10-01")).status, 204);
}

TEST_F(VaultTest, WhatIsWrongIsRefusedByName) {
  const auto refused = [&](const std::string& name, const std::string& body) { return fixture.put(at(name), body); };
  EXPECT_EQ(refused("1v", std::string(kPlain)).status, 400);
  EXPECT_EQ(refused("v", std::string(kPlain)).status, 400);
  EXPECT_EQ(refused("v1", R"({"sku":{"name":"Standard"}})").status, 400);
  EXPECT_EQ(refused("v1", R"({"location":"westeurope"})").status, 400);
  EXPECT_EQ(refused("v1", R"({"location":"moonbase","sku":{"name":"Standard"}})").status, 400);
  EXPECT_EQ(refused("v1", R"({"location":"westeurope","sku":{"name":"Gold"}})").status, 400);
  make_vault("v1");
  EXPECT_EQ(refused("v1", R"({"location":"eastus","sku":{"name":"Standard"}})").status, 409);
  EXPECT_EQ(fixture.patch(at("v1"), R"({"properties":{"redundancySettings":{"crossRegionRestore":"Enabled"}}})").status,
            400);
}

TEST_F(VaultTest, APatchIsMergedIntoTheVault) {
  make_vault("v1");
  EXPECT_EQ(
      exchange("vaults_update/identity", Method::patch, at("v1"),
               R"({"identity":{"type":"systemassigned,userassigned","userAssignedIdentities":{"/a":{},"/b":{}}}})"),
      "");
  const auto body =
      fixture.patch(at("v1"), R"({"tags":{"a":"b"},"identity":{"userAssignedIdentities":{"/a":null}}})").body;
  EXPECT_EQ(body.find("\"/a\""), std::string::npos) << body;
  EXPECT_NE(body.find("\"/b\""), std::string::npos) << body;
  EXPECT_NE(body.find(R"("tags":{"a":"b"})"), std::string::npos) << body;
  const std::string lock = R"({"properties":{"securitySettings":{"immutabilitySettings":{"state":"Locked"}}}})";
  EXPECT_NE(fixture.patch(at("v1"), lock).body.find(R"("bcdrSecurityLevel":"Good")"), std::string::npos);
  EXPECT_EQ(
      fixture.patch(at("v1"), R"({"properties":{"securitySettings":{"immutabilitySettings":{"state":"Disabled"}}}})")
          .status,
      400);
}

TEST_F(VaultTest, AnIdentityIsShownOnceOneWasSet) {
  make_vault("v1");
  const auto identity = [&](const std::string& wanted) {
    return fixture.patch(at("v1"), R"({"identity":)" + wanted + "}").body;
  };
  EXPECT_EQ(fixture.get(at("v1")).body.find("identity"), std::string::npos);
  const auto tenant = fmt::format(R"("tenantId":"{}")", arm::ArmFixture::kTenant);
  const auto users = identity(R"({"type":"UserAssigned","userAssignedIdentities":{"/a":{}}})");
  EXPECT_NE(users.find(R"("identity":{"type":"UserAssigned",)" + tenant), std::string::npos) << users;
  EXPECT_NE(identity(R"({"type":"SystemAssigned"})").find(tenant), std::string::npos);
  EXPECT_NE(identity(R"({"type":"none"})").find(R"("identity":{"type":"None"},)"), std::string::npos);
  EXPECT_NE(fixture.get(at("v1")).body.find(R"("identity":{"type":"None"},)"), std::string::npos);
}

TEST_F(VaultTest, WithSoftDeleteOffNothingIsKeptForDays) {
  make_vault("v1");
  const auto body =
      fixture
          .patch(at("v1"),
                 R"({"properties":{"securitySettings":{"softDeleteSettings":{"softDeleteState":"Disabled"}}}})")
          .body;
  EXPECT_NE(body.find(R"("softDeleteRetentionPeriodInDays":0,"softDeleteState":"Disabled")"), std::string::npos)
      << body;
}

TEST_F(VaultTest, AVaultCreatedAlwaysOnStaysSo) {
  const auto body = R"({"location":"westeurope","sku":{"name":"RS0"},"properties":{"securitySettings":{)"
                    R"("softDeleteSettings":{"softDeleteState":"AlwaysON","enhancedSecurityState":"AlwaysON"}}}})";
  EXPECT_EQ(fixture.put(at("new", "", "2025-08-01"), body).status, 201);
  const auto told = fixture.get(at("new", "", "2025-08-01")).body;
  EXPECT_NE(told.find(R"("softDeleteState":"AlwaysON","enhancedSecurityState":"AlwaysON")"), std::string::npos) << told;
  EXPECT_NE(told.find(R"("secureScore":"Adequate","bcdrSecurityLevel":"Good")"), std::string::npos) << told;
  EXPECT_EQ(
      fixture.patch(at("new", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      400);
  EXPECT_EQ(fixture.put(at("old"), body).status, 201);
  EXPECT_NE(fixture.get(at("old")).body.find(R"("softDeleteState":"Enabled")"), std::string::npos);
}

TEST_F(VaultTest, NamesHaveNoCaseAndIdsMirrorTheRequest) {
  make_vault("MyVault");
  auto target = at("MYVAULT");
  target.replace(1, 13, "Subscriptions");
  const auto found = fixture.get(target);
  EXPECT_EQ(found.status, 200);
  EXPECT_NE(found.body.find(R"("id":"/Subscriptions/)"), std::string::npos) << found.body;
  EXPECT_NE(found.body.find(R"("name":"MyVault")"), std::string::npos);
}

TEST_F(VaultTest, ListsGoPageByPage) {
  for (const auto* name : {"aa", "bb", "cc"}) {
    make_vault(name);
  }
  auto target = arm::ArmFixture::subscription_path() +
                "/providers/Microsoft.RecoveryServices/vaults?$top=2&api-version=2024-04-01";
  const auto first = fixture.get(target);
  EXPECT_NE(first.body.find("\"bb\""), std::string::npos);
  EXPECT_EQ(first.body.find("\"cc\""), std::string::npos);
  EXPECT_EQ(first.body.find("securitySettings"), std::string::npos);
  const auto at_link = first.body.find("\"nextLink\":\"") + 12 + arm::ArmFixture::kBase.size();
  const auto last = fixture.get(first.body.substr(at_link, first.body.find('"', at_link) - at_link));
  EXPECT_NE(last.body.find("\"cc\""), std::string::npos) << last.body;
  EXPECT_EQ(last.body.find("nextLink"), std::string::npos);
}

TEST_F(VaultTest, ADeletedVaultIsRemovedWithItsBytes) {
  make_vault("v1");
  ASSERT_FALSE(objects->list("vaults/", "", 10).value().empty());
  const auto deleted = fixture.del(at("v1"));
  EXPECT_EQ(deleted.status, 202);
  EXPECT_EQ(fixture.get(at("v1")).status, 404);
  EXPECT_NE(fixture.get(followed(deleted, "Azure-AsyncOperation")).body.find("Succeeded"), std::string::npos);
  EXPECT_EQ(fixture.get(followed(deleted, "Location")).status, 200);
  engine->start();
  std::vector<jobs::Record> work;
  ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
    TRY(work, engine->list(reader, to_lower(at("v1").substr(0, at("v1").find('?'))), 5));
    return ok();
  }));
  ASSERT_EQ(work.size(), 1);
  EXPECT_EQ(engine->wait(work[0].id, Time::max()).value().state, jobs::State::succeeded);
  EXPECT_TRUE(objects->list("vaults/", "", 10).value().empty());
  make_vault("v1");  // the name is free again
}

TEST_F(VaultTest, AVaultWhoseCreationWasInterruptedIsFinished) {
  VaultRecord vault;
  vault.id = random.guid();
  vault.name = "half";
  vault.subscription = arm::ArmFixture::kSubscription;
  vault.group = "rg";
  vault.location = "westeurope";
  ASSERT_TRUE(fixture.database->write([&](store::Writer& writer) { return insert_vault(writer, vault); }));
  EXPECT_EQ(fixture.get(at("half")).status, 404);
  close();
  open(*fixture.database);
  EXPECT_EQ(fixture.get(at("half")).status, 200);
  EXPECT_TRUE(provider->open_vaults().open(vault.id));
}

TEST_F(VaultTest, CountsWhatIsInIt) {
  make_vault("v1");
  EXPECT_EQ(exchange("usages_list_by_vaults/empty", Method::get, at("v1", "/usages")), "");
  EXPECT_EQ(exchange("backup_usage_summaries_list/items", Method::get,
                     at("v1", "/backupUsageSummaries?$filter=type%20eq%20'BackupProtectedItemCountSummary'")),
            "");
  EXPECT_EQ(fixture.get(at("v1", "/backupUsageSummaries?$filter=type%20eq%20'x'")).status, 400);
  EXPECT_EQ(fixture.get(at("v1", "/backupUsageSummaries?$filter=type%20like")).status, 400);
  EXPECT_EQ(fixture.get(at("v1", "/replicationUsages")).body, R"({"value":[]})");
}

TEST_F(VaultTest, AnOperationIsFoundUnderEveryPath) {
  make_vault("v1");
  const auto id = random.guid();
  const auto vault = to_lower(at("v1").substr(0, at("v1").find('?')));
  ASSERT_TRUE(fixture.database->write([&](store::Writer& writer) {
    return create_operation(writer, {id, vault, AsyncOperationKind::backup}, fixture.clock.now());
  }));
  const std::string paths[] = {"/backupOperations/", "/backupFabrics/Azure/operationsStatus/",
                               "/backupFabrics/Azure/protectionContainers/c;d/protectedItems/i/operationsStatus/",
                               "/backupJobs/j/operationsStatus/"};
  for (const auto& path : paths) {
    const auto reply = fixture.get(at("v1", path + id.text()));
    EXPECT_NE(reply.body.find(R"("status":"InProgress")"), std::string::npos) << path << reply.body;
    EXPECT_NE(reply.body.find(R"("endTime":"0001-01-01T00:00:00")"), std::string::npos);
  }
  EXPECT_EQ(fixture.get(at("v1", "/backupOperationResults/" + id.text())).status, 202);
  const auto job = random.guid();
  for (int repeated = 0; repeated < 2; ++repeated) {  // only the first end counts
    ASSERT_TRUE(fixture.database->write([&](store::Writer& writer) {
      return finish_operation(writer, id, repeated == 0 ? succeeded_with_job(job) : failed("X", "y"),
                              fixture.clock.now());
    }));
  }
  const auto done = fixture.get(at("v1", "/backupOperations/" + id.text())).body;
  EXPECT_NE(done.find(R"("properties":{"objectType":"OperationStatusJobExtendedInfo","jobId":")" + job.text()),
            std::string::npos)
      << done;
  EXPECT_EQ(fixture.get(at("v1", "/backupOperationResults/" + id.text())).status, 200);
  EXPECT_EQ(fixture.get(at("v1", "/backupOperations/" + random.guid().text())).status, 404);
  EXPECT_EQ(fixture.get(at("v2", "/backupOperations/" + id.text())).status, 404);
  EXPECT_EQ(fixture.get(at("v1", "/backupOperations/nonsense")).status, 404);
}

TEST(Table, IsSound) {
  std::vector<api::Pattern> patterns;
  for (const auto& row : kProvider.operations) {
    patterns.push_back({row.method, row.path});
  }
  EXPECT_EQ(api::overlaps(patterns), std::vector<std::string>{});
}

TEST(Errors, EveryRowCanBeFilled) {
  for (const auto* row : errors::kAll) {
    EXPECT_GE(row->status, 400);
    EXPECT_FALSE(row->code.empty());
    EXPECT_TRUE(row->sentence.ends_with(".") || row->sentence.ends_with("{}")) << row->code;
  }
}

}  // namespace
}  // namespace quaymaster::recovery_services
