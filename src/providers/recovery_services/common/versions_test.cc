// Requests each cut of versions.h at the newest version with the old form and at the oldest one with the new form.
#include "providers/recovery_services/common/versions.h"

#include <gtest/gtest.h>

#include "providers/recovery_services/jobs/job_record.h"
#include "providers/recovery_services/protection/items_world_test.h"

namespace quaymaster::recovery_services {
namespace {

class VersionsTest : public ItemsWorld {
 protected:
  using Asked = std::function<bool(const std::string& version)>;  // is the answer in the new form?

  std::string get(const std::string& path, const std::string& version) {
    const auto reply = fixture.get(at("v1", path, version));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.body;
  }
  Asked vault_has(const std::string& part) {
    return [=, this](const std::string& version) { return has(get("", version), part); };
  }
  Asked item_has(const std::string& part) {
    return [=, this](const std::string& version) { return has(get(machine_path(), version), part); };
  }
  Asked job_has(const Guid& job, const std::string& part) {
    return [=, this](const std::string& version) { return has(get("/backupJobs/" + job.text(), version), part); };
  }
  http::Reply make(const std::string& version, const std::string& properties = "{}") {
    const auto name = fmt::format("made{}", ++made_);
    return fixture.put(at(name, "", version),
                       R"({"location":"westeurope","sku":{"name":"Standard"},"properties":)" + properties + "}");
  }
  Guid put_job(JobOperation operation) {
    BackupJob job;
    job.id = job_ids.guid();
    job.vault = vault.id;
    job.operation = operation;
    job.status = JobStatus::completed;
    job.started = fixture.clock.now();
    job.ended = job.started;
    job.about.cancellable = true;
    job.history.tasks = {{"Transfer", TaskStatus::completed, job.started, job.ended}};
    change([&](store::Writer& writer) { return insert_job(writer, job); });
    return job.id;
  }

  int made_ = 0;
};

TEST_F(VersionsTest, EveryCutIsWhereItWasRecorded) {
  protect_machine();
  add_point();
  const auto backup = put_job(JobOperation::backup);
  const auto restore = put_job(JobOperation::restore);
  const std::string status = R"({"resourceType":"VM","resourceId":")" + machine_id() + "\"}";

  const std::vector<std::pair<const VersionCut*, std::vector<Asked>>> cases = {
      {&cuts::kCreationIsFollowed,
       {[&](const std::string& version) { return make(version).headers.get("Azure-AsyncOperation").has_value(); },
        [&](const std::string& version) { return has(make(version).body, R"("Provisioning")"); }}},
      {&cuts::kDeletionIsFollowed, {[&](const std::string& version) {
         make_vault("gone");
         return fixture.del(at("gone", "", version)).status == 202;
       }}},
      {&cuts::kVaultStorage,
       {vault_has("monitoringSettings"), vault_has("backupStorageVersion"), vault_has("redundancySettings")}},
      {&cuts::kVaultNetwork, {vault_has("publicNetworkAccess")}},
      {&cuts::kVaultSecurity, {vault_has("restoreSettings"), vault_has("securitySettings")}},
      {&cuts::kVaultScores, {vault_has("secureScore"), vault_has("bcdrSecurityLevel")}},
      {&cuts::kNoImmutability, {vault_has(R"("immutabilitySettings":null)")}},
      {&cuts::kBornAlwaysOn,
       {vault_has(R"("sourceScanConfiguration":{"state":"Disabled"})"),
        [&](const std::string& version) {
          const auto properties = R"({"securitySettings":{"softDeleteSettings":{"softDeleteState":"AlwaysON"}}})";
          EXPECT_EQ(make(version, properties).status, 201);
          return has(fixture.get(at(fmt::format("made{}", made_))).body, R"("softDeleteState":"AlwaysON")");
        }}},
      {&cuts::kKpisBegin, {item_has("kpisHealths")}},
      {&cuts::kKpisEnd, {[&](const std::string& version) { return !item_has("kpisHealths")(version); }}},
      {&cuts::kItemVault, {item_has("vaultId"), item_has("softDeleteRetentionPeriod")}},
      {&cuts::kItemScanning, {item_has("sourceSideScanning")}},
      {&cuts::kStatusType, {[&](const std::string& version) {
         return has(
             fixture
                 .post(arm::ArmFixture::subscription_path() +
                           "/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus?api-version=" +
                           version,
                       status)
                 .body,
             R"("objectType":"BackupStatusResponse")");
       }}},
      {&cuts::kTiersInWords, {[&](const std::string& version) {
         return has(get(machine_path() + "/recoveryPoints", version), R"({"type":"HardenedRP","status":"Valid"})");
       }}},
      {&cuts::kActionsInWords, {job_has(backup, R"("actionsInfo":["Cancellable"])")}},
      {&cuts::kTaskTimes, {job_has(backup, R"("taskId":"Transfer","startTime")")}},
      {&cuts::kTaskTypes, {job_has(backup, R"("taskType":"Normal")"), job_has(restore, R"("taskType":"Normal")")}},
  };
  for (const auto* cut : cuts::kAll) {
    EXPECT_LT(cut->last, cut->first);
    const auto found = std::ranges::find(cases, cut, [](const auto& one) { return one.first; });
    ASSERT_NE(found, cases.end()) << "nobody asks whether " << cut->what;
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      EXPECT_FALSE(found->second[i](std::string(cut->last))) << cut->what << ", question " << i;
      EXPECT_TRUE(found->second[i](std::string(cut->first))) << cut->what << ", question " << i;
      EXPECT_TRUE(found->second[i](std::string(cut->first) + "-preview")) << cut->what << ", question " << i;
    }
  }
}

}  // namespace
}  // namespace quaymaster::recovery_services
