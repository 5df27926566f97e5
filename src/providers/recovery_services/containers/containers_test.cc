#include "providers/recovery_services/containers/containers.h"

#include "arm/document.h"
#include "providers/recovery_services/protection/items_world_test.h"
#include "testing/arm/golden.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;
using ContainersTest = ItemsWorld;

std::string location_path(const std::string& call) {
  return arm::ArmFixture::subscription_path() + "/providers/Microsoft.RecoveryServices/locations/westeurope/" + call +
         "?api-version=2024-04-01";
}
constexpr auto kMachines = "$filter=backupManagementType%20eq%20'AzureIaasVM'";
constexpr auto kStorage = "$filter=backupManagementType%20eq%20'AzureStorage'";

TEST_F(ContainersTest, MachinesAreFoundAfterARefresh) {
  machines.add("Rg", "Far", "eastus");
  const auto list = std::string("/backupProtectableItems?") + kMachines;
  EXPECT_EQ(body_of(list), R"({"value":[]})");
  EXPECT_EQ(exchange("protection_containers_refresh/machines", Method::post,
                     at("v1", "/backupFabrics/Azure/refreshContainers")),
            "");
  EXPECT_EQ(exchange("backup_protectable_items_list/machines", Method::get, at("v1", list)), "");
  EXPECT_FALSE(has(body_of(list), "Far")) << "of another location";
  EXPECT_TRUE(has(body_of(list + "%20and%20friendlyName%20eq%20'vm1'"), "Vm1"));
  EXPECT_FALSE(has(body_of(list + "%20and%20friendlyName%20eq%20'vm2'"), "Vm1"));
  protect_machine();
  EXPECT_EQ(body_of(list), R"({"value":[]})") << "protected ones are not listed";
}

TEST_F(ContainersTest, ARefreshIsFollowedAsAzDoes) {
  for (const auto* filter : {"", "?$filter=backupManagementType%20eq%20'AzureStorage'",
                             "?$filter=backupManagementType%20eq%20'AzureWorkload'"}) {
    const auto reply = fixture.post(at("v1", std::string("/backupFabrics/Azure/refreshContainers") + filter));
    ASSERT_EQ(reply.status, 202) << reply.body;
    EXPECT_EQ(fixture.get(followed(reply, "Location")).status, 204) << "never 200";
    EXPECT_TRUE(has(fixture.get(followed(reply, "Azure-AsyncOperation")).body, R"("status":"Succeeded")"));
  }
}

TEST_F(ContainersTest, AnAccountIsRegisteredAndItsSharesInquired) {
  EXPECT_EQ(exchange("protectable_containers_list/storage", Method::get,
                     at("v1", std::string("/backupFabrics/Azure/protectableContainers?") + kStorage)),
            "");
  const auto body = R"({"properties":{"backupManagementType":"AzureStorage","containerType":"StorageContainer",)"
                    R"("sourceResourceId":")" +
                    SomeAccounts::id("acct") + "\"}}";
  EXPECT_EQ(exchange("protection_containers_register/storage", Method::put, at("v1", share_container()), body), "");
  const auto second = fixture.put(at("v1", share_container()), body);  // requesting it twice does no harm
  const auto running = fixture.get(followed(second, "Location"));
  EXPECT_EQ(running.body, "{}") << "while it runs";
  EXPECT_EQ(running.headers.get("Location"), second.headers.get("Location"));
  EXPECT_EQ(running.headers.get("Azure-AsyncOperation"), second.headers.get("Azure-AsyncOperation"));
  work();
  const auto result = fixture.get(followed(second, "Location"));
  EXPECT_EQ(result.status, 200);
  EXPECT_FALSE(has(result.body, R"("type":)")) << result.body;
  EXPECT_EQ(exchange("protection_containers_get/storage", Method::get, at("v1", share_container())), "");
  const auto protectable = std::string("/backupFabrics/Azure/protectableContainers?") + kStorage;
  EXPECT_EQ(body_of(protectable), R"({"value":[]})");
  accounts.names.emplace_back("late");
  EXPECT_TRUE(has(body_of(protectable + "%20and%20workloadType%20eq%20'AzureFileShare'"), R"("friendlyName":"late")"));
  EXPECT_EQ(body_of(protectable + "%20and%20workloadType%20eq%20'SQLDataBase'"), R"({"value":[]})");

  const auto items =
      std::string("/backupProtectableItems?") + kStorage + "%20and%20workloadType%20eq%20'AzureFileShare'";
  EXPECT_EQ(body_of(items), R"({"value":[]})");
  const auto inquired =
      fixture.post(at("v1", share_container() + "/inquire?$filter=workloadType%20eq%20'AzureFileShare'"));
  ASSERT_EQ(inquired.status, 202) << inquired.body;
  EXPECT_EQ(fixture.get(followed(inquired, "Location")).status, 204);
  EXPECT_EQ(exchange("backup_protectable_items_list/shares", Method::get, at("v1", items)), "");
  // The 13th segment of the id is the container; az compares it with the lower-case one (clients.md 5.3).
  EXPECT_TRUE(has(body_of(items), "/protectionContainers/storagecontainer;storage;store;acct/protectableItems/"));
  protect_share();
  EXPECT_EQ(body_of(items), R"({"value":[]})");
}

TEST_F(ContainersTest, ListsWhatIsRegistered) {
  protect_machine();
  protect_share();
  const auto list = std::string("/backupProtectionContainers?");
  EXPECT_EQ(
      exchange("backup_protection_containers_list/machines", Method::get,
               at("v1", list + kMachines + "%20and%20friendlyName%20eq%20'vm1'%20and%20status%20eq%20'Registered'")),
      "");
  EXPECT_EQ(exchange("backup_protection_containers_list/storage", Method::get,
                     at("v1", list + kStorage + "%20and%20status%20eq%20'Registered'")),
            "");
  // az requests these on many occasions (backup.md 16).
  for (const auto* kind : {"AzureWorkload", "AzureWorkLoad", "MAB"}) {
    EXPECT_EQ(body_of(list + "$filter=backupManagementType%20eq%20'" + kind + "'%20and%20status%20eq%20'Registered'"),
              R"({"value":[]})");
  }
  EXPECT_EQ(fixture.get(at("v1", "/backupProtectionContainers")).status, 400);
  EXPECT_EQ(body_of(share_container() + "/items"), R"({"value":[]})");
  EXPECT_EQ(exchange("protection_containers_get/machine", Method::get,
                     at("v1", "/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;Rg;Vm1")),
            "");
}

TEST_F(ContainersTest, WhatIsSoftDeletedIsListedApart) {
  protect_machine();
  protect_share();
  const auto deleted = std::string("/backupDeletedProtectionContainers?");
  EXPECT_EQ(body_of(deleted + kMachines), R"({"value":[]})");
  EXPECT_EQ(body_of(deleted + kStorage), R"({"value":[]})");
  ASSERT_EQ(fixture.del(at("v1", machine_path())).status, 202);
  ASSERT_EQ(fixture.del(at("v1", share_path())).status, 202);
  work();
  EXPECT_EQ(exchange("deleted_protection_containers_list/machines", Method::get, at("v1", deleted + kMachines)), "");
  EXPECT_TRUE(has(body_of(deleted + kStorage), R"("registrationStatus":"SoftDeleted")"));
  EXPECT_EQ(body_of(std::string("/backupProtectionContainers?") + kMachines), R"({"value":[]})");
  EXPECT_TRUE(has(body_of(std::string("/backupProtectionContainers?") + kStorage), "acct"));
}

TEST_F(ContainersTest, AnAccountLeavesWhenNothingInItIsProtected) {
  ASSERT_EQ(
      fixture.patch(at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      200);
  EXPECT_EQ(fixture.del(at("v1", share_container())).status, 204);
  protect_share();
  const auto refused = fixture.del(at("v1", share_container()));
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(has(refused.body, "BMSUserErrorContainerHasDatasources"));
  const auto vault_refused = fixture.del(at("v1"));
  EXPECT_TRUE(has(vault_refused.body, "existing resources within the vault")) << vault_refused.body;
  ASSERT_EQ(fixture.del(at("v1", share_path())).status, 202);
  work();
  const auto reply = fixture.del(at("v1", share_container()));
  ASSERT_EQ(reply.status, 202);
  // az asks below the removed container, with the last segment of Location.
  const auto location = followed(reply, "Location");
  const auto id = location.substr(location.rfind('/') + 1, 36);
  EXPECT_EQ(fixture.get(at("v1", share_container() + "/operationResults/" + id)).status, 204);
  EXPECT_EQ(fixture.get(at("v1", share_container())).status, 404);
  EXPECT_EQ(fixture.del(at("v1")).status, 202);
}

TEST_F(ContainersTest, WhatCannotBeRegisteredIsRefused) {
  const auto body = [](const std::string& account, const std::string& more = "") {
    return R"({"properties":{"sourceResourceId":")" + SomeAccounts::id(account) + "\"" + more + "}}";
  };
  const auto put = [&](const std::string& vault_name, const std::string& container, const std::string& text) {
    return fixture.put(at(vault_name, "/backupFabrics/Azure/protectionContainers/" + container), text);
  };
  const std::string name = "StorageContainer;Storage;store;acct";
  EXPECT_EQ(put("v1", name, "{}").status, 400);
  EXPECT_EQ(put("v1", name, body("nothing")).status, 400);
  EXPECT_EQ(put("v1", "StorageContainer;Storage;store;other", body("acct")).status, 400);
  EXPECT_EQ(put("v1", "IaasVMContainer;iaasvmcontainerv2;Rg;Vm1", body("acct")).status, 400);
  EXPECT_EQ(put("v1", name, body("acct", R"(,"containerType":"VMAppContainer")")).status, 400);
  EXPECT_EQ(put("none", name, body("acct")).status, 404);
  EXPECT_EQ(fixture.get(at("v1", "/backupFabrics/Azure/protectionContainers/" + name)).status, 404);
  EXPECT_EQ(fixture.post(at("v1", "/backupFabrics/Azure/protectionContainers/" + name + "/inquire")).status, 404);
  register_account();
  make_vault("v2");
  const auto elsewhere = put("v2", name, body("acct"));
  EXPECT_EQ(elsewhere.status, 400);
  EXPECT_TRUE(has(elsewhere.body, "'v1'")) << elsewhere.body;
  EXPECT_EQ(fixture.post(at("v1", share_container() + "/inquire?$filter=workloadType%20eq%20'SQLDataBase'")).status,
            400);
}

TEST_F(ContainersTest, ReportsWhetherAMachineIsProtected) {
  const auto machine = R"({"resourceType":"VM","resourceId":")" + machine_id() + "\"}";
  EXPECT_EQ(exchange("backup_status_get/not_protected", Method::post, location_path("backupStatus"), machine), "");
  EXPECT_EQ(fixture.post(location_path("backupPreValidateProtection"), machine).body,
            R"({"status":"Succeeded","containerName":"iaasvmcontainer;iaasvmcontainerv2;Rg;Vm1",)"
            R"("protectedItemName":"vm;iaasvmcontainerv2;Rg;Vm1"})");
  protect_machine();
  EXPECT_EQ(exchange("backup_status_get/machine", Method::post, location_path("backupStatus"), machine), "");
  EXPECT_TRUE(
      has(fixture.post(location_path("backupPreValidateProtection"), machine).body, "VirtualMachineAlreadyProtected"));
  protect_share();
  const auto share = [](const std::string& name) {
    return R"({"resourceType":"AzureFileShare","resourceId":")" + SomeAccounts::id("acct") + R"(","poLogicalName":")" +
           name + "\"}";
  };
  const auto docs = fixture.post(location_path("backupStatus"), share("DOCS")).body;
  EXPECT_TRUE(
      has(docs, R"("containerName":"storagecontainer;storage;store;acct","protectedItemName":"azurefileshare;)"))
      << docs;
  EXPECT_TRUE(has(fixture.post(location_path("backupStatus"), share("x")).body, "NotProtected"));
  EXPECT_EQ(fixture.post(location_path("backupStatus"), "{}").status, 400);
  EXPECT_TRUE(has(fixture
                      .post(location_path("backupPreValidateProtection"),
                            R"({"resourceType":"VM","resourceId":"/subscriptions/x"})")
                      .body,
                  "UserErrorVmNotFoundV2"));
  EXPECT_EQ(fixture.post(location_path("backupValidateFeatures"), R"({"featureType":"AzureVMResourceBackup"})").body,
            R"({"supportStatus":"Supported"})");
  EXPECT_EQ(fixture.post(location_path("backupValidateFeatures"), R"({"featureType":"AzureBackupGoals"})").body,
            R"({"supportStatus":"NotSupported"})");
}

TEST_F(ContainersTest, ListsItsOperations) {
  const auto body = fixture.get("/providers/Microsoft.RecoveryServices/operations?api-version=2024-04-01").body;
  EXPECT_TRUE(has(body, R"("name":"Microsoft.RecoveryServices/vaults/read")")) << body.substr(0, 300);
  EXPECT_TRUE(has(body, R"("origin":"user")"));
}

TEST(Document, IsThePageOfTheTable) {
  EXPECT_EQ(arm::compare_golden(arm::document_file(kProvider), arm::document(kProvider)), "");
}

}  // namespace
}  // namespace quaymaster::recovery_services
