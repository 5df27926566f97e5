#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "providers/recovery_services/world_test.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;

// The bodies of the published examples (2024-04-01, examples/AzureIaasVm and AzureStorage).
constexpr std::string_view kSimple =
    R"({"properties":{"backupManagementType":"AzureIaasVM","timeZone":"Pacific Standard Time","schedulePolicy":)"
    R"({"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily","scheduleRunTimes":)"
    R"(["2018-01-24T02:00:00Z"]},"retentionPolicy":{"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":)"
    R"({"retentionTimes":["2018-01-24T02:00:00Z"],"retentionDuration":{"count":1,"durationType":"Days"}}}}})";
constexpr std::string_view kComplex =
    R"({"properties":{"backupManagementType":"AzureIaasVM","timeZone":"Pacific Standard Time","schedulePolicy":)"
    R"({"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Weekly","scheduleRunTimes":)"
    R"(["2018-01-24T10:00:00Z"],"scheduleRunDays":["Monday","Wednesday","Thursday"]},"retentionPolicy":)"
    R"({"retentionPolicyType":"LongTermRetentionPolicy","weeklySchedule":{"daysOfTheWeek":["Monday","Wednesday",)"
    R"("Thursday"],"retentionTimes":["2018-01-24T10:00:00Z"],"retentionDuration":{"count":1,"durationType":"Weeks"}},)"
    R"("monthlySchedule":{"retentionScheduleFormatType":"Weekly","retentionScheduleWeekly":{"daysOfTheWeek":)"
    R"(["Wednesday","Thursday"],"weeksOfTheMonth":["First","Third"]},"retentionTimes":["2018-01-24T10:00:00Z"],)"
    R"("retentionDuration":{"count":2,"durationType":"Months"}},"yearlySchedule":{"retentionScheduleFormatType":)"
    R"("Weekly","monthsOfYear":["February","November"],"retentionScheduleWeekly":{"daysOfTheWeek":["Monday",)"
    R"("Thursday"],"weeksOfTheMonth":["Fourth"]},"retentionTimes":["2018-01-24T10:00:00Z"],"retentionDuration":)"
    R"({"count":4,"durationType":"Years"}}}}})";
#define QM_SHARE_LONG(time)                                                                                        \
  R"({"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{"retentionTimes":)" time                    \
  R"(,"retentionDuration":{"count":30,"durationType":"Days"}},"weeklySchedule":{"daysOfTheWeek":["Sunday"],)"      \
  R"("retentionTimes":)" time R"(,"retentionDuration":{"count":12,"durationType":"Weeks"}},"monthlySchedule":)"    \
  R"({"retentionScheduleFormatType":"Weekly","retentionScheduleDaily":null,"retentionScheduleWeekly":)"            \
  R"({"daysOfTheWeek":["Sunday"],"weeksOfTheMonth":["First"]},"retentionTimes":)" time                             \
  R"(,"retentionDuration":{"count":60,"durationType":"Months"}},"yearlySchedule":{"retentionScheduleFormatType":)" \
  R"("Weekly","monthsOfYear":["January"],"retentionScheduleDaily":null,"retentionScheduleWeekly":)"                \
  R"({"daysOfTheWeek":["Sunday"],"weeksOfTheMonth":["First"]},"retentionTimes":)" time                             \
  R"(,"retentionDuration":{"count":10,"durationType":"Years"}}})"
#define QM_SHARE R"({"properties":{"backupManagementType":"AzureStorage","workLoadType":"AzureFileShare",)"
constexpr std::string_view kShareDaily =
    QM_SHARE R"("schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily",)"
             R"("scheduleRunTimes":["2021-09-29T08:00:00.000Z"]},"timeZone":"UTC","retentionPolicy":)" QM_SHARE_LONG(
                 R"(["2021-09-29T08:00:00.000Z"])") "}}";
constexpr std::string_view kShareHourly =
    QM_SHARE R"("schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Hourly",)"
             R"("hourlySchedule":{"interval":4,"scheduleWindowStartTime":"2021-09-29T08:00:00.000Z",)"
             R"("scheduleWindowDuration":12}},"timeZone":"UTC","retentionPolicy":)" QM_SHARE_LONG("null") "}}";
constexpr std::string_view kShareVault =
    QM_SHARE R"("schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily",)"
             R"("scheduleRunTimes":["2023-07-18T09:30:00.000Z"]},"timeZone":"UTC","vaultRetentionPolicy":)"
             R"({"snapshotRetentionInDays":5,"vaultRetention":)" QM_SHARE_LONG(R"(["2023-07-18T09:30:00.000Z"])") "}}}";
constexpr std::string_view kEnhanced =
    R"({"properties":{"backupManagementType":"AzureIaasVM","timeZone":"India Standard Time",)"
    R"("instantRpRetentionRangeInDays":30,"policyType":"V2","snapshotConsistencyType":"OnlyCrashConsistent",)"
    R"("schedulePolicy":{"hourlySchedule":{"interval":4,"scheduleWindowDuration":16,"scheduleWindowStartTime":)"
    R"("2021-12-17T08:00:00Z"},"schedulePolicyType":"SimpleSchedulePolicyV2","scheduleRunFrequency":"Hourly"},)"
    R"("retentionPolicy":{"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{"retentionDuration":)"
    R"({"count":180,"durationType":"Days"},"retentionTimes":["2021-12-17T08:00:00+00:00"]}}}})";
constexpr std::string_view kDatabase =
    R"({"properties":{"backupManagementType":"AzureWorkload","workLoadType":"SQLDataBase","settings":{"timeZone":)"
    R"("Pacific Standard Time","issqlcompression":false},"subProtectionPolicy":[{"policyType":"Log","schedulePolicy":)"
    R"({"schedulePolicyType":"LogSchedulePolicy","scheduleFrequencyInMins":60},"retentionPolicy":)"
    R"({"retentionPolicyType":"SimpleRetentionPolicy","retentionDuration":{"count":7,"durationType":"Days"}}}]}})";

class PoliciesTest : public World {
 protected:
  PoliciesTest() {
    make_vault("v1");
    EXPECT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(vault, find_vault(reader, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"}));
      return ok();
    }));
  }
  static std::string policy(const std::string& name) { return at("v1", "/backupPolicies/" + name); }
  static std::string list(const std::string& query = "") { return at("v1", "/backupPolicies" + query); }
  static std::string with(std::string_view body, std::string_view from, std::string_view to) {
    std::string changed(body);
    const auto found = changed.find(from);
    EXPECT_NE(found, std::string::npos) << from;
    return changed.replace(found, from.size(), to);
  }
  static bool has(const http::Reply& reply, std::string_view part) {
    return reply.body.find(part) != std::string::npos;
  }

  Guid protect(const std::string& machine, const std::string& policy_name) {
    ItemRecord item;
    item.id = random.guid();
    item.vault = vault.id;
    item.container = "IaasVMContainer;iaasvmcontainerv2;rg;" + machine;
    item.item = "VM;iaasvmcontainerv2;rg;" + machine;
    item.friendly_name = machine;
    item.source_id = "/machines/" + machine;
    item.policy = policy_name;
    item.data_id = 1;
    item.created = fixture.clock.now();
    EXPECT_TRUE(fixture.database->write([&](store::Writer& writer) { return insert_item(writer, item); }));
    return item.id;
  }
  ItemRecord item(const Guid& id) {
    ItemRecord found;
    EXPECT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(found, find_item(reader, id));
      return ok();
    }));
    return found;
  }
  VaultRecord vault;
};

TEST_F(PoliciesTest, AFreshVaultHasTheRecordedPolicies) {
  EXPECT_EQ(exchange("protection_policies_get/default_policy", Method::get, policy("DefaultPolicy")), "");
  EXPECT_EQ(exchange("protection_policies_get/enhanced_policy", Method::get, policy("enhancedpolicy")), "");
  EXPECT_EQ(exchange("protection_policies_get/hourly_log_backup", Method::get, policy("HourlyLogBackup")), "");
  EXPECT_EQ(exchange("backup_policies_list/fresh", Method::get, list()), "");
  EXPECT_EQ(exchange("protection_policies_get/missing", Method::get, policy("nothing")), "");
  EXPECT_EQ(fixture.get(at("v2", "/backupPolicies/DefaultPolicy")).status, 404);
}

TEST_F(PoliciesTest, ThePublishedExamples) {
  const auto put = [&](const std::string& name, std::string_view body) {
    return exchange("protection_policies_create_or_update/" + name, Method::put, policy("test-" + name),
                    std::string(body));
  };
  EXPECT_EQ(put("vm_one_day", kSimple), "");  // the service has since come to require seven days
  EXPECT_EQ(put("vm_daily", with(kSimple, R"("count":1)", R"("count":7)")), "");
  EXPECT_EQ(put("vm_weekly", kComplex), "");
  EXPECT_EQ(put("vm_hourly", kEnhanced), "");
  EXPECT_EQ(put("share_daily", kShareDaily), "");
  EXPECT_EQ(put("share_hourly", kShareHourly), "");
  EXPECT_EQ(put("share_vault", kShareVault), "");
  EXPECT_EQ(put("database", kDatabase), "");
}

TEST_F(PoliciesTest, WhatIsAnsweredCanBeSentBack) {
  for (const auto* name : {"DefaultPolicy", "EnhancedPolicy", "HourlyLogBackup"}) {
    const auto before = fixture.get(policy(name));
    const auto again = fixture.put(policy(name), before.body);
    EXPECT_EQ(again.status, 200) << again.body;
    EXPECT_EQ(again.body, before.body);
    EXPECT_EQ(fixture.get(policy(name)).body, before.body);
  }
  for (const auto body : {kComplex, kEnhanced, kShareDaily, kShareVault}) {
    const auto first = fixture.put(policy("one"), body);
    EXPECT_EQ(first.status, 200) << first.body;
    EXPECT_EQ(fixture.put(policy("ONE"), first.body).body, first.body);  // the name keeps its original case
    EXPECT_EQ(fixture.del(policy("one")).status, 200);
  }
}

TEST_F(PoliciesTest, WhatIsWrongIsRefusedByName) {
  const auto refused = [&](const std::string& name, const std::string& body, std::string_view part) {
    const auto reply = fixture.put(policy(name), body);
    EXPECT_EQ(reply.status, 400) << reply.body;
    EXPECT_TRUE(has(reply, part)) << reply.body;
  };
  refused("p11", "{}", "properties");
  refused("p11", "nonsense", "BMSUserErrorInvalidInput");
  refused("p11", R"({"properties":{}})", "backupManagementType");
  refused("p11", with(kComplex, "AzureIaasVM", "AzureMoon"), "AzureMoon");
  refused("p11", with(kComplex, "AzureIaasVM", "MAB"), "BMSUserErrorInvalidPolicyInput");
  refused("p11", with(kComplex, R"("schedulePolicyType":"SimpleSchedulePolicy",)", ""), "schedulePolicyType");
  refused("p11", with(kComplex, "\"Monday\"", "\"Moonday\""), "Moonday");
  refused("p11", with(kComplex, "2018-01-24T10:00:00Z", "at ten"), "at ten");
  refused("p11", with(kComplex, "2018-01-24T10:00:00Z", "2018-01-24T25:00:00Z"), "25:00");
  refused("p11", with(kComplex, R"("count":1)", R"("count":99999999999)"), "count");
  refused("p11", with(kComplex, R"("count":1)", R"("count":"many")"), "count");
  const auto sunday = with(kComplex,
                           R"(["Monday",)"
                           "\"Thursday\"],\"weeksOfTheMonth\":[\"Fourth\"]",
                           R"(["Sunday"],"weeksOfTheMonth":["Fourth"])");
  refused("p11", sunday, "yearlySchedule.retentionScheduleWeekly.daysOfTheWeek' is '[Sunday]'");
  EXPECT_EQ(fixture.put(policy("p12"), kComplex).status, 200);
  refused("p12", sunday, "scheduleRunDays");  // when changing a policy, too
  refused("p", std::string(kComplex), "policyName");
  refused("1abc", std::string(kComplex), "policyName");
  EXPECT_EQ(exchange("protection_policies_create_or_update/refused", Method::put, policy("p11"),
                     with(kComplex, R"("scheduleRunDays":["Monday",)", R"("scheduleRunDays":["Sunday",)")),
            "");
  EXPECT_EQ(fixture.get(policy("p11")).status, 404);
  EXPECT_EQ(fixture.put(at("v2", "/backupPolicies/p11"), kComplex).status, 404);
}

TEST_F(PoliciesTest, NumbersMayBeText) {
  EXPECT_EQ(fixture.put(policy("text"), with(kEnhanced, R"("count":180)", R"("count":"180")")).status, 200);
  EXPECT_EQ(fixture.put(policy("text"), with(kEnhanced, R"("interval":4)", R"("interval":"4")")).status, 200);
  EXPECT_EQ(fixture.put(policy("text"), with(kEnhanced, R"(InDays":30)", R"(InDays":"30")")).status, 200);
  EXPECT_TRUE(has(fixture.get(policy("text")), R"("instantRpRetentionRangeInDays":30)"));
}

TEST_F(PoliciesTest, SomeChangesAreRefused) {
  EXPECT_EQ(fixture.put(policy("vault"), kShareVault).status, 200);
  EXPECT_EQ(fixture.put(policy("vault"), kShareDaily).status, 400);
  EXPECT_EQ(fixture.put(policy("vault"), kComplex).status, 400);
  EXPECT_EQ(fixture.put(policy("plain"), kComplex).status, 200);
  EXPECT_EQ(fixture.put(policy("plain"), kEnhanced).status, 200);
  const auto back = fixture.put(policy("plain"), kComplex);
  EXPECT_EQ(back.status, 400);
  EXPECT_TRUE(has(back, "policyType")) << back.body;
}

TEST_F(PoliciesTest, ListsAreFilteredAndPaged) {
  ASSERT_EQ(fixture.put(policy("shares"), kShareDaily).status, 200);
  EXPECT_EQ(exchange("backup_policies_list/file_shares", Method::get,
                     list("?$filter=backupManagementType%20eq%20'AzureStorage'")),
            "");
  const auto machines = fixture.get(list("/?$filter=backupManagementType+eq+'azureiaasvm'+and+workloadType+eq+'VM'"));
  EXPECT_TRUE(has(machines, "\"DefaultPolicy\"")) << machines.body;
  EXPECT_TRUE(has(machines, "\"EnhancedPolicy\""));
  EXPECT_FALSE(has(machines, "\"shares\""));
  EXPECT_FALSE(has(machines, "HourlyLogBackup"));
  EXPECT_TRUE(has(fixture.get(list("?$filter=workloadType%20eq%20'AzureFileShare'")), "\"shares\""));
  EXPECT_TRUE(has(fixture.get(list("?$filter=fabricName%20eq%20'Azure'")), "\"shares\""));
  for (const auto* wrong : {"?$filter=colour%20eq%20'red'", "?$filter=workloadType%20ne%20'VM'",
                            "?$filter=workloadType%20eq", "?$filter=((", "?$top=0"}) {
    EXPECT_EQ(fixture.get(list(wrong)).status, 400) << wrong;
  }
  const auto first = fixture.get(list("?$top=3"));
  EXPECT_FALSE(has(first, "\"shares\""));
  const auto at_link = first.body.find("\"nextLink\":\"");
  ASSERT_NE(at_link, std::string::npos) << first.body;
  const auto start = at_link + 12 + arm::ArmFixture::kBase.size();
  const auto last = fixture.get(first.body.substr(start, first.body.find('"', start) - start));
  EXPECT_TRUE(has(last, "\"shares\"")) << last.body;
  EXPECT_FALSE(has(last, "nextLink"));
}

TEST_F(PoliciesTest, IdsMirrorTheRequest) {
  auto target = policy("DefaultPolicy");
  target.replace(1, 13, "Subscriptions");
  EXPECT_TRUE(has(fixture.get(target), R"("id":"/Subscriptions/)"));
}

TEST_F(PoliciesTest, DeletesWhatGovernsNothing) {
  ASSERT_EQ(fixture.put(policy("own"), kComplex).status, 200);
  EXPECT_EQ(exchange("protection_policies_delete/one", Method::del, policy("OWN")), "");
  EXPECT_EQ(exchange("protection_policies_delete/none", Method::del, policy("own")), "");
  EXPECT_EQ(fixture.get(policy("own")).status, 404);
  protect("vm1", "DefaultPolicy");
  EXPECT_EQ(exchange("protection_policies_delete/in_use", Method::del, policy("DefaultPolicy")), "");
  EXPECT_TRUE(has(fixture.get(policy("DefaultPolicy")), R"("protectedItemsCount":1)"));
}

TEST_F(PoliciesTest, AChangeOfOneInUseConfiguresItsItems) {
  protect("vm1", "weekly");
  protect("vm2", "WEEKLY");
  protect("vm3", "DefaultPolicy");
  fixture.clock.advance(std::chrono::minutes{30});
  const auto put = fixture.put(policy("weekly"), kComplex);
  ASSERT_EQ(put.status, 202) << put.body;
  EXPECT_EQ(put.body, "");
  const auto status = followed(put, "Azure-AsyncOperation");
  EXPECT_NE(status.find("/backupPolicies/weekly/operations/"), std::string::npos) << status;
  EXPECT_TRUE(has(fixture.get(status), R"("status":"InProgress")"));
  EXPECT_EQ(fixture.get(followed(put, "Location")).status, 202);
  EXPECT_TRUE(has(fixture.get(policy("weekly")), R"("protectedItemsCount":2)"));  // in force at once
  engine->start();
  std::vector<jobs::Record> work;
  ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
    TRY(work, engine->list(reader, vault.id.text(), 10));
    return ok();
  }));
  ASSERT_EQ(work.size(), 2);
  for (const auto& job : work) {
    EXPECT_EQ(engine->wait(job.id, Time::max()).value().state, jobs::State::succeeded);
  }
  const auto done = fixture.get(status);
  EXPECT_TRUE(has(done, R"("status":"Succeeded")")) << done.body;
  EXPECT_TRUE(has(done, R"("objectType":"OperationStatusJobsExtendedInfo")")) << done.body;
  for (const auto& job : work) {
    EXPECT_TRUE(has(done, job.id.text()));
  }
  const auto result = fixture.get(followed(put, "Location"));
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, fixture.get(policy("weekly")).body);
}

TEST_F(PoliciesTest, AnImmutableVaultKeepsWhatItPromised) {
  ASSERT_EQ(fixture.put(policy("own"), kComplex).status, 200);
  const std::string lock = R"({"properties":{"securitySettings":{"immutabilitySettings":{"state":"Unlocked"}}}})";
  ASSERT_EQ(fixture.patch(at("v1"), lock).status, 200);
  const auto shorter = fixture.put(policy("own"), with(kComplex, R"("count":4)", R"("count":3)"));
  EXPECT_EQ(shorter.status, 400);
  EXPECT_TRUE(has(shorter, "UserErrorOperationDeniedOnImmutableItem")) << shorter.body;
  EXPECT_EQ(fixture.put(policy("own"), with(kComplex, R"("count":4)", R"("count":5)")).status, 200);
}

TEST_F(PoliciesTest, AGuardIsRequiredBeforeRetentionIsShortened) {
  ASSERT_EQ(fixture.put(policy("own"), kComplex).status, 200);
  const std::string guard = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/resourceGuards/guard";
  ASSERT_EQ(fixture
                .put(at("v1", "/backupResourceGuardProxies/VaultProxy"),
                     R"({"properties":{"resourceGuardResourceId":")" + guard + "\"}}")
                .status,
            200);
  const auto shorter = with(kComplex, R"("count":4)", R"("count":3)");
  EXPECT_EQ(fixture.put(policy("own"), shorter).status, 403);
  EXPECT_EQ(fixture.put(policy("own"), kComplex).status, 200);
  const auto asked = with(
      shorter, R"("timeZone")",
      R"("resourceGuardOperationRequests":[")" + guard + R"(/updateProtectionPolicyRequests/default"],"timeZone")");
  const auto reply = fixture.put(policy("own"), asked);
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_FALSE(has(reply, "resourceGuardOperationRequests"));
}

}  // namespace
}  // namespace quaymaster::recovery_services
