#include "providers/recovery_services/jobs.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "auth/sas.h"
#include "jobs/engine_fixture.h"
#include "providers/recovery_services/errors.h"
#include "providers/recovery_services/job_errors.h"
#include "providers/recovery_services/job_record.h"
#include "providers/recovery_services/world_test.h"
#include "store/dying_database.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class JobsTest : public World {
 protected:
  JobsTest() {
    make_vault("v1");
    change([&](store::Writer& writer) -> Result<> {
      TRY(const auto found, find_vault(writer, VaultPath{std::string(arm::Lab::kSubscription), "rg", "v1"}));
      vault = found.id;
      return ok();
    });
  }
  void change(const std::function<Result<>(store::Writer&)>& act) {
    const auto changed = lab.database->write([&](store::Writer& writer) { return act(writer); });
    ASSERT_TRUE(changed) << changed.error().cause();
  }
  /// Must come before engine->start().
  void add_kind(std::function<Result<>(jobs::Run&)> step) {
    engine->add({"test.work", {{"step", std::move(step)}}, &end_job});
  }
  Guid start(JobOperation operation = JobOperation::backup, SourceKind kind = SourceKind::machine) {
    NewBackupJob job;
    job.vault = vault;
    job.operation = operation;
    job.kind = kind;
    job.entity = "vm1";
    job.container = "iaasvmcontainerv2;rg1;vm1";
    job.activity = "149386d3-0000-4000-8000-000000000001";
    job.cancellable = operation == JobOperation::backup || operation == JobOperation::restore;
    job.tasks = {"Take Snapshot", "Transfer data to vault"};
    job.bag = {{"VM Name", "vm1"}};
    Guid id;
    change([&](store::Writer& writer) -> Result<> {
      TRY(id, start_job(writer, *engine, job, {"test.work", "", "{}"}, lab.clock.now()));
      return ok();
    });
    return id;
  }
  /// An ended job without an engine's job, `back` before now.
  BackupJob make(JobOperation operation, SourceKind kind = SourceKind::machine, JobStatus status = JobStatus::completed,
                 seconds back = seconds{3600}) {
    BackupJob job;
    job.id = job_ids.guid();
    job.vault = vault;
    job.operation = operation;
    job.kind = kind;
    job.status = status;
    job.started = lab.clock.now() - back + Ticks{7330600};
    job.ended = job.started + std::chrono::minutes{41} + seconds{16} + Ticks{2122671};
    job.about.entity = kind == SourceKind::machine ? "vm1" : "share1";
    (kind == SourceKind::machine ? job.about.container : job.about.storage_account) =
        kind == SourceKind::machine ? "iaasvmcontainerv2;rg1;vm1" : "sa1";
    job.about.activity = "149386d3-0000-4000-8000-000000000001";
    job.about.cancellable = operation == JobOperation::backup || operation == JobOperation::restore;
    return job;
  }
  Guid put(const BackupJob& job) {
    change([&](store::Writer& writer) { return insert_job(writer, job); });
    return job.id;
  }
  std::string job_at(const Guid& id, const std::string& tail = "", const std::string& version = "2024-04-01") {
    return at("v1", "/backupJobs/" + id.text() + tail, version);
  }
  std::string status_of(const Guid& id) {
    const auto body = lab.get(job_at(id)).body;
    const auto begin = body.find(R"("entityFriendlyName")");
    const auto at_status = body.find(R"("status":")", begin) + 10;
    return body.substr(at_status, body.find('"', at_status) - at_status);
  }
  std::string list(const std::string& filter) {
    const auto reply = lab.get(at("v1", "/backupJobs" + (filter.empty() ? "" : "?$filter=" + percent_encode(filter))));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.body;
  }
  static std::size_t count(const std::string& body, const std::string& what) {
    std::size_t found = 0;
    for (auto at = body.find(what); at != std::string::npos; at = body.find(what, at + 1)) {
      ++found;
    }
    return found;
  }

  Guid vault;
};

// What clients read, byte for byte. ---------------------------------------------------------------------------------

TEST_F(JobsTest, AQueuedJobHasItsTasksAndBagFromTheFirstSecond) {
  const auto id = start();
  lab.clock.advance(seconds{2} + Ticks{5000000});
  EXPECT_EQ(exchange("job_details_get/backup_just_started", http::Method::get, job_at(id)), "");
  EXPECT_EQ(exchange("job_details_get/backup_just_started_2019", http::Method::get, job_at(id, "", "2019-06-15")), "");
}

TEST_F(JobsTest, EveryOperationOfAMachineIsTold) {
  using enum JobOperation;
  auto job = make(configure_backup);
  job.story.bag = {{"VM Name", "vm1"}, {"Policy Name", "DefaultPolicy"}};
  EXPECT_EQ(exchange("job_details_get/machine_configure", http::Method::get, job_at(put(job))), "");
  job = make(disable_backup);
  job.story.bag = {{"VM Name", "vm1"}, {"Policy Name", ""}};
  EXPECT_EQ(exchange("job_details_get/machine_disable", http::Method::get, job_at(put(job))), "");
  job = make(delete_backup_data);
  job.story.bag = {{"VM Name", "vm1"}, {"Number of Recovery Points", "1"}};
  EXPECT_EQ(exchange("job_details_get/machine_delete_data", http::Method::get, job_at(put(job))), "");
  job = make(undelete);
  job.story.bag = {{"VM Name", "vm1"}, {"Undelete flag", "True"}};
  EXPECT_EQ(exchange("job_details_get/machine_undelete", http::Method::get, job_at(put(job))), "");
  job = make(restore);
  job.story.tasks = {{"Transfer data from vault", TaskStatus::completed, job.started, job.ended}};
  job.story.bag = {{"Job Type", "Recover disks"},
                   {"Target VM Name", "vmName"},
                   {"Target Storage Account Name", "sa1"},
                   {"Recovery point time ", "5/13/2024 10:18:09 AM"},
                   {"Config Blob Name", "config-vm1.json"}};
  job.story.internal_bag = {{"restoreLocationType", "RestoreDisks"}};
  job.story.bytes_done = job.story.bytes_total = 3'000'000'000;
  EXPECT_EQ(exchange("job_details_get/machine_restore", http::Method::get, job_at(put(job))), "");
}

TEST_F(JobsTest, ABackupOfAMachineIsTold) {
  auto job = make(JobOperation::backup);
  job.story.tasks = {{"Take Snapshot", TaskStatus::completed, job.started, job.started + seconds{455} + Ticks{6509888}},
                     {"Transfer data to vault", TaskStatus::completed, job.started + seconds{456}, job.ended}};
  job.story.bag = {
      {"VM Name", "vm1"}, {"Recovery Point Expiry Time in UTC", "6/12/2024 12:00:00 AM"}, {"Backup Size", "11390 MB"}};
  job.story.internal_bag = {{"IsInstantRpJob", "True"}};
  job.story.bytes_done = job.story.bytes_total = 11390ULL << 20;
  job.story.bytes_new = 5'000'000;
  const auto id = put(job);
  EXPECT_EQ(exchange("job_details_get/machine_backup", http::Method::get, job_at(id)), "");
  EXPECT_EQ(exchange("job_details_get/machine_backup_2019", http::Method::get, job_at(id, "", "2019-06-15")), "");
  EXPECT_EQ(exchange("job_details_get/machine_backup_2022", http::Method::get, job_at(id, "", "2022-09-01-preview")),
            "");
}

TEST_F(JobsTest, EveryOperationOfAFileShareIsToldWithoutTasks) {
  using enum JobOperation;
  const std::pair<JobOperation, const char*> kCases[] = {{configure_backup, "share_configure"},
                                                         {disable_backup, "share_disable"},
                                                         {delete_backup_data, "share_delete_data"},
                                                         {backup, "share_backup"},
                                                         {restore, "share_restore"},
                                                         {register_container, "share_register"},
                                                         {unregister_container, "share_unregister"}};
  for (const auto& [operation, name] : kCases) {
    auto job = make(operation, SourceKind::file_share);
    job.story.bag = {{"File Share Name", "share1"}, {"Storage Account Name", "sa1"}};
    if (operation == backup) {
      job.story.tasks = {{"Take Snapshot", TaskStatus::completed, job.started, job.ended}};
      job.story.bytes_done = job.story.bytes_total = 1'000'000;
      job.about.user_triggered = false;
    }
    EXPECT_EQ(exchange(std::string("job_details_get/") + name, http::Method::get, job_at(put(job))), "");
  }
}

TEST_F(JobsTest, BadEndsAreToldWithWhatToDo) {
  auto job = make(JobOperation::backup, SourceKind::machine, JobStatus::failed);
  job.story.tasks = {{"Take Snapshot", TaskStatus::failed, job.started, job.ended}, {"Transfer data to vault"}};
  job.story.bag = {{"VM Name", "vm1"}, {"Backup Size", "0 MB"}};
  job.story.errors = {job_errors::told(job_errors::kMachineNotFound)};
  EXPECT_EQ(exchange("job_details_get/machine_backup_failed", http::Method::get, job_at(put(job))), "");
  job = make(JobOperation::backup, SourceKind::machine, JobStatus::cancelled);
  job.story.tasks = {{"Take Snapshot", TaskStatus::completed, job.started, job.started + seconds{1}},
                     {"Transfer data to vault", TaskStatus::cancelled, job.started + seconds{1}, job.ended}};
  job.story.errors = {job_errors::told(job_errors::kCancelled)};
  job.story.bytes_done = 1'000'000;
  job.story.bytes_total = 4'000'000;
  EXPECT_EQ(exchange("job_details_get/machine_backup_cancelled", http::Method::get, job_at(put(job))), "");
  job = make(JobOperation::restore, SourceKind::file_share, JobStatus::completed_with_warnings);
  job.story.errors = {job_errors::told(job_errors::kSomeNotRestored, 2, "a.txt, b/c.txt")};
  EXPECT_EQ(exchange("job_details_get/share_restore_with_warnings", http::Method::get, job_at(put(job))), "");
  job = make(JobOperation::restore, SourceKind::file_share, JobStatus::failed);
  job.story.errors = {job_errors::told(job_errors::kInternal)};
  EXPECT_EQ(exchange("job_details_get/share_restore_failed", http::Method::get, job_at(put(job))), "");
}

TEST_F(JobsTest, ListsAreToldNewestFirstWithoutDetails) {
  EXPECT_EQ(exchange("backup_jobs_list/empty", http::Method::get, at("v1", "/backupJobs")), "");
  put(make(JobOperation::configure_backup, SourceKind::machine, JobStatus::completed, seconds{7200}));
  put(make(JobOperation::backup, SourceKind::machine, JobStatus::failed, seconds{3600}));
  put(make(JobOperation::restore, SourceKind::file_share, JobStatus::completed, seconds{5000}));
  EXPECT_EQ(exchange("backup_jobs_list/all", http::Method::get, at("v1", "/backupJobs")), "");
  EXPECT_EQ(exchange("backup_jobs_list/filtered", http::Method::get,
                     at("v1", "/backupJobs?%24filter=operation+eq+%27Restore%27+and+status+eq+%27Completed%27")),
            "");
  EXPECT_EQ(exchange("backup_jobs_list/first_page", http::Method::get, at("v1", "/backupJobs?$top=2")), "");
  EXPECT_EQ(exchange("backup_jobs_list/bad_filter", http::Method::get,
                     at("v1", "/backupJobs?$filter=colour%20eq%20%27red%27")),
            "");
}

TEST_F(JobsTest, UnknownJobsAndVaultsAreRefused) {
  EXPECT_EQ(exchange("job_details_get/unknown", http::Method::get, at("v1", "/backupJobs/nothing")), "");
  EXPECT_EQ(exchange("job_details_get/unknown_vault", http::Method::get, at("v9", "/backupJobs/nothing")), "");
  EXPECT_EQ(lab.get(at("v9", "/backupJobs")).status, 404);
  EXPECT_EQ(lab.post(at("v9", "/backupJobsExport")).status, 404);
  EXPECT_EQ(lab.post(at("v1", "/backupJobs/5b5b5b5b-0000-4000-8000-0000000000ff/cancel")).status, 404);
  // A job is found in its own vault only.
  const auto id = put(make(JobOperation::backup));
  make_vault("v2");
  EXPECT_EQ(lab.get(at("v2", "/backupJobs/" + id.text())).status, 404);
  EXPECT_EQ(lab.post(at("v2", "/backupJobs/" + id.text() + "/cancel")).status, 404);
  EXPECT_THAT(lab.get(at("v2", "/backupJobs")).body, Not(HasSubstr(id.text())));
}

TEST_F(JobsTest, IdsAndNamesHaveNoCaseAndMirrorTheRequest) {
  const auto id = put(make(JobOperation::backup));
  auto target = at("V1", "/BACKUPJOBS/");
  auto upper = id.text();
  for (auto& c : upper) {
    c = static_cast<char>(std::toupper(c));
  }
  target.insert(target.find('?'), upper);
  target.replace(1, 13, "Subscriptions");
  const auto reply = lab.get(target);
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_THAT(reply.body, HasSubstr(R"({"id":"/Subscriptions/)"));
  EXPECT_THAT(reply.body, HasSubstr("/vaults/v1/backupJobs/" + id.text()));
}

// Filters and pages. ------------------------------------------------------------------------------------------------

TEST_F(JobsTest, EveryFilterNarrows) {
  put(make(JobOperation::backup));
  put(make(JobOperation::backup, SourceKind::file_share, JobStatus::failed, seconds{86400}));
  const auto id = put(make(JobOperation::restore, SourceKind::file_share, JobStatus::cancelled, seconds{172800}));
  const std::pair<const char*, std::size_t> kCases[] = {
      {"", 3},
      {" ", 3},
      {"status eq 'Completed'", 1},
      {"STATUS EQ 'completed'", 1},
      {"operation eq 'Backup'", 2},
      {"operation eq 'Backup' and status eq 'Failed'", 1},
      {"operation eq 'Restore' and status eq 'Failed'", 0},
      {"backupManagementType eq 'AzureStorage'", 2},
      {"backupManagementType eq 'AzureWorkload'", 0},
      {"status eq 'Invalid'", 0},
      {"operation eq 'CrossRegionRestore'", 0},
      {"status eq 'Failed' and status eq 'Completed'", 0},
      {"status eq 'Failed' and status eq 'failed'", 1},
      {"entityFriendlyName eq 'SHARE1'", 2},
      {"entityFriendlyName eq 'share1' and operation eq 'Restore'", 1},
      {"jobId eq 'none'", 0},
      {"startTime eq '2026-11-22 12:00:00 AM' and endTime eq '2026-11-22 11:59:59 PM'", 1},
      {"startTime eq '2026-11-22 12:00:00 AM'", 2},
      {"endTime eq '2026-11-22 12:00:00 AM'", 1},
      {"startTime eq '2016-01-01 00:00:00 AM' and endTime eq '2017-11-29 00:00:00 AM' and operation eq 'Backup' and "
       "backupManagementType eq 'AzureIaasVM' and status eq 'InProgress'",
       0},
  };
  for (const auto& [filter, wanted] : kCases) {
    EXPECT_EQ(count(list(filter), R"("jobType")"), wanted) << filter;
  }
  EXPECT_EQ(count(list("jobId eq '" + id.text() + "'"), R"("jobType")"), 1);
  EXPECT_EQ(count(list("jobId eq '" + id.text() + "' and status eq 'Failed'"), R"("jobType")"), 0);
}

TEST_F(JobsTest, FiltersThatDoNotParseAreRefused) {
  for (const std::string filter :
       {"status", "status eq", "status eq 'Failed", "status ne 'Failed'", "status eq 'A' or status eq 'B'",
        "(status eq 'A' and status eq 'B') and jobId eq 'x'", "colour eq 'red'", "startTime eq 'yesterday'",
        "startTime eq '2026-11-22 25:00:00'", "startTime eq '2026-11-22' and endTime eq '2026-11-21'",
        "status eq 'Failed' and", "and", "' or 1=1 --"}) {
    const auto target = "$filter=" + percent_encode(filter);
    for (const auto& reply :
         {lab.get(at("v1", "/backupJobs?" + target)), lab.post(at("v1", "/backupJobsExport?" + target))}) {
      EXPECT_EQ(reply.status, 400) << filter;
      EXPECT_THAT(reply.body, HasSubstr(R"("code":"BMSUserErrorInvalidInput")")) << filter;
      EXPECT_THAT(reply.body, HasSubstr(R"("target":"$filter")")) << filter;
    }
  }
}

TEST_F(JobsTest, PagesOfTwoHundredReachEveryJobOnce) {
  change([&](store::Writer& writer) -> Result<> {
    for (int i = 0; i < 450; ++i) {  // all of one instant: the id alone tells them apart
      TRY(insert_job(writer, make(i % 3 == 0 ? JobOperation::restore : JobOperation::backup)));
    }
    return ok();
  });
  for (const auto& [filter, wanted] : {std::pair("", 450), std::pair("?$filter=operation%20eq%20'Backup'", 300)}) {
    std::set<std::string> seen;
    std::vector<std::size_t> sizes;
    auto target = at("v1", std::string("/backupJobs") + filter);
    while (!target.empty()) {
      const auto body = lab.get(target).body;
      std::size_t on_page = 0;
      for (auto found = body.find(R"("name":")"); found != std::string::npos;
           found = body.find(R"("name":")", found + 1)) {
        EXPECT_TRUE(seen.insert(body.substr(found + 8, 36)).second);
        ++on_page;
      }
      sizes.push_back(on_page);
      const auto link = body.find(R"("nextLink":")");
      target = link == std::string::npos ? "" : body.substr(link + 12 + arm::Lab::kBase.size());
      target = target.substr(0, target.find('"'));
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(wanted));
    EXPECT_EQ(sizes.front(), 200);
  }
  EXPECT_EQ(lab.get(at("v1", "/backupJobs?$skipToken=abc")).status, 400);
  EXPECT_EQ(lab.get(at("v1", "/backupJobs?$skipToken=" + base64url(as_bytes("k1:abc")))).status, 400);
}

// Live numbers. -----------------------------------------------------------------------------------------------------

TEST_F(JobsTest, ARunningJobTellsItsBytesAndPercentage) {
  jobs::Gate gate;
  add_kind([&](jobs::Run& run) -> Result<> {
    run.progress(1 << 20, 4 << 20);
    TRY(run.save("", [&, id = run.record().id](store::Writer& writer) {
      return change_job(writer, id, {.task_completed = "Take Snapshot", .task_started = "Transfer data to vault"},
                        lab.clock.now());
    }));
    gate.pass();
    return ok();
  });
  const auto id = start();
  engine->start();
  gate.await_arrivals(1);
  const auto body = lab.get(job_at(id)).body;
  EXPECT_THAT(
      body,
      HasSubstr(
          R"("status":"InProgress","progressPercentage":25.0,"taskExecutionDetails":"1 MBs / 4 MBs Transferred")"));
  EXPECT_THAT(body, HasSubstr(R"("Bytes read":"1048576","Bytes total":"4194304","Bytes new":"0")"));
  EXPECT_THAT(body, HasSubstr(R"("progressPercentage":25.0)"));
  EXPECT_THAT(body, HasSubstr(R"("dynamicErrorMessage":"")"));
  EXPECT_THAT(list("status eq 'InProgress'"), HasSubstr(id.text()));
  lab.clock.advance(seconds{2});
  EXPECT_EQ(exchange("job_details_get/machine_backup_running", http::Method::get, job_at(id)), "");
  gate.open();
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Completed");
  EXPECT_THAT(list("status eq 'InProgress'"), Not(HasSubstr(id.text())));
  EXPECT_THAT(lab.get(job_at(id)).body, HasSubstr(R"("progressPercentage":100.0,"estimatedRemainingDuration":"PT0S")"));
}

TEST_F(JobsTest, AJobThatWaitsSaysWhatFor) {
  add_kind([&](jobs::Run&) -> Result<> { return no_space("/secret"); });
  const auto id = start();
  engine->start();
  std::string body;
  do {
    body = lab.get(job_at(id)).body;
    std::this_thread::yield();
  } while (body.find("There is no space left") == std::string::npos);
  EXPECT_THAT(body, HasSubstr(R"("status":"InProgress")"));
  EXPECT_THAT(body, Not(HasSubstr("secret")));
}

// Cancel. -----------------------------------------------------------------------------------------------------------

TEST_F(JobsTest, CancelBeforeItWasTakenUpEndsItAtOnce) {
  add_kind([](jobs::Run&) -> Result<> { return ok(); });
  const auto id = start();
  EXPECT_EQ(exchange("job_cancellations_trigger/queued", http::Method::post, job_at(id, "/cancel")), "");
  EXPECT_EQ(status_of(id), "Cancelled");
  EXPECT_EQ(exchange("job_details_get/cancelled_before_it_began", http::Method::get, job_at(id)), "");
}

TEST_F(JobsTest, CancelOfARunningJobIsSeenAtItsNextSafePoint) {
  jobs::Gate gate;
  add_kind([&](jobs::Run& run) -> Result<> {
    TRY(run.save("", [&, id = run.record().id](store::Writer& writer) {
      return change_job(writer, id, {.task_started = "Take Snapshot"}, lab.clock.now());
    }));
    gate.pass();
    return run.continue_or_cancel();
  });
  const auto id = start(JobOperation::restore);
  engine->start();
  gate.await_arrivals(1);
  const auto cancelled = lab.post(job_at(id, "/cancel"));
  EXPECT_EQ(cancelled.status, 202);
  EXPECT_EQ(cancelled.body, "");
  EXPECT_EQ(status_of(id), "Cancelling");
  EXPECT_THAT(lab.get(followed(cancelled, "Azure-AsyncOperation")).body, HasSubstr(R"("status":"InProgress")"));
  EXPECT_EQ(lab.get(followed(cancelled, "Location")).status, 202);
  EXPECT_THAT(list("status eq 'Cancelling'"), HasSubstr(id.text()));
  // A second one is refused, and changes nothing.
  EXPECT_EQ(exchange("job_cancellations_trigger/cancelling", http::Method::post, job_at(id, "/cancel")), "");
  gate.open();
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Cancelled");
  const auto body = lab.get(job_at(id)).body;
  EXPECT_THAT(body, HasSubstr(R"("errorCode":400158)"));
  EXPECT_THAT(body, HasSubstr(R"("taskId":"Take Snapshot","duration":"PT0S","status":"Cancelled")"));
  EXPECT_THAT(lab.get(followed(cancelled, "Azure-AsyncOperation")).body, HasSubstr(R"("status":"Succeeded")"));
  EXPECT_EQ(lab.get(followed(cancelled, "Location")).status, 204);
  EXPECT_EQ(exchange("job_cancellations_trigger/ended", http::Method::post, job_at(id, "/cancel")), "");
}

TEST_F(JobsTest, CancelOfAPausedJobEndsItAtOnce) {
  add_kind([](jobs::Run&) -> Result<> { return no_space("full"); });
  const auto id = start();
  engine->start();
  while (lab.get(job_at(id)).body.find("There is no space left") == std::string::npos) {
    std::this_thread::yield();
  }
  ASSERT_EQ(lab.post(job_at(id, "/cancel")).status, 202);
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Cancelled");
}

TEST_F(JobsTest, CancelThatComesTooLateFailsAndTheJobIsWhatItBecame) {
  jobs::Gate gate;
  add_kind([&](jobs::Run&) -> Result<> {
    gate.pass();
    return ok();
  });
  const auto id = start();
  engine->start();
  gate.await_arrivals(1);
  const auto cancelled = lab.post(job_at(id, "/cancel"));
  EXPECT_EQ(cancelled.status, 202);
  gate.open();
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Completed");
  const auto told = lab.get(followed(cancelled, "Azure-AsyncOperation")).body;
  EXPECT_THAT(told, HasSubstr(R"("status":"Failed")"));
  EXPECT_THAT(told, HasSubstr("before the cancellation took effect"));
  EXPECT_EQ(lab.get(followed(cancelled, "Location")).status, 400);
}

TEST_F(JobsTest, OperationsThatAreNeverCancelledSaySo) {
  add_kind([](jobs::Run&) -> Result<> { return ok(); });
  const auto id = start(JobOperation::configure_backup);
  EXPECT_EQ(exchange("job_cancellations_trigger/never", http::Method::post, job_at(id, "/cancel")), "");
  EXPECT_EQ(status_of(id), "InProgress");
}

TEST_F(JobsTest, ACancelTheEngineRefusesChangesNothing) {
  auto job = make(JobOperation::backup, SourceKind::machine, JobStatus::in_progress);
  job.ended.reset();
  const auto id = put(job);  // the engine does not know it
  const auto reply = lab.post(job_at(id, "/cancel"));
  EXPECT_THAT(reply.body, HasSubstr("BMSUserErrorJobCancelFailed"));
  change([&](store::Writer& writer) -> Result<> {
    TRY(const auto after, find_job(writer, id));
    EXPECT_EQ(after.status, JobStatus::in_progress);
    return ok();
  });
}

// Export. -----------------------------------------------------------------------------------------------------------

TEST_F(JobsTest, AnExportIsWrittenAndHandedOutByASignedAddress) {
  for (int i = 0; i < 5; ++i) {
    put(make(i == 0 ? JobOperation::restore : JobOperation::backup));
  }
  const auto ordered = lab.post(at("v1", "/backupJobsExport?$filter=operation%20eq%20'Backup'"));
  EXPECT_EQ(ordered.status, 202);
  EXPECT_EQ(ordered.body, "");
  const auto location = followed(ordered, "Location");
  EXPECT_THAT(location, HasSubstr("/backupJobs/operationResults/"));
  const auto meanwhile = lab.get(location);
  EXPECT_EQ(meanwhile.status, 202);
  EXPECT_THAT(
      meanwhile.body,
      HasSubstr(R"({"operation":{"objectType":"ExportJobsOperationResultInfo"},"headers":{"Location":["https)"));
  EXPECT_TRUE(wire::parse_json<wire::Json>(meanwhile.body)) << meanwhile.body;
  engine->start();
  http::Reply done;
  do {
    done = lab.get(location);
    std::this_thread::yield();
  } while (done.status == 202);
  EXPECT_EQ(done.status, 200);
  EXPECT_THAT(lab.get(followed(ordered, "Azure-AsyncOperation")).body, HasSubstr(R"("status":"Succeeded")"));

  // The address is that of a blob, and its signature is one that the Blob face takes, for ten minutes.
  const auto text = [&](const std::string& name) {
    const auto begin = done.body.find("\"" + name + "\":\"") + name.size() + 4;
    return done.body.substr(begin, done.body.find('"', begin) - begin);
  };
  const std::string prefix = "https://localhost:10000/quaymaster-exports/backupjobs/";
  ASSERT_TRUE(text("blobUrl").starts_with(prefix)) << done.body;
  const auto name = text("blobUrl").substr(prefix.size());
  const auto request = lab.request(http::Method::get, "/x" + text("blobSasKey"));
  const auth::SasRequest sas{request.query, kExportAccount, kExportContainer, name};
  const Buffer key = provider->exports().key();
  const auto grant = auth::verify_sas(sas, std::span(&key, 1), lab.clock.now());
  ASSERT_TRUE(grant) << grant.error().cause();
  EXPECT_EQ(grant.value().permissions, "r");
  EXPECT_TRUE(auth::verify_sas(sas, std::span(&key, 1), lab.clock.now() + seconds{599}));
  EXPECT_FALSE(auth::verify_sas(sas, std::span(&key, 1), lab.clock.now() + seconds{601}));
  const auth::SasRequest other{request.query, kExportAccount, kExportContainer, "exportjobs.json"};
  EXPECT_FALSE(auth::verify_sas(other, std::span(&key, 1), lab.clock.now()));

  const auto blob = blobs->open_blob({std::string(kExportAccount), std::string(kExportContainer), name}).value();
  Buffer bytes(blob->info().size);
  ASSERT_EQ(blob->read(0, bytes).value(), bytes.size());
  const auto jobs = wire::parse_stored<std::vector<WireJob>>(as_text(bytes));
  ASSERT_TRUE(jobs) << as_text(bytes);
  EXPECT_EQ(jobs.value().size(), 4);
  EXPECT_EQ(jobs.value().front().properties.operation, "Backup");
  EXPECT_TRUE(jobs.value().front().properties.extended.has_value());
}

TEST_F(JobsTest, AnExportIsToldAsRecorded) {
  EXPECT_EQ(exchange("jobs_export/ordered", http::Method::post, at("v1", "/backupJobsExport")), "");
  EXPECT_EQ(exchange("jobs_export/filter_does_not_parse", http::Method::post,
                     at("v1", "/backupJobsExport?$filter=operation%20is%20'Backup'")),
            "");
  const auto location = followed(lab.post(at("v1", "/backupJobsExport")), "Location");
  EXPECT_EQ(exchange("export_jobs_operation_results_get/in_progress", http::Method::get, location), "");
  std::vector<jobs::Record> exports;
  change([&](store::Writer& writer) -> Result<> {
    TRY(exports, engine->list(writer, vault.text(), 10));
    return ok();
  });
  engine->start();
  for (const auto& job : exports) {
    ASSERT_TRUE(engine->wait(job.id, Time::max()));
  }
  EXPECT_EQ(exchange("export_jobs_operation_results_get/done", http::Method::get, location), "");
}

/// The server dies at every write of an export, told of its last one or not: the next one ends it, with the whole list.
TEST_F(JobsTest, AnExportEndsWhateverTheMomentOfAStop) {
  for (int i = 0; i < 3; ++i) {
    put(make(JobOperation::backup));
  }
  for (const bool kept : {false, true}) {
    bool survived = false;
    int deaths = 0;
    for (int n = 0; !survived; ++n) {
      ASSERT_LT(n, 60);
      const auto location = followed(lab.post(at("v1", "/backupJobsExport")), "Location");
      close();
      const auto before = lab.database->statistics().changes;
      open(*lab.database);
      const auto opening = static_cast<int>(lab.database->statistics().changes - before);
      close();
      {
        store::DyingDatabase dying(*lab.database, opening + n, kept);
        open(dying);
        engine->start();
        survived = !dying.await_death([&] { return lab.get(location).status != 202; });
        close();
      }
      deaths += survived ? 0 : 1;
      open(*lab.database);
      engine->start();
      http::Reply done;
      do {
        done = lab.get(location);
        std::this_thread::yield();
      } while (done.status == 202);
      ASSERT_EQ(done.status, 200) << "died at write " << n << ": " << done.body;
      const auto name = done.body.substr(done.body.find("exportjobs"), 51);
      auto blob = blobs->open_blob({std::string(kExportAccount), std::string(kExportContainer), name});
      ASSERT_TRUE(blob) << name;
      Buffer bytes(blob.value()->info().size);
      ASSERT_EQ(blob.value()->read(0, bytes).value(), bytes.size());
      const auto jobs = wire::parse_stored<std::vector<WireJob>>(as_text(bytes));
      ASSERT_TRUE(jobs) << as_text(bytes);
      EXPECT_EQ(jobs.value().size(), 3U);
      blob.value().reset();  // before what it is read from
      close();
      open(*lab.database);
    }
    EXPECT_GE(deaths, 3);
  }
}

TEST_F(JobsTest, OldExportsAreRemovedByTheNext) {
  const std::string account(kExportAccount);
  const std::string container(kExportContainer);
  const Time now = lab.clock.now();
  ASSERT_TRUE(blobs->create_container(account, container, {}));
  for (const auto& [name, age] : {std::pair("old", kOperationLife + std::chrono::hours{1}),
                                  std::pair("young", kOperationLife - std::chrono::hours{1})}) {
    lab.clock.set(now - age);
    auto content = blobs->upload(blob::Hashing::none)->finish().value();
    ASSERT_TRUE(blobs->put_blob({account, container, name}, std::move(content), {}, {}, {}));
  }
  lab.clock.set(now);
  const auto ordered = lab.post(at("v1", "/backupJobsExport"));
  engine->start();
  while (lab.get(followed(ordered, "Location")).status == 202) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(blobs->get_blob({account, container, "old"}));
  EXPECT_TRUE(blobs->get_blob({account, container, "young"}));
  EXPECT_EQ(blobs->list_blobs(account, container, {}).value().items.size(), 2);
}

TEST_F(JobsTest, OperationResultsIsNoJob) {
  EXPECT_THAT(lab.get(at("v1", "/backupJobs/operationResults")).body, HasSubstr("BMSUserErrorJobNotFound"));
  const auto none = lab.get(at("v1", "/backupJobs/operationResults/5b5b5b5b-0000-4000-8000-000000000001"));
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr("BMSUserErrorOperationNotFound"));
}

}  // namespace
}  // namespace quaymaster::recovery_services
