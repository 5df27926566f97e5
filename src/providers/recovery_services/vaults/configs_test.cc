#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/world_test.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;

class ConfigTest : public World {
 protected:
  void SetUp() override { make_vault("v1"); }
  bool has(const std::string& body, const std::string& part) { return body.find(part) != std::string::npos; }
  const std::string config = at("v1", "/backupconfig/vaultconfig");
  const std::string storage = at("v1", "/backupstorageconfig/vaultstorageconfig");
  const std::string encryption = at("v1", "/backupEncryptionConfigs/backupResourceEncryptionConfig");
  const std::string proxies = at("v1", "/backupResourceGuardProxies");
  const std::string proxy = at("v1", "/backupResourceGuardProxies/VaultProxy");
};

TEST_F(ConfigTest, FreshVaultsAreAsDocumented) {
  EXPECT_EQ(exchange("backup_resource_vault_configs_get/fresh", Method::get, config), "");
  EXPECT_EQ(exchange("backup_resource_storage_configs_get/fresh", Method::get, storage), "");
  EXPECT_EQ(exchange("backup_resource_encryption_configs_get/fresh", Method::get, encryption), "");
  EXPECT_EQ(exchange("resource_guard_proxies_get/none", Method::get, proxies), "");
}

TEST_F(ConfigTest, SoftDeleteIsOneStateWithTwoViews) {
  EXPECT_EQ(exchange("backup_resource_vault_configs_update/off", Method::patch, config,
                     R"({"properties":{"softDeleteFeatureState":"Disabled"}})"),
            "");
  EXPECT_TRUE(has(fixture.get(at("v1")).body, R"("softDeleteState":"Disabled")"));
  EXPECT_EQ(fixture.put(config, R"({"properties":{"softDeleteRetentionPeriodInDays":13}})").status, 400);
  EXPECT_EQ(fixture.put(config, R"({"properties":{"softDeleteFeatureState":"alwayson"}})").status, 200);
  EXPECT_EQ(fixture.patch(config, R"({"properties":{"softDeleteFeatureState":"Enabled"}})").status, 400);
  EXPECT_EQ(fixture.patch(config, R"({"properties":{"softDeleteFeatureState":"Perhaps"}})").status, 400);
}

TEST_F(ConfigTest, RedundancyIsFixedOnceSomethingWasProtected) {
  const std::string local = R"({"properties":{"storageModelType":"LocallyRedundant"}})";
  EXPECT_EQ(fixture.put(storage, local).status, 200);
  EXPECT_EQ(fixture.patch(storage, R"({"properties":{"storageType":"ZoneRedundant"}})").status, 204);
  EXPECT_TRUE(has(fixture.get(at("v1")).body, R"("standardTierStorageRedundancy":"ZoneRedundant")"));
  ASSERT_TRUE(fixture.database->write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, find_vault(writer, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"}));
    return lock_storage(writer, vault.id);
  }));
  EXPECT_EQ(fixture.put(storage, local).status, 400);
  EXPECT_TRUE(has(fixture.get(storage).body, R"("storageTypeState":"Locked")"));
  EXPECT_EQ(fixture.patch(storage, R"({"properties":{"crossRegionRestoreFlag":true}})").status, 400);
}

TEST_F(ConfigTest, ACustomersKeyIsShownInBothViews) {
  EXPECT_EQ(fixture.put(encryption, R"({"properties":{"encryptionAtRestType":"CustomerManaged"}})").status, 400);
  EXPECT_EQ(fixture
                .put(encryption, R"({"properties":{"encryptionAtRestType":"CustomerManaged","keyUri":"https://k/1",)"
                                 R"("infrastructureEncryptionState":"true"}})")
                .status,
            200);
  EXPECT_TRUE(has(fixture.get(at("v1")).body, R"("infrastructureEncryption":"Enabled")"));
  EXPECT_TRUE(has(fixture.get(encryption).body, R"("lastUpdateStatus":"Succeeded")"));
  EXPECT_EQ(fixture.put(encryption, R"({"properties":{"encryptionAtRestType":"MicrosoftManaged"}})").status, 400);
}

TEST_F(ConfigTest, OneIdentityReadsTheKey) {
  const auto kek = [&](const std::string& identity) {
    return fixture
        .patch(at("v1"), R"({"properties":{"encryption":{"keyVaultProperties":{"keyUri":"https://k/1"},)"
                         R"("kekIdentity":)" +
                             identity + "}}}")
        .body;
  };
  EXPECT_TRUE(has(kek(R"({"userAssignedIdentity":"/a"})"),
                  R"("kekIdentity":{"useSystemAssignedIdentity":false,"userAssignedIdentity":"/a"})"));
  auto view = fixture.get(encryption).body;
  EXPECT_TRUE(has(view, R"("subscriptionId":"")")) << view;
  EXPECT_TRUE(has(view, R"("useSystemAssignedIdentity":false,"userAssignedIdentity":"/a")")) << view;
  EXPECT_TRUE(has(kek(R"({"useSystemAssignedIdentity":true})"),
                  R"("kekIdentity":{"useSystemAssignedIdentity":true,"userAssignedIdentity":null})"));
  view = fixture.get(encryption).body;
  EXPECT_TRUE(has(view, R"("useSystemAssignedIdentity":true)")) << view;
  EXPECT_FALSE(has(view, "userAssignedIdentity")) << view;
  EXPECT_EQ(fixture.put(encryption, R"({"properties":{"userAssignedIdentity":"/b"}})").status, 200);
  EXPECT_TRUE(has(fixture.get(encryption).body, R"("useSystemAssignedIdentity":false,"userAssignedIdentity":"/b")"));
}

TEST_F(ConfigTest, AGuardIsRequiredForWhatItProtects) {
  const std::string guard = "/subscriptions/s/resourcegroups/g/providers/Microsoft.DataProtection/resourceGuards/rg1";
  const std::string off = R"({"properties":{"softDeleteFeatureState":"Disabled"}})";
  EXPECT_EQ(fixture.put(proxy, R"({"properties":{"resourceGuardResourceId":"/nothing"}})").status, 400);
  EXPECT_EQ(exchange("resource_guard_proxy_put/new", Method::put, proxy,
                     R"({"properties":{"resourceGuardResourceId":")" + guard + R"("}})"),
            "");
  EXPECT_EQ(fixture.patch(config, off).status, 403);
  EXPECT_EQ(
      fixture
          .patch(config, R"({"properties":{"softDeleteFeatureState":"Disabled","resourceGuardOperationRequests":[")" +
                             guard + R"(/disableSoftDeleteRequests/default"]}})")
          .status,
      200);
  EXPECT_EQ(fixture.del(proxy).status, 403);
  const auto path = proxy.substr(0, proxy.find('?'));
  const auto unlock = [&](const std::string& requests) {
    return fixture.post(at("v1", "/backupResourceGuardProxies/VaultProxy/unlockDelete"),
                        R"({"resourceGuardOperationRequests":[")" + guard + "/" + requests +
                            R"(/default"],"resourceToBeDeleted":")" + path + R"("})");
  };
  EXPECT_EQ(unlock("deleteProtectedItemRequests").status, 403);
  EXPECT_TRUE(has(unlock("deleteResourceGuardProxyRequests").body, "unlockDeleteExpiryTime"));
  fixture.clock.advance(std::chrono::minutes{29});
  EXPECT_EQ(fixture.del(proxy).status, 200);
  EXPECT_EQ(fixture.get(proxy).status, 404);
}

TEST_F(ConfigTest, WithoutItsVaultThereIsNone) {
  EXPECT_EQ(fixture.get(at("v2", "/backupconfig/vaultconfig")).status, 404);
  EXPECT_EQ(fixture.put(at("v2", "/backupstorageconfig/vaultstorageconfig"), R"({"properties":{}})").status, 404);
}

}  // namespace
}  // namespace quaymaster::recovery_services
