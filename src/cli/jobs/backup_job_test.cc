#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "cli/jobs/backup_job_api.h"
#include "cli/jobs/backup_job_watch.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

using testing::HasSubstr;

BackupJobView job(const std::string& status, const std::string& info = R"({"tasksList":[],"propertyBag":{}})",
                  const std::string& errors = "[]") {
  const auto text = fmt::format(
      R"({{"id":"/subscriptions/s/x","name":"j1","properties":{{"operation":"Backup","entityFriendlyName":"vm1",)"
      R"("status":"{}","duration":"PT1M40.5S","startTime":"2026-11-23T05:29:30.1234567Z","extendedInfo":{},)"
      R"("errorDetails":{}}}}})",
      status, info, errors);
  const auto read = wire::parse_stored<BackupJobView>(text);
  EXPECT_TRUE(read) << text;
  return read ? read.value() : BackupJobView{};
}

constexpr const char* kRunning =
    R"({"tasksList":[{"taskId":"Take Snapshot","status":"Completed"},{"taskId":"Transfer data to vault",)"
    R"("status":"InProgress","taskExecutionDetails":"1 MBs / 4 MBs Transferred"}],"propertyBag":{"VM Name":"vm1"},)"
    R"("internalPropertyBag":{"Bytes read":"1048576","Bytes total":"4194304","Bytes new":"1000",)"
    R"j("Rate (MB/s)":"12.34","Estimated remaining":"100 s ± 12 s"},"progressPercentage":25.0,)j"
    R"("dynamicErrorMessage":""})";

class BackupWatchTest : public testing::Test {
 protected:
  Result<int> watch(std::deque<Result<BackupJobView>> looks, WatchOptions options = {}) {
    terminal_.out = [this](std::string_view text) { out_ += text; };
    terminal_.err = [this](std::string_view text) { err_ += text; };
    const auto get = [&looks]() -> Result<BackupJobView> {
      auto look = looks.front();
      if (looks.size() > 1) {
        looks.pop_front();
      }
      return look;
    };
    return watch_backup_job(get, [this] { ++waits_; }, terminal_, options);
  }

  int waits_ = 0;
  Terminal terminal_;
  std::string out_, err_;
};

TEST_F(BackupWatchTest, ShowsProgressWithItsUncertaintyAndTheEnd) {
  EXPECT_EQ(
      watch({job("InProgress"), job("InProgress", kRunning), io("restarting"), job("Completed", kRunning)}).value(), 0);
  EXPECT_EQ(waits_, 3);
  EXPECT_THAT(err_, HasSubstr("InProgress    [######..................]  25.0 %     1.0 MiB / 4.0 MiB  12.3 MB/s  "
                              "1:40 ± 0:12 left\n"));
  EXPECT_THAT(out_, HasSubstr("j1  Backup  vm1  Completed  1:4"));
  EXPECT_THAT(out_, HasSubstr("  task Transfer data to vault  InProgress  1 MBs / 4 MBs Transferred\n"));
  EXPECT_THAT(out_, HasSubstr("  VM Name: vm1\n"));
  EXPECT_THAT(out_, HasSubstr("  Bytes new: 1000\n"));
}

TEST_F(BackupWatchTest, ExitsAsTheJobEnded) {
  EXPECT_EQ(watch({job("Completed")}).value(), 0);
  EXPECT_EQ(watch({job("CompletedWithWarnings")}).value(), 3);
  EXPECT_EQ(watch({job("Failed")}).value(), 4);
  EXPECT_EQ(watch({job("Cancelling"), job("Cancelled")}).value(), 5);
  EXPECT_EQ(watch({not_found("no such job")}).error().kind(), Errc::not_found);
}

TEST_F(BackupWatchTest, SaysWhatAJobWaitsForAndWhatToDoAboutErrors) {
  ASSERT_TRUE(watch({job("InProgress", R"({"dynamicErrorMessage":"No space."})"),
                     job("Failed", "{}",
                         R"([{"errorCode":400136,"errorTitle":"UserErrorVmNotFoundV2","errorString":"Gone.",)"
                         R"("recommendations":["Put it back."]}])")}));
  EXPECT_THAT(err_, HasSubstr("waits: No space."));
  EXPECT_THAT(out_, HasSubstr("  error 400136 UserErrorVmNotFoundV2: Gone.\n    Put it back.\n"));
}

TEST_F(BackupWatchTest, WritesJsonLinesForScripts) {
  WatchOptions options;
  options.json = true;
  ASSERT_TRUE(watch({job("InProgress", kRunning), job("Completed")}, options));
  EXPECT_EQ(out_,
            R"({"job":"j1","operation":"Backup","status":"InProgress","progressPercentage":25,"bytesRead":1048576,)"
            R"("bytesTotal":4194304,"bytesNew":1000,"megabytesPerSecond":12.34,"secondsLeft":100,)"
            R"("secondsLeftUncertainty":12})"
            "\n"
            R"({"job":"j1","operation":"Backup","status":"Completed"})"
            "\n");
}

TEST(BackupJobTable, PrintsOneLinePerJob) {
  EXPECT_EQ(table_of({job("Completed")}),
            "NAME  OPERATION  STATUS     ITEM  STARTED               DURATION\n"
            "j1    Backup     Completed  vm1   2026-11-23T05:29:30Z  1:41\n");
}

TEST(BackupJobName, IsReadFromAnIdInAnyCase) {
  const auto name = backup_job_in_id(
      "/Subscriptions/s/resourcegroups/RG/providers/microsoft.recoveryservices/Vaults/v1/backupjobs/j1");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->group, "RG");
  EXPECT_EQ(name->vault, "v1");
  EXPECT_EQ(name->job, "j1");
  EXPECT_FALSE(backup_job_in_id("j1"));
  EXPECT_FALSE(backup_job_in_id("/subscriptions/s/resourceGroups/rg/providers/Microsoft.ImportExport/jobs/j1"));
  Connection connection;
  connection.subscription = "s";
  EXPECT_EQ(backup_jobs_path(connection, {"a b", "v", "j"}, "/cancel"),
            "/subscriptions/s/resourceGroups/a%20b/providers/Microsoft.RecoveryServices/vaults/v/backupJobs/j/cancel"
            "?api-version=2024-04-01");
}

TEST(PathOfLink, TakesThePathOnly) {
  EXPECT_EQ(path_of_link("https://elsewhere:1/a/b?c=d"), "/a/b?c=d");
  EXPECT_EQ(path_of_link(""), "");
  EXPECT_EQ(path_of_link("https://elsewhere"), "");
}

}  // namespace
}  // namespace quaymaster::cli
