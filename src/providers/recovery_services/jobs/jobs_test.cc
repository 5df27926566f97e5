#include "providers/recovery_services/jobs/jobs.h"

#include <thread>

#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/jobs_world_test.h"

namespace quaymaster::recovery_services {
namespace {

// --- Answers, byte for byte ---

TEST_F(JobsTest, AQueuedJobHasItsTasksAndBagFromTheFirstSecond) {
  const auto id = start();
  fixture.clock.advance(seconds{2} + Ticks{5000000});
  EXPECT_EQ(exchange("job_details_get/backup_just_started", http::Method::get, job_at(id)), "");
  EXPECT_EQ(exchange("job_details_get/backup_just_started_2019", http::Method::get, job_at(id, "", "2019-06-15")), "");
}

TEST_F(JobsTest, EveryOperationOfAMachineIsReported) {
  using enum JobOperation;
  auto job = make(configure_backup);
  job.history.bag = {{"VM Name", "vm1"}, {"Policy Name", "DefaultPolicy"}};
  EXPECT_EQ(exchange("job_details_get/machine_configure", http::Method::get, job_at(put(job))), "");
  job = make(disable_backup);
  job.history.bag = {{"VM Name", "vm1"}, {"Policy Name", ""}};
  EXPECT_EQ(exchange("job_details_get/machine_disable", http::Method::get, job_at(put(job))), "");
  job = make(delete_backup_data);
  job.history.bag = {{"VM Name", "vm1"}, {"Number of Recovery Points", "1"}};
  EXPECT_EQ(exchange("job_details_get/machine_delete_data", http::Method::get, job_at(put(job))), "");
  job = make(undelete);
  job.history.bag = {{"VM Name", "vm1"}, {"Undelete flag", "True"}};
  EXPECT_EQ(exchange("job_details_get/machine_undelete", http::Method::get, job_at(put(job))), "");
  job = make(restore);
  job.history.tasks = {{"Transfer data from vault", TaskStatus::completed, job.started, job.ended}};
  job.history.bag = {{"Job Type", "Recover disks"},
                     {"Target VM Name", "vmName"},
                     {"Target Storage Account Name", "sa1"},
                     {"Recovery point time ", "5/13/2024 10:18:09 AM"},
                     {"Config Blob Name", "config-vm1.json"}};
  job.history.internal_bag = {{"restoreLocationType", "RestoreDisks"}};
  job.history.bytes_done = job.history.bytes_total = 3'000'000'000;
  EXPECT_EQ(exchange("job_details_get/machine_restore", http::Method::get, job_at(put(job))), "");
}

TEST_F(JobsTest, ABackupOfAMachineIsReported) {
  auto job = make(JobOperation::backup);
  job.history.tasks = {
      {"Take Snapshot", TaskStatus::completed, job.started, job.started + seconds{455} + Ticks{6509888}},
      {"Transfer data to vault", TaskStatus::completed, job.started + seconds{456}, job.ended}};
  job.history.bag = {
      {"VM Name", "vm1"}, {"Recovery Point Expiry Time in UTC", "6/12/2024 12:00:00 AM"}, {"Backup Size", "11390 MB"}};
  job.history.internal_bag = {{"IsInstantRpJob", "True"}};
  job.history.bytes_done = job.history.bytes_total = 11390ULL << 20;
  job.history.bytes_new = 5'000'000;
  const auto id = put(job);
  EXPECT_EQ(exchange("job_details_get/machine_backup", http::Method::get, job_at(id)), "");
  EXPECT_EQ(exchange("job_details_get/machine_backup_2019", http::Method::get, job_at(id, "", "2019-06-15")), "");
  EXPECT_EQ(exchange("job_details_get/machine_backup_2022", http::Method::get, job_at(id, "", "2022-09-01-preview")),
            "");
}

TEST_F(JobsTest, EveryOperationOfAFileShareIsReportedWithoutTasks) {
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
    job.history.bag = {{"File Share Name", "share1"}, {"Storage Account Name", "sa1"}};
    if (operation == backup) {
      job.history.tasks = {{"Take Snapshot", TaskStatus::completed, job.started, job.ended}};
      job.history.bytes_done = job.history.bytes_total = 1'000'000;
      job.about.user_triggered = false;
    }
    EXPECT_EQ(exchange(std::string("job_details_get/") + name, http::Method::get, job_at(put(job))), "");
  }
}

TEST_F(JobsTest, FailuresAreReportedWithAdvice) {
  auto job = make(JobOperation::backup, SourceKind::machine, JobStatus::failed);
  job.history.tasks = {{"Take Snapshot", TaskStatus::failed, job.started, job.ended}, {"Transfer data to vault"}};
  job.history.bag = {{"VM Name", "vm1"}, {"Backup Size", "0 MB"}};
  job.history.errors = {job_errors::told(job_errors::kMachineNotFound)};
  EXPECT_EQ(exchange("job_details_get/machine_backup_failed", http::Method::get, job_at(put(job))), "");
  job = make(JobOperation::backup, SourceKind::machine, JobStatus::cancelled);
  job.history.tasks = {{"Take Snapshot", TaskStatus::completed, job.started, job.started + seconds{1}},
                       {"Transfer data to vault", TaskStatus::cancelled, job.started + seconds{1}, job.ended}};
  job.history.errors = {job_errors::told(job_errors::kCancelled)};
  job.history.bytes_done = 1'000'000;
  job.history.bytes_total = 4'000'000;
  EXPECT_EQ(exchange("job_details_get/machine_backup_cancelled", http::Method::get, job_at(put(job))), "");
  job = make(JobOperation::restore, SourceKind::file_share, JobStatus::completed_with_warnings);
  job.history.errors = {job_errors::told(job_errors::kSomeNotRestored, 2, "a.txt, b/c.txt")};
  EXPECT_EQ(exchange("job_details_get/share_restore_with_warnings", http::Method::get, job_at(put(job))), "");
  job = make(JobOperation::restore, SourceKind::file_share, JobStatus::failed);
  job.history.errors = {job_errors::told(job_errors::kInternal)};
  EXPECT_EQ(exchange("job_details_get/share_restore_failed", http::Method::get, job_at(put(job))), "");
}

TEST_F(JobsTest, ListsAreNewestFirstWithoutDetails) {
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
  EXPECT_EQ(fixture.get(at("v9", "/backupJobs")).status, 404);
  EXPECT_EQ(fixture.post(at("v9", "/backupJobsExport")).status, 404);
  EXPECT_EQ(fixture.post(at("v1", "/backupJobs/5b5b5b5b-0000-4000-8000-0000000000ff/cancel")).status, 404);
  // A job is found only in its own vault.
  const auto id = put(make(JobOperation::backup));
  make_vault("v2");
  EXPECT_EQ(fixture.get(at("v2", "/backupJobs/" + id.text())).status, 404);
  EXPECT_EQ(fixture.post(at("v2", "/backupJobs/" + id.text() + "/cancel")).status, 404);
  EXPECT_THAT(fixture.get(at("v2", "/backupJobs")).body, Not(HasSubstr(id.text())));
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
  const auto reply = fixture.get(target);
  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_THAT(reply.body, HasSubstr(R"({"id":"/Subscriptions/)"));
  EXPECT_THAT(reply.body, HasSubstr("/vaults/v1/backupJobs/" + id.text()));
}

// --- Filters and pages ---

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
         {fixture.get(at("v1", "/backupJobs?" + target)), fixture.post(at("v1", "/backupJobsExport?" + target))}) {
      EXPECT_EQ(reply.status, 400) << filter;
      EXPECT_THAT(reply.body, HasSubstr(R"("code":"BMSUserErrorInvalidInput")")) << filter;
      EXPECT_THAT(reply.body, HasSubstr(R"("target":"$filter")")) << filter;
    }
  }
}

TEST_F(JobsTest, PagesOfTwoHundredReachEveryJobOnce) {
  change([&](store::Writer& writer) -> Result<> {
    for (int i = 0; i < 450; ++i) {  // all at the same instant: only the id distinguishes them
      TRY(insert_job(writer, make(i % 3 == 0 ? JobOperation::restore : JobOperation::backup)));
    }
    return ok();
  });
  for (const auto& [filter, wanted] : {std::pair("", 450), std::pair("?$filter=operation%20eq%20'Backup'", 300)}) {
    std::set<std::string> seen;
    std::vector<std::size_t> sizes;
    auto target = at("v1", std::string("/backupJobs") + filter);
    while (!target.empty()) {
      const auto body = fixture.get(target).body;
      std::size_t on_page = 0;
      for (auto found = body.find(R"("name":")"); found != std::string::npos;
           found = body.find(R"("name":")", found + 1)) {
        EXPECT_TRUE(seen.insert(body.substr(found + 8, 36)).second);
        ++on_page;
      }
      sizes.push_back(on_page);
      const auto link = body.find(R"("nextLink":")");
      target = link == std::string::npos ? "" : body.substr(link + 12 + arm::ArmFixture::kBase.size());
      target = target.substr(0, target.find('"'));
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(wanted));
    EXPECT_EQ(sizes.front(), 200);
  }
  EXPECT_EQ(fixture.get(at("v1", "/backupJobs?$skipToken=abc")).status, 400);
  EXPECT_EQ(fixture.get(at("v1", "/backupJobs?$skipToken=" + base64url(as_bytes("k1:abc")))).status, 400);
}

// --- Live numbers ---

TEST_F(JobsTest, ARunningJobReportsItsBytesAndPercentage) {
  jobs::StepBarrier gate;
  add_kind([&](jobs::Run& run) -> Result<> {
    run.progress(1 << 20, 4 << 20);
    TRY(run.save("", [&, id = run.record().id](store::Writer& writer) {
      return change_job(writer, id, {.task_completed = "Take Snapshot", .task_started = "Transfer data to vault"},
                        fixture.clock.now());
    }));
    gate.pass();
    return ok();
  });
  const auto id = start();
  engine->start();
  gate.await_arrivals(1);
  const auto body = fixture.get(job_at(id)).body;
  EXPECT_THAT(
      body,
      HasSubstr(
          R"("status":"InProgress","progressPercentage":25.0,"taskExecutionDetails":"1 MBs / 4 MBs Transferred")"));
  EXPECT_THAT(body, HasSubstr(R"("Bytes read":"1048576","Bytes total":"4194304","Bytes new":"0")"));
  EXPECT_THAT(body, HasSubstr(R"("progressPercentage":25.0)"));
  EXPECT_THAT(body, HasSubstr(R"("dynamicErrorMessage":"")"));
  EXPECT_THAT(list("status eq 'InProgress'"), HasSubstr(id.text()));
  fixture.clock.advance(seconds{2});
  EXPECT_EQ(exchange("job_details_get/machine_backup_running", http::Method::get, job_at(id)), "");
  gate.open();
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Completed");
  EXPECT_THAT(list("status eq 'InProgress'"), Not(HasSubstr(id.text())));
  EXPECT_THAT(fixture.get(job_at(id)).body,
              HasSubstr(R"("progressPercentage":100.0,"estimatedRemainingDuration":"PT0S")"));
}

TEST_F(JobsTest, AWaitingJobReportsTheReason) {
  add_kind([&](jobs::Run&) -> Result<> { return no_space("/secret"); });
  const auto id = start();
  engine->start();
  std::string body;
  do {
    body = fixture.get(job_at(id)).body;
    std::this_thread::yield();
  } while (body.find("There is no space left") == std::string::npos);
  EXPECT_THAT(body, HasSubstr(R"("status":"InProgress")"));
  EXPECT_THAT(body, Not(HasSubstr("secret")));
}

// --- Cancel ---

TEST_F(JobsTest, CancelBeforeTheStartEndsItAtOnce) {
  add_kind([](jobs::Run&) -> Result<> { return ok(); });
  const auto id = start();
  EXPECT_EQ(exchange("job_cancellations_trigger/queued", http::Method::post, job_at(id, "/cancel")), "");
  EXPECT_EQ(status_of(id), "Cancelled");
  EXPECT_EQ(exchange("job_details_get/cancelled_before_it_began", http::Method::get, job_at(id)), "");
}

TEST_F(JobsTest, CancelOfARunningJobIsSeenAtItsNextSafePoint) {
  jobs::StepBarrier gate;
  add_kind([&](jobs::Run& run) -> Result<> {
    TRY(run.save("", [&, id = run.record().id](store::Writer& writer) {
      return change_job(writer, id, {.task_started = "Take Snapshot"}, fixture.clock.now());
    }));
    gate.pass();
    return run.continue_or_cancel();
  });
  const auto id = start(JobOperation::restore);
  engine->start();
  gate.await_arrivals(1);
  const auto cancelled = fixture.post(job_at(id, "/cancel"));
  EXPECT_EQ(cancelled.status, 202);
  EXPECT_EQ(cancelled.body, "");
  EXPECT_EQ(status_of(id), "Cancelling");
  EXPECT_THAT(fixture.get(followed(cancelled, "Azure-AsyncOperation")).body, HasSubstr(R"("status":"InProgress")"));
  EXPECT_EQ(fixture.get(followed(cancelled, "Location")).status, 202);
  EXPECT_THAT(list("status eq 'Cancelling'"), HasSubstr(id.text()));
  // A second cancel is rejected and changes nothing.
  EXPECT_EQ(exchange("job_cancellations_trigger/cancelling", http::Method::post, job_at(id, "/cancel")), "");
  gate.open();
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Cancelled");
  const auto body = fixture.get(job_at(id)).body;
  EXPECT_THAT(body, HasSubstr(R"("errorCode":400158)"));
  EXPECT_THAT(body, HasSubstr(R"("taskId":"Take Snapshot","duration":"PT0S","status":"Cancelled")"));
  EXPECT_THAT(fixture.get(followed(cancelled, "Azure-AsyncOperation")).body, HasSubstr(R"("status":"Succeeded")"));
  EXPECT_EQ(fixture.get(followed(cancelled, "Location")).status, 204);
  EXPECT_EQ(exchange("job_cancellations_trigger/ended", http::Method::post, job_at(id, "/cancel")), "");
}

TEST_F(JobsTest, CancelOfAPausedJobEndsItAtOnce) {
  add_kind([](jobs::Run&) -> Result<> { return no_space("full"); });
  const auto id = start();
  engine->start();
  while (fixture.get(job_at(id)).body.find("There is no space left") == std::string::npos) {
    std::this_thread::yield();
  }
  ASSERT_EQ(fixture.post(job_at(id, "/cancel")).status, 202);
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Cancelled");
}

TEST_F(JobsTest, CancelThatComesTooLateFailsAndTheJobIsWhatItBecame) {
  jobs::StepBarrier gate;
  add_kind([&](jobs::Run&) -> Result<> {
    gate.pass();
    return ok();
  });
  const auto id = start();
  engine->start();
  gate.await_arrivals(1);
  const auto cancelled = fixture.post(job_at(id, "/cancel"));
  EXPECT_EQ(cancelled.status, 202);
  gate.open();
  ASSERT_TRUE(engine->wait(id, Time::max()));
  EXPECT_EQ(status_of(id), "Completed");
  const auto told = fixture.get(followed(cancelled, "Azure-AsyncOperation")).body;
  EXPECT_THAT(told, HasSubstr(R"("status":"Failed")"));
  EXPECT_THAT(told, HasSubstr("before the cancellation took effect"));
  EXPECT_EQ(fixture.get(followed(cancelled, "Location")).status, 400);
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
  const auto id = put(job);  // the engine has no such job
  const auto reply = fixture.post(job_at(id, "/cancel"));
  EXPECT_THAT(reply.body, HasSubstr("BMSUserErrorJobCancelFailed"));
  change([&](store::Writer& writer) -> Result<> {
    TRY(const auto after, find_job(writer, id));
    EXPECT_EQ(after.status, JobStatus::in_progress);
    return ok();
  });
}

// --- Export ---

TEST_F(JobsTest, OperationResultsIsNoJob) {
  EXPECT_THAT(fixture.get(at("v1", "/backupJobs/operationResults")).body, HasSubstr("BMSUserErrorJobNotFound"));
  const auto none = fixture.get(at("v1", "/backupJobs/operationResults/5b5b5b5b-0000-4000-8000-000000000001"));
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr("BMSUserErrorOperationNotFound"));
}

}  // namespace
}  // namespace quaymaster::recovery_services
