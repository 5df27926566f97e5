// Whatever weakens the protection of a guarded vault requires the guard, and only users with permission on the guard
// may do it.
#include "providers/recovery_services/common/vault_guard.h"

#include "providers/recovery_services/protection/items_world_test.h"
#include "providers/recovery_services/restores/restore_world_test.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;

constexpr std::string_view kGuard =
    "/subscriptions/5b5b5b5b-0000-4000-8000-000000000001/resourceGroups/guards/providers/Microsoft.DataProtection/"
    "resourceGuards/g1";

/// Two users who may do everything in the vault's group; only one of them may use the guard.
template <class Base>
class Guarded : public Base {
 protected:
  Guarded() {
    keeper = person("keeper");
    owner = person("owner");
    const auto role =
        this->fixture.issuer->assign_role(owner.object_id, "Contributor", arm::ArmFixture::group_path("guards"));
    EXPECT_TRUE(role) << role.error().cause();
  }
  identity::Principal person(const std::string& name) {
    const auto made = this->fixture.issuer->create_principal({name, {}, {}}).value();
    EXPECT_TRUE(this->fixture.issuer->assign_role(made.object_id, "Contributor", arm::ArmFixture::group_path("rg")));
    return {made.object_id, made.client_id, std::string(arm::ArmFixture::kTenant), name};
  }
  http::Reply send_by(const identity::Principal& caller, Method method, const std::string& target,
                      const std::string& body = "") {
    auto request = this->fixture.request(method, target, body);
    request.headers.set("Authorization",
                        "Bearer " + this->fixture.issuer->issue(
                                        caller, "https://management.azure.com",
                                        fmt::format("{}/{}/v2.0", arm::ArmFixture::kBase, arm::ArmFixture::kTenant)));
    return this->fixture.send(request, body);
  }
  void put_guard() {
    const auto reply = this->fixture.put(Base::at("v1", "/backupResourceGuardProxies/VaultProxy"),
                                         fmt::format(R"({{"properties":{{"resourceGuardResourceId":"{}"}}}})", kGuard));
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  static std::string request_of(const GuardedOperation& operation) {
    return guard_request(Guard{std::string(kGuard), {}, {}}, operation);
  }
  /// The body, with the guard's request added to its properties.
  static std::string with_request(std::string body, const GuardedOperation& operation) {
    constexpr std::string_view kBegin = R"("properties":{)";
    const auto at = body.find(kBegin) + kBegin.size();
    return body.insert(at, fmt::format(R"("resourceGuardOperationRequests":["{}"]{})", request_of(operation),
                                       body[at] == '}' ? "" : ","));
  }
  /// Rejected without the request and for users who may not use the guard; accepted for those who may.
  void expect_guarded(std::string_view what, const GuardedOperation& operation, Method method,
                      const std::string& target, const std::string& body) {
    const auto bare = send_by(owner, method, target, body);
    EXPECT_EQ(bare.status, 403) << what << bare.body;
    EXPECT_NE(bare.body.find(request_of(operation)), std::string::npos) << what << ": it says what to send";
    const auto foreign = send_by(keeper, method, target, with_request(body, operation));
    EXPECT_EQ(foreign.status, 403) << what << foreign.body;
    EXPECT_NE(foreign.body.find(guard_permission(operation)), std::string::npos) << what << foreign.body;
    const auto taken = send_by(owner, method, target, with_request(body, operation));
    EXPECT_LT(taken.status, 300) << what << taken.body;
  }

  identity::Principal keeper, owner;
};

class GuardTest : public Guarded<ItemsWorld> {
 protected:
  static std::string vault_body(const std::string& security) {
    return R"({"properties":{"securitySettings":)" + security + "}}";
  }
  static std::string daily(int days, int interval = 4) {
    return fmt::format(
        R"({{"properties":{{"backupManagementType":"AzureIaasVM","policyType":"V2","schedulePolicy":{{)"
        R"("schedulePolicyType":"SimpleSchedulePolicyV2","scheduleRunFrequency":"Hourly","hourlySchedule":{{)"
        R"("interval":{},"scheduleWindowStartTime":"2026-01-01T08:00:00Z","scheduleWindowDuration":12}}}},)"
        R"("retentionPolicy":{{"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{{)"
        R"("retentionDuration":{{"count":{},"durationType":"Days"}}}}}}}}}})",
        interval, days);
  }
  std::string governed_by_policy(const std::string& policy, const std::string& more = "") const {
    return R"({"properties":{"protectedItemType":"Microsoft.Compute/virtualMachines","sourceResourceId":")" +
           machine_id() + R"(","policyId":")" + policy_id(policy) + "\"" + more + "}}";
  }
};

TEST_F(GuardTest, EveryOperationThatReducesProtectionIsGuarded) {
  ASSERT_EQ(fixture.put(at("v1", "/backupPolicies/long1"), daily(60)).status, 200);
  ASSERT_EQ(fixture.put(at("v1", "/backupPolicies/short1"), daily(20)).status, 200);
  ASSERT_EQ(fixture.put(at("v1", "/backupPolicies/rare1"), daily(60, 8)).status, 200);
  ASSERT_EQ(fixture.put(at("v1", machine_path()), governed_by_policy("long1")).status, 202);
  work();
  const auto config = at("v1", "/backupconfig/vaultconfig");
  ASSERT_EQ(fixture.patch(config, R"({"properties":{"softDeleteRetentionPeriodInDays":60}})").status, 200);
  ASSERT_EQ(fixture.patch(at("v1"), vault_body(R"({"immutabilitySettings":{"state":"Unlocked"}})")).status, 200);
  put_guard();

  const auto machine = at("v1", machine_path());
  // An immutable vault rejects a shorter retention in any case, so that is tested once the vault is no longer
  // immutable.
  expect_guarded("less immutable", guarded::kReduceImmutability, Method::patch, at("v1"),
                 vault_body(R"({"immutabilitySettings":{"state":"Disabled"}})"));
  expect_guarded("fewer days", guarded::kWeakenSoftDelete, Method::patch, config,
                 R"({"properties":{"softDeleteRetentionPeriodInDays":"30"}})");
  expect_guarded("fewer days of the vault", guarded::kWeakenSoftDelete, Method::patch, at("v1"),
                 vault_body(R"({"softDeleteSettings":{"softDeleteRetentionPeriodInDays":20}})"));
  expect_guarded("no enhanced security", guarded::kWeakenSoftDelete, Method::put, config,
                 R"({"properties":{"enhancedSecurityState":"Disabled"}})");
  expect_guarded("a disk less", guarded::kUpdateItem, Method::put, machine,
                 governed_by_policy("long1", R"(,"extendedProperties":{"diskExclusionProperties":)"
                                             R"({"diskLunList":["1"],"isInclusionList":false}})"));
  work();
  expect_guarded("a policy that keeps less", guarded::kUpdateItem, Method::put, machine, governed_by_policy("short1"));
  work();
  ASSERT_EQ(fixture.put(machine, governed_by_policy("long1")).status, 202) << "more is not guarded";
  work();
  expect_guarded("a policy that runs less often", guarded::kUpdateItem, Method::put, machine,
                 governed_by_policy("rare1"));
  work();
  expect_guarded("a policy that is made to keep less", guarded::kUpdatePolicy, Method::put,
                 at("v1", "/backupPolicies/rare1"), daily(30, 8));
  work();
  expect_guarded("a policy that is made to run less often", guarded::kUpdatePolicy, Method::put,
                 at("v1", "/backupPolicies/long1"), daily(60, 8));
  work();
  expect_guarded("stop and keep the data", guarded::kStopItem, Method::put, machine, state_body("ProtectionStopped"));
  work();
  EXPECT_EQ(send_by(keeper, Method::put, machine, state_body("ProtectionStopped")).status, 202) << "it is stopped";
  work();
  expect_guarded("no soft delete", guarded::kWeakenSoftDelete, Method::patch, config,
                 R"({"properties":{"softDeleteFeatureState":"Disabled"}})");
}

TEST_F(GuardTest, OtherOperationsAreNotGuarded) {
  put_guard();
  for (const auto& [target, body] : std::vector<std::pair<std::string, std::string>>{
           {at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteRetentionPeriodInDays":30}})"},
           {at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"AlwaysON"}})"},
           {at("v1"), vault_body(R"({"immutabilitySettings":{"state":"Unlocked"}})")},
           {at("v1"), R"({"tags":{"a":"b"}})"}}) {
    const auto reply = send_by(keeper, Method::patch, target, body);
    EXPECT_EQ(reply.status, 200) << reply.body;
  }
  EXPECT_EQ(send_by(keeper, Method::put, at("v1", machine_path()), machine_body()).status, 202);
}

TEST_F(GuardTest, ADeletionIsUnlockedByACallerWhoMayUseTheGuard) {
  protect_machine();
  put_guard();
  const auto item = at("v1", machine_path());
  const auto unlock = [&](const identity::Principal& who, const GuardedOperation& operation,
                          const std::string& resource) {
    return send_by(who, Method::post, at("v1", "/backupResourceGuardProxies/VaultProxy/unlockDelete"),
                   fmt::format(R"({{"resourceGuardOperationRequests":["{}"]{}}})", request_of(operation),
                               resource.empty() ? "" : fmt::format(R"(,"resourceToBeDeleted":"{}")", resource)));
  };
  const auto id = item.substr(0, item.find('?'));
  EXPECT_EQ(send_by(owner, Method::del, item).status, 403);
  EXPECT_EQ(unlock(keeper, guarded::kDeleteItem, id).status, 403);
  EXPECT_EQ(send_by(keeper, Method::del, item).status, 403);
  EXPECT_EQ(unlock(owner, guarded::kRemoveGuard, id).status, 403) << "a request of another kind";
  EXPECT_EQ(unlock(owner, guarded::kDeleteItem, "").status, 400) << "of what?";
  EXPECT_EQ(unlock(owner, guarded::kDeleteItem, id).status, 200);
  EXPECT_EQ(send_by(keeper, Method::del, item).status, 202);

  const auto proxy = at("v1", "/backupResourceGuardProxies/VaultProxy");
  EXPECT_EQ(unlock(keeper, guarded::kRemoveGuard, "").status, 403);
  EXPECT_EQ(send_by(owner, Method::del, proxy).status, 403);
  const auto other = std::string(R"({"properties":{"resourceGuardResourceId":")") + std::string(kGuard) + "2\"}}";
  EXPECT_EQ(fixture.put(proxy, other).status, 403) << "another guard is the end of this one";
  EXPECT_EQ(unlock(owner, guarded::kRemoveGuard, "").status, 200) << "az names no resource";
  put_guard();  // repeating it changes nothing
  EXPECT_EQ(send_by(keeper, Method::del, proxy).status, 200);
}

/// A guard in another subscription: no role here reaches it except one at the root.
TEST_F(GuardTest, AGuardElsewhereGrantsAccessToNoOne) {
  const std::string guard =
      "/subscriptions/00000000-0000-4000-8000-00000000000a/resourceGroups/g/providers/Microsoft.DataProtection/"
      "resourceGuards/far";
  ASSERT_EQ(fixture
                .put(at("v1", "/backupResourceGuardProxies/VaultProxy"),
                     fmt::format(R"({{"properties":{{"resourceGuardResourceId":"{}"}}}})", guard))
                .status,
            200);
  ASSERT_TRUE(fixture.issuer->assign_role(owner.object_id, "Owner", arm::ArmFixture::subscription_path()));
  const auto reply =
      send_by(owner, Method::patch, at("v1", "/backupconfig/vaultconfig"),
              fmt::format(R"({{"properties":{{"softDeleteFeatureState":"Disabled","resourceGuardOperationRequests":[)"
                          R"("{}/disableSoftDeleteRequests/default"]}}}})",
                          guard));
  EXPECT_EQ(reply.status, 403) << reply.body;
}

class GuardedPoints : public Guarded<RestoreWorld> {};

TEST_F(GuardedPoints, DataLeavesTheVaultOnlyWithTheGuard) {
  ASSERT_TRUE(fixture.issuer->assign_role(keeper.object_id, "Contributor", SomeAccounts::id("sa1")));
  ASSERT_TRUE(fixture.issuer->assign_role(owner.object_id, "Contributor", SomeAccounts::id("sa1")));
  put_guard();
  expect_guarded("a restore", guarded::kRestore, Method::post, point_path(machine_item, "/restore"),
                 fmt::format(R"({{"properties":{{{},"storageAccountId":"{}"}}}})", kDisks, SomeAccounts::id("sa1")));
  for (const auto* tail : {"/quaymasterContent?path=a.txt", "/quaymasterEntries"}) {
    EXPECT_EQ(send_by(keeper, Method::get, point_path(share_item, tail)).status, 403) << tail;
    EXPECT_EQ(send_by(owner, Method::get, point_path(share_item, tail)).status, 200) << tail;
  }
}

}  // namespace
}  // namespace quaymaster::recovery_services
