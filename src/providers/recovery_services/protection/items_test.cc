#include "providers/recovery_services/protection/items.h"

#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/protection/item_view.h"
#include "providers/recovery_services/protection/items_world_test.h"
#include "testing/store/dying_database.h"
#include "testing/store/switched_database.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;
using ItemsTest = ItemsWorld;

TEST_F(ItemsTest, AMachineIsProtected) {
  EXPECT_EQ(exchange("protected_items_create_or_update/machine", Method::put, at("v1", machine_path()), machine_body()),
            "");
  work();
  EXPECT_EQ(exchange("protected_items_get/new_machine", Method::get, at("v1", machine_path())), "");
  EXPECT_EQ(exchange("protected_items_get/machine_expanded", Method::get,
                     at("v1", machine_path() + "?$filter=expand%20eq%20'extendedInfo'")),
            "");
  add_point();
  EXPECT_EQ(exchange("protected_items_get/machine", Method::get, at("v1", machine_path())), "");
  EXPECT_TRUE(has(body_of("/backupstorageconfig/vaultstorageconfig"), R"("storageTypeState":"Locked")"));
}

TEST_F(ItemsTest, TheOperationEndsWithTheJobAndReportsItsResult) {
  const auto reply = fixture.put(at("v1", machine_path()), machine_body());
  ASSERT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "");
  EXPECT_TRUE(reply.headers.get("Retry-After"));
  const auto status = followed(reply, "Azure-AsyncOperation");
  const auto result = followed(reply, "Location");
  EXPECT_TRUE(has(fixture.get(status).body, R"("status":"InProgress")"));
  EXPECT_EQ(fixture.get(result).status, 202);
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 404);
  work();
  // az extracts the last segment and asks another route (clients.md 5.2).
  const auto id = status.substr(status.rfind('/') + 1, 36);
  const auto done = body_of("/backupOperations/" + id);
  EXPECT_TRUE(has(done, R"("status":"Succeeded")")) << done;
  EXPECT_TRUE(has(done, R"("objectType":"OperationStatusJobExtendedInfo","jobId":")")) << done;
  EXPECT_EQ(fixture.get(result).status, 200);
  EXPECT_TRUE(has(fixture.get(result).body, R"("protectionState":"IRPending")"));
}

TEST_F(ItemsTest, AShareIsProtected) {
  register_account();
  EXPECT_EQ(exchange("protected_items_create_or_update/share", Method::put, at("v1", share_path()), share_body()), "");
  work();
  EXPECT_EQ(exchange("protected_items_get/new_share", Method::get, at("v1", share_path())), "");
  EXPECT_EQ(fixture.get(at("v1", share_container() + "/protectedItems/azurefileshare;DOCS")).status, 200);
  ASSERT_EQ(fixture.put(at("v1", share_path()), state_body("ProtectionStopped")).status, 202);
  work();
  const auto stopped = body_of(share_path());
  EXPECT_TRUE(has(stopped, R"("protectionState":"ProtectionStopped")"));
  EXPECT_FALSE(has(stopped, "policyId")) << stopped;
}

TEST_F(ItemsTest, StopsAndResumes) {
  protect_machine();
  add_point();
  EXPECT_EQ(exchange("protected_items_create_or_update/stop", Method::put, at("v1", machine_path()),
                     state_body("ProtectionStopped")),
            "");
  work();
  EXPECT_EQ(exchange("protected_items_get/stopped_machine", Method::get, at("v1", machine_path())), "");
  EXPECT_TRUE(machine_item_record().policy.empty());
  // What a client read is sent back with a policy added.
  ASSERT_EQ(fixture.put(at("v1", machine_path()), machine_body(R"(,"protectionState":"ProtectionStopped")")).status,
            202);
  work();
  EXPECT_TRUE(has(body_of(machine_path()), R"("protectionState":"Protected")"));
  // Either half alone means that protection stops.
  for (const auto* body :
       {R"({"properties":{"policyId":""}})", R"({"properties":{"protectionState":"ProtectionStopped"}})"}) {
    ASSERT_EQ(fixture.put(at("v1", machine_path()), body).status, 202) << body;
    work();
    EXPECT_TRUE(has(body_of(machine_path()), R"("protectionState":"ProtectionStopped")")) << body;
    ASSERT_EQ(fixture.put(at("v1", machine_path()), machine_body()).status, 202);
    work();
  }
  ASSERT_EQ(fixture.put(at("v1", machine_path()), machine_body(R"(,"protectionState":"ProtectionStopped")")).status,
            202);
  work();
  EXPECT_TRUE(has(body_of(machine_path()), R"("protectionState":"ProtectionStopped")")) << "its own policy: stop";
}

TEST_F(ItemsTest, DisksAreChosenKeptAndTakenBack) {
  const auto choice =
      R"(,"extendedProperties":{"diskExclusionProperties":{"diskLunList":[0,1],"isInclusionList":true}})";
  ASSERT_EQ(fixture.put(at("v1", machine_path()), machine_body(choice)).status, 202);
  work();
  EXPECT_TRUE(has(body_of(machine_path()), std::string(choice + 1)));
  ASSERT_EQ(fixture.put(at("v1", machine_path()), machine_body()).status, 202);
  work();
  EXPECT_EQ(machine_item_record().disks, (DiskChoice{true, {0, 1}})) << "a change of the policy keeps the disks";
  ASSERT_EQ(
      fixture.put(at("v1", machine_path()), machine_body(R"(,"extendedProperties":{"diskExclusionProperties":null})"))
          .status,
      202);
  work();
  EXPECT_FALSE(machine_item_record().disks);
  const auto wrong = machine_body(R"(,"extendedProperties":{"diskExclusionProperties":{"diskLunList":[64]}})");
  EXPECT_EQ(fixture.put(at("v1", machine_path()), wrong).status, 400);
}

TEST_F(ItemsTest, SuspendingNeedsAnImmutableVault) {
  protect_machine();
  const auto refused = fixture.put(at("v1", machine_path()), state_body("BackupsSuspended"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(has(refused.body, "UserErrorOperationDeniedOnImmutableItem"));
  ASSERT_EQ(
      fixture.patch(at("v1"), R"({"properties":{"securitySettings":{"immutabilitySettings":{"state":"Unlocked"}}}})")
          .status,
      200);
  ASSERT_EQ(fixture.put(at("v1", machine_path()), state_body("BackupsSuspended")).status, 202);
  work();
  EXPECT_TRUE(has(body_of(machine_path()), R"("protectionState":"BackupsSuspended")"));
  EXPECT_EQ(machine_item_record().policy, "DefaultPolicy") << "it expires the points";
  add_point();
  const auto kept = fixture.del(at("v1", machine_path()));
  EXPECT_EQ(kept.status, 400);
  EXPECT_TRUE(has(kept.body, "UserErrorOperationDeniedOnImmutableItem"));
}

TEST_F(ItemsTest, ADeletedItemIsKeptForItsDays) {
  protect_machine();
  add_point();
  const auto item = machine_item_record();
  EXPECT_EQ(exchange("protected_items_delete/soft", Method::del, at("v1", machine_path())), "");
  work();
  fixture.clock.advance(std::chrono::milliseconds{1500});
  EXPECT_EQ(exchange("protected_items_get/soft_deleted", Method::get, at("v1", machine_path())), "");
  EXPECT_EQ(count_points_in_engine(item.id), 1);

  const auto again = fixture.del(at("v1", machine_path()));
  EXPECT_EQ(again.status, 202);
  EXPECT_TRUE(has(fixture.get(followed(again, "Azure-AsyncOperation")).body, "Succeeded"));
  EXPECT_EQ(fixture.get(followed(again, "Location")).status, 204);
  const auto refused = fixture.put(at("v1", machine_path()), machine_body());
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(has(refused.body, "Undelete")) << refused.body;
  EXPECT_EQ(fixture.put(at("v1", machine_path()), state_body("ProtectionStopped")).status, 400);
  EXPECT_EQ(fixture.del(at("v1")).status, 400) << "the vault has it still";

  EXPECT_EQ(exchange("protected_items_create_or_update/undelete", Method::put, at("v1", machine_path()),
                     std::string(kUndelete)),
            "");
  work();
  const auto back = body_of(machine_path());
  EXPECT_TRUE(has(back, R"("protectionState":"ProtectionStopped")"));
  EXPECT_FALSE(has(back, "isScheduledForDeferredDelete")) << back;
  EXPECT_EQ(fixture.put(at("v1", machine_path()), kUndelete).status, 400) << "nothing to undelete";
  constexpr auto kRegistered =
      "/backupProtectionContainers?$filter=backupManagementType%20eq%20'AzureIaasVM'%20and%20status%20eq%20'"
      "Registered'";
  EXPECT_TRUE(has(body_of(kRegistered), R"("registrationStatus":"SoftDeleted")")) << "until it is protected again";
  ASSERT_EQ(fixture.put(at("v1", machine_path()), machine_body()).status, 202);
  work();
  EXPECT_TRUE(has(body_of(machine_path()), R"("protectionState":"Protected")"));
}

TEST_F(ItemsTest, AfterItsDaysItIsPurged) {
  protect_machine();
  add_point();
  const auto id = machine_item_record().id;
  ASSERT_EQ(fixture.del(at("v1", machine_path())).status, 202);
  work();
  auto& items = provider->items();
  const auto deleted = *machine_item_record().deleted;
  EXPECT_EQ(items.purge_due(deleted + std::chrono::hours{24 * 14} - Ticks{1}, 10).value(), 0);
  EXPECT_EQ(items.purge_due(deleted + std::chrono::hours{24 * 14}, 10).value(), 1);
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 404);
  work();
  EXPECT_EQ(count_points_in_engine(id), 0);
  EXPECT_EQ(fixture.del(at("v1")).status, 202);
}

TEST_F(ItemsTest, WithoutSoftDeleteItIsGoneWithItsPoints) {
  ASSERT_EQ(
      fixture.patch(at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      200);
  protect_machine();
  add_point();
  const auto id = machine_item_record().id;
  const auto deleted = fixture.del(at("v1", machine_path()));
  ASSERT_EQ(deleted.status, 202);
  work();
  EXPECT_TRUE(has(fixture.get(followed(deleted, "Azure-AsyncOperation")).body, "jobId"));
  EXPECT_EQ(fixture.get(followed(deleted, "Location")).status, 204);
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 404);
  EXPECT_EQ(fixture.del(at("v1", machine_path())).status, 204);
  EXPECT_EQ(count_points_in_engine(id), 0);
  EXPECT_EQ(fixture.del(at("v1")).status, 202);
}

TEST_F(ItemsTest, SwitchingSoftDeleteOffPurges) {
  protect_machine();
  add_point();
  const auto id = machine_item_record().id;
  ASSERT_EQ(fixture.del(at("v1", machine_path())).status, 202);
  work();
  ASSERT_EQ(
      fixture.patch(at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      200);
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 404);
  work();
  EXPECT_EQ(count_points_in_engine(id), 0);
}

/// No row of a deleted vault may remain, even if its data is removed before the job that removes a purged item's
/// points runs.
TEST_F(ItemsTest, OfADeletedVaultNoRowIsLeft) {
  protect_machine();
  add_point();
  ASSERT_EQ(fixture.del(at("v1", machine_path())).status, 202);
  work();
  ASSERT_GT(rows("rs_backup_jobs"), 1);
  ASSERT_EQ(rows("rs_points"), 1);
  close();
  open(*fixture.database);  // not started: nothing runs too early
  started_ = false;
  ASSERT_EQ(
      fixture.patch(at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      200);
  ASSERT_EQ(fixture.del(at("v1")).status, 202);
  ASSERT_TRUE(provider->open_vaults().remove(vault.id, {}));
  work();
  std::vector<jobs::Record> removal;
  ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
    TRY(removal, engine->list(reader, vault.lower_id(), 10));
    return ok();
  }));
  ASSERT_EQ(removal.size(), 1U);
  EXPECT_EQ(engine->wait(removal[0].id, Time::max()).value().state, jobs::State::succeeded);
  for (const auto* table : {"rs_vaults", "rs_items", "rs_item_claims", "rs_points", "rs_backup_jobs", "rs_policies",
                            "rs_containers", "rs_maintenance", "vault_points", "vault_packs", "vault_runs"}) {
    EXPECT_EQ(rows(table), 0) << table;
  }
}

TEST_F(ItemsTest, NamesComeEncodedAndInAnyCase) {
  protect_machine();
  auto target = at("v1",
                   "/backupfabrics/azure/protectioncontainers/iaasvmcontainer%3Biaasvmcontainerv2%3BRG%3BVM1"
                   "/protecteditems/vm%3Biaasvmcontainerv2%3Brg%3Bvm1");
  target.replace(1, 13, "Subscriptions");
  const auto found = fixture.get(target);
  EXPECT_EQ(found.status, 200);
  EXPECT_TRUE(has(found.body, R"("id":"/Subscriptions/)") && has(found.body, R"("policyId":"/Subscriptions/)"))
      << found.body;
  EXPECT_TRUE(has(found.body, "/protectionContainers/IaasVMContainer;iaasvmcontainerv2;Rg;Vm1/protectedItems/VM;"))
      << "the case it was made in";
}

TEST_F(ItemsTest, OneChangeAtATime) {
  ASSERT_EQ(fixture.put(at("v1", machine_path()), machine_body()).status, 202);
  const auto second = fixture.put(at("v1", machine_path()), machine_body());
  EXPECT_EQ(second.status, 409);
  EXPECT_TRUE(has(second.body, "BMSUserErrorObjectLocked"));
  work();
  EXPECT_EQ(fixture.put(at("v1", machine_path()), machine_body()).status, 202) << "the claim left with the job";
}

TEST_F(ItemsTest, WhatIsWrongIsRefusedBeforeAnyJob) {
  const auto code = [&](const std::string& path, const std::string& body) {
    const auto reply = fixture.put(at("v1", path), body);
    return std::to_string(reply.status) + " " + reply.body.substr(0, 90);
  };
  const auto type = std::string(R"({"properties":{"protectedItemType":"Microsoft.Compute/virtualMachines",)");
  const auto source = R"("sourceResourceId":")" + machine_id() + "\"";
  struct Case {
    std::string path, body, expected;
  };
  machines.add("Rg", "Far", "eastus");
  const auto far = machines.machines[1].id;
  const Case cases[] = {
      {machine_path(), "{}", "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtectionRequest"},
      {machine_path(), type + source + "}}", "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtection"},
      {machine_path(), type + R"("policyId":")" + policy_id("DefaultPolicy") + "\"}}",
       "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtection"},
      {machine_path(), type + source + R"(,"policyId":")" + policy_id("Nothing") + "\"}}",
       "404 {\"error\":{\"code\":\"BMSUserErrorPolicyNotFound"},
      {machine_path(), type + source + R"(,"policyId":")" + policy_id("DefaultPolicy", "other") + "\"}}", "400 "},
      {machine_path(), type + source + R"(,"policyId":")" + policy_id("Shares") + "\"}}",
       "400 {\"error\":{\"code\":\"BMSUserErrorInvalidPolicyForGivenProvider"},
      {machine_path("Vm2"), machine_body(), "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtection"},
      {machine_path("None"),
       type +
           R"("sourceResourceId":"/subscriptions/x/resourceGroups/Rg/providers/Microsoft.Compute/virtualMachines/None")" +
           R"(,"policyId":")" + policy_id("DefaultPolicy") + "\"}}",
       "400 {\"error\":{\"code\":\"UserErrorVmNotFoundV2"},
      {machine_path("Far"),
       type + R"("sourceResourceId":")" + far + R"(","policyId":")" + policy_id("DefaultPolicy") + "\"}}",
       "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtection"},
      {machine_path(), R"({"properties":{"protectedItemType":"AzureFileShareProtectedItem"}})",
       "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtection"},
      {machine_path(), R"({"properties":{"protectedItemType":"MabFileFolderProtectedItem"}})",
       "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtection"},
      {machine_path(), state_body("ProtectionStopped"),
       "404 {\"error\":{\"code\":\"BMSUserErrorDataSourceObjectNotFound"},
      {share_path(), share_body(), "400 {\"error\":{\"code\":\"BMSUserErrorInvalidConfigureProtection"},
      {"/backupFabrics/Azure/protectionContainers/Windows;host/protectedItems/x", machine_body(),
       "404 {\"error\":{\"code\":\"BMSUserErrorContainerObjectNotFound"},
      {machine_path(), "not json", "400 {\"error\":{\"code\":\"BMSUserErrorInvalidInput"},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(code(one.path, one.body).substr(0, one.expected.size()), one.expected) << one.path << " " << one.body;
  }
  register_account();
  EXPECT_EQ(code(share_container() + "/protectedItems/azurefileshare;nothing", share_body()).substr(0, 42),
            R"(400 {"error":{"code":"FileShareNotFound",")");
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 404);
  EXPECT_EQ(fixture.get(at("none", machine_path())).status, 404);
  EXPECT_EQ(fixture.put(at("none", machine_path()), machine_body()).status, 404);
  EXPECT_EQ(fixture.del(at("v1", machine_path())).status, 204);
  EXPECT_EQ(fixture.get(at("v1", machine_path() + "?$filter=a%20eq%20'b'")).status, 400);
}

TEST_F(ItemsTest, AMachineIsProtectedByOneVault) {
  make_vault("v2");
  protect_machine();
  auto body = machine_body();
  const auto from = policy_id("DefaultPolicy");
  body.replace(body.find(from), from.size(), policy_id("DefaultPolicy", "v2"));
  const auto refused = fixture.put(at("v2", machine_path()), body);
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(has(refused.body, "VirtualMachineAlreadyProtected") && has(refused.body, "'v1'")) << refused.body;
}

TEST_F(ItemsTest, AGuardedVaultGivesNothingAway) {
  protect_machine();
  const std::string guard = "/subscriptions/s/resourcegroups/g/providers/Microsoft.DataProtection/resourceGuards/rg1";
  ASSERT_EQ(fixture
                .put(at("v1", "/backupResourceGuardProxies/VaultProxy"),
                     R"({"properties":{"resourceGuardResourceId":")" + guard + "\"}}")
                .status,
            200);
  EXPECT_EQ(fixture.del(at("v1", machine_path())).status, 403);
  const auto target = at("v1", machine_path());
  ASSERT_EQ(fixture
                .post(at("v1", "/backupResourceGuardProxies/VaultProxy/unlockDelete"),
                      R"({"resourceGuardOperationRequests":[")" + guard +
                          R"(/deleteProtectedItemRequests/default"],"resourceToBeDeleted":")" +
                          target.substr(0, target.find('?')) + "\"}")
                .status,
            200);
  EXPECT_EQ(fixture.del(target).status, 202);
}

TEST_F(ItemsTest, APolicyThatKeepsLessIsGuarded) {
  change([&](store::Writer& writer) -> Result<> {
    TRY(auto policy, find_policy(writer, vault.id, "DefaultPolicy"));
    policy.name = "Short";
    const auto at_count = policy.properties.find(R"("count":30)");
    check(at_count != std::string::npos);
    policy.properties.replace(at_count, 10, R"("count":7)");
    return put_policy(writer, policy);
  });
  protect_machine();
  const std::string guard = "/subscriptions/s/resourcegroups/g/providers/Microsoft.DataProtection/resourceGuards/rg1";
  ASSERT_EQ(fixture
                .put(at("v1", "/backupResourceGuardProxies/VaultProxy"),
                     R"({"properties":{"resourceGuardResourceId":")" + guard + "\"}}")
                .status,
            200);
  const auto put = [&](const std::string& policy, const std::string& more = "") {
    const auto reply =
        fixture.put(at("v1", machine_path()), R"({"properties":{"sourceResourceId":")" + machine_id() +
                                                  R"(","policyId":")" + policy_id(policy) + "\"" + more + "}}");
    work();
    return reply.status;
  };
  EXPECT_EQ(put("Short"), 403);
  EXPECT_EQ(
      put("Short", R"(,"resourceGuardOperationRequests":[")" + guard + R"(/updateProtectedItemRequests/default"])"),
      202);
  EXPECT_EQ(put("DefaultPolicy"), 202) << "keeping more asks nobody";
  ASSERT_EQ(
      fixture.patch(at("v1"), R"({"properties":{"securitySettings":{"immutabilitySettings":{"state":"Unlocked"}}}})")
          .status,
      200);
  EXPECT_EQ(put("Short"), 400);
  EXPECT_EQ(machine_item_record().policy, "DefaultPolicy");
}

TEST_F(ItemsTest, ListsAreFilteredAndPaged) {
  protect_machine();
  protect_share();
  machines.add("Rg", "Zz9");
  const auto body = machine_body();
  auto other = body;
  other.replace(other.find("/Vm1\""), 5, "/Zz9\"");
  ASSERT_EQ(fixture.put(at("v1", machine_path("Zz9")), other).status, 202);
  work();
  const auto count = [&](const std::string& filter) {
    const auto reply = fixture.get(at("v1", "/backupProtectedItems?$filter=" + filter));
    EXPECT_EQ(reply.status, 200) << reply.body;
    std::size_t found = 0;
    for (auto at = reply.body.find("protectedItemType"); at != std::string::npos;
         at = reply.body.find("protectedItemType", at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(exchange("backup_protected_items_list/machines", Method::get,
                     at("v1",
                        "/backupProtectedItems?%24filter=backupManagementType+eq+%27AzureIaasVM%27+and+itemType+"
                        "eq+%27VM%27")),
            "");
  EXPECT_EQ(count(""), 3);
  EXPECT_EQ(count("backupManagementType%20eq%20'azurestorage'"), 1);
  EXPECT_EQ(count("policyName%20eq%20'defaultPOLICY'"), 2);
  EXPECT_EQ(count("friendlyName%20eq%20'vm1'"), 1);
  EXPECT_EQ(count("containerName%20eq%20'IaasVMContainer;iaasvmcontainerv2;rg;vm1'"), 1);
  EXPECT_EQ(count("containerName%20eq%20'acct'"), 1);
  EXPECT_EQ(count("itemType%20eq%20'SQLDataBase'"), 0);
  EXPECT_EQ(count("healthState%20eq%20'Passed'"), 3);
  EXPECT_EQ(count("fabricName%20eq%20'Azure'"), 3);
  EXPECT_EQ(count("backupEngineName%20eq%20'x'"), 0);
  for (const auto* wrong : {"colour%20eq%20'red'", "itemType%20ne%20'VM'", "itemType%20eq",
                            "itemType%20eq%20'VM'%20or%20"
                            "itemType%20eq%20'AzureFileShare'",
                            "itemType%20eq%20'VM'%20and%20itemType%20eq%20'X'"}) {
    EXPECT_EQ(fixture.get(at("v1", std::string("/backupProtectedItems?$filter=") + wrong)).status, 400) << wrong;
  }
  auto target = at("v1", "/backupProtectedItems/?$top=1");  // old clients write the trailing slash
  std::size_t pages = 0;
  while (!target.empty() && pages < 5) {
    const auto page = fixture.get(target).body;
    ++pages;
    const auto link = page.find("\"nextLink\":\"");
    const auto begin = link + 12 + arm::ArmFixture::kBase.size();
    target = link == std::string::npos ? "" : page.substr(begin, page.find('"', begin) - begin);
  }
  EXPECT_EQ(pages, 3);
}

TEST_F(ItemsTest, AnIntentProtectsAMachine) {
  const auto path = "/backupFabrics/Azure/backupProtectionIntent/vm;iaasvmcontainerv2;Rg;Vm1";
  const auto body = R"({"properties":{"protectionIntentItemType":"AzureResourceItem","sourceResourceId":")" +
                    machine_id() + R"(","policyId":")" + policy_id("DefaultPolicy") + "\"}}";
  EXPECT_EQ(exchange("protection_intent_create_or_update/machine", Method::put, at("v1", path), body), "");
  work();
  EXPECT_EQ(exchange("protection_intent_get/machine", Method::get, at("v1", path)), "");
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 200);
  EXPECT_TRUE(has(body_of("/backupProtectionIntents?$filter=itemType%20eq%20'AzureResourceItem'"), "Vm1"));
  EXPECT_EQ(fixture.del(at("v1", path)).status, 204);
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 200);
  EXPECT_EQ(fixture.put(at("v1", "/backupFabrics/Azure/backupProtectionIntent/x"), body).status, 400);
  EXPECT_EQ(
      fixture
          .put(at("v1", path), R"({"properties":{"protectionIntentItemType":"AzureWorkloadSQLAutoProtectionIntent"}})")
          .status,
      400);
}

TEST_F(ItemsTest, APolicyThatVanishedFailsTheJobWithItsName) {
  const auto reply = fixture.put(at("v1", machine_path()), machine_body());
  ASSERT_EQ(reply.status, 202);
  change([&](store::Writer& writer) -> Result<> {
    TRY(delete_policy(writer, vault.id, "DefaultPolicy"));
    return ok();
  });
  work();
  const auto status = fixture.get(followed(reply, "Azure-AsyncOperation")).body;
  EXPECT_TRUE(has(status, R"("status":"Failed")") && has(status, "DefaultPolicy")) << status;
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 404);
}

/// The server dies at every write of a protection and of a deletion, with or without that write being kept; the next
/// server completes the work as if nothing had happened.
TEST_F(ItemsTest, EndsWhateverTheMomentOfAStop) {
  ASSERT_EQ(
      fixture.patch(at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      200);
  for (const bool kept : {false, true}) {
    for (const bool deletes : {false, true}) {
      bool survived = false;
      for (int n = 0; !survived; ++n) {
        ASSERT_LT(n, 100);
        if (deletes) {
          protect_machine();
          add_point();
        }
        const auto reply =
            deletes ? fixture.del(at("v1", machine_path())) : fixture.put(at("v1", machine_path()), machine_body());
        ASSERT_EQ(reply.status, 202) << reply.body;
        const auto status = followed(reply, "Azure-AsyncOperation");
        close();
        store::SwitchedDatabase database(*fixture.database);
        store::DyingDatabase dying(*fixture.database, n, kept);
        open(database);
        database.become(dying);
        engine->start();
        survived = !dying.await_death([&] { return !has(fixture.get(status).body, "InProgress"); });
        close();
        open(*fixture.database);
        started_ = false;
        work();
        EXPECT_TRUE(has(fixture.get(status).body, R"("status":"Succeeded")")) << n << fixture.get(status).body;
        EXPECT_EQ(fixture.get(at("v1", machine_path())).status, deletes ? 404 : 200) << n;
        if (!deletes) {
          ASSERT_EQ(fixture.del(at("v1", machine_path())).status, 202);
          work();
        }
        ASSERT_EQ(fixture.get(at("v1", machine_path())).status, 404) << "no claim is left behind";
      }
    }
  }
}

TEST(ItemView, SpansAreWrittenAsDotNetDoes) {
  using std::chrono::hours;
  EXPECT_EQ(format_span(hours{24 * 14}), "14.00:00:00");
  EXPECT_EQ(format_span(hours{24 * 14} - Ticks{154067623}), "13.23:59:44.5932377");
  EXPECT_EQ(format_span(hours{1}), "01:00:00");
  EXPECT_EQ(format_span(-hours{1}), "00:00:00");
}

}  // namespace
}  // namespace quaymaster::recovery_services
