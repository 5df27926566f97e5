#include "providers/recovery_services/policies/policy_record.h"

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/policies/policy_store.h"
#include "providers/recovery_services/world_test.h"

namespace quaymaster::recovery_services {
namespace {

class PolicyRecordTest : public World {
 protected:
  PolicyRecordTest() {
    make_vault("v1");
    EXPECT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(vault, find_vault(reader, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"}));
      return ok();
    }));
  }
  Result<PolicyRecord> find(std::string_view name) {
    PolicyRecord policy;
    TRY(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(policy, find_policy(reader, vault.id, name));
      return ok();
    }));
    return policy;
  }
  VaultRecord vault;
};

TEST_F(PolicyRecordTest, AFreshVaultHasItsDefaults) {
  const auto policy = find("defaultPOLICY");
  ASSERT_TRUE(policy) << policy.error().cause();
  EXPECT_EQ(policy.value().name, "DefaultPolicy");
  EXPECT_EQ(policy.value().management, "AzureIaasVM");
  EXPECT_EQ(policy.value().properties,
            R"({"backupManagementType":"AzureIaasVM","instantRPDetails":{},"schedulePolicy":{"schedulePolicyType":)"
            R"("SimpleSchedulePolicy","scheduleRunFrequency":"Daily","scheduleRunTimes":["2026-11-23T20:00:00Z"],)"
            R"("scheduleWeeklyFrequency":0},"retentionPolicy":{"retentionPolicyType":"LongTermRetentionPolicy",)"
            R"("dailySchedule":{"retentionTimes":["2026-11-23T20:00:00Z"],"retentionDuration":{"count":30,)"
            R"("durationType":"Days"}}},"instantRpRetentionRangeInDays":2,"timeZone":"UTC"})");
  EXPECT_TRUE(find("EnhancedPolicy"));
  EXPECT_EQ(find("HourlyLogBackup").value().management, "AzureWorkload");
}

TEST_F(PolicyRecordTest, AnUnknownOneIsRefusedAsPublished) {
  const auto missing = find("nothing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), Errc::not_found);
  ASSERT_NE(missing.error().published(), nullptr);
  EXPECT_EQ(missing.error().published()->row, &errors::kPolicyNotFound);
}

TEST_F(PolicyRecordTest, TheyGoWithTheirVault) {
  EXPECT_EQ(fixture.del(at("v1")).status, 202);
  EXPECT_FALSE(find("DefaultPolicy"));
}

TEST_F(PolicyRecordTest, ListsByNameAndReplacesInPlace) {
  ASSERT_TRUE(fixture.database->write([&](store::Writer& writer) -> Result<> {
    PolicyRecord policy{vault.id, "Alpha", "AzureStorage", "{}", fixture.clock.now(), fixture.clock.now()};
    TRY(put_policy(writer, policy));
    policy.name = "ALPHA";
    policy.properties = R"({"a":1})";
    TRY(put_policy(writer, policy));
    TRY(const auto first, list_policies(writer, vault.id, "", 2));
    EXPECT_EQ(first.size(), 2);
    EXPECT_EQ(first[0].name, "Alpha");
    EXPECT_EQ(first[0].properties, R"({"a":1})");
    TRY(const auto rest, list_policies(writer, vault.id, "defaultpolicy", 10));
    EXPECT_EQ(rest.size(), 2);
    TRY(const bool gone, delete_policy(writer, vault.id, "alphA"));
    EXPECT_TRUE(gone);
    TRY(const bool again, delete_policy(writer, vault.id, "alphA"));
    EXPECT_FALSE(again);
    return ok();
  }));
}

TEST_F(PolicyRecordTest, AnIdNamesAPolicyOfThisVaultInAnyCase) {
  const auto id = vault.resource_id() + "/backupPolicies/MyPolicy";
  EXPECT_EQ(policy_in_id(vault, id).value(), "MyPolicy");
  auto other_case = to_lower(id);
  other_case.replace(1, 1, "S");
  EXPECT_EQ(policy_in_id(vault, other_case).value(), "mypolicy");
  for (const auto& wrong : {std::string("MyPolicy"), vault.resource_id(), vault.resource_id() + "2/backupPolicies/p",
                            vault.resource_id() + "/backupJobs/p", std::string(), id + "/operations/x"}) {
    const auto refused = policy_in_id(vault, wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind(), Errc::invalid);
    EXPECT_NE(refused.error().published()->message.find(vault.name), std::string::npos);
  }
}

TEST_F(PolicyRecordTest, FitsItsOwnKindOnly) {
  PolicyRecord policy;
  policy.name = "p";
  for (const auto& [management, machine, share] :
       {std::tuple{"AzureIaasVM", true, false}, {"azurestorage", false, true}, {"AzureWorkload", false, false}}) {
    policy.management = management;
    EXPECT_EQ(check_policy_fits(policy, SourceKind::machine).has_value(), machine) << management;
    EXPECT_EQ(check_policy_fits(policy, SourceKind::file_share).has_value(), share) << management;
  }
  EXPECT_EQ(check_policy_fits(policy, SourceKind::machine).error().published()->row, &errors::kPolicyDoesNotFit);
}

}  // namespace
}  // namespace quaymaster::recovery_services
