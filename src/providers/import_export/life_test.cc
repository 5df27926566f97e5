// A job's life through the API, the dock, the lifecycle thread and the engine together.
#include <gmock/gmock.h>

#include "providers/import_export/world_test.h"

namespace quaymaster::import_export {
namespace {

using std::chrono::days;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Life : public World {
 protected:
  std::string shown(const std::string& name) {
    const auto reply = fixture.get(job_path(name));
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.body;
  }
  std::string code(const http::Reply& reply) {
    const auto at = reply.body.find("\"code\":\"");
    return at == std::string::npos ? std::to_string(reply.status)
                                   : reply.body.substr(at + 8, reply.body.find('"', at + 8) - at - 8);
  }
  http::Reply dock_by_hand(const std::string& job, const std::string& id, const Path& path) {
    return fixture.post(job_path(job, "/dockDrive"),
                        R"({"driveId":")" + id + R"(","path":")" + path.native() + R"("})");
  }
  std::string dock_list() { return fixture.get("/providers/Microsoft.ImportExport/dock?api-version=2021-01-01").body; }
};

/// Roles may be withdrawn while a package is on its way.
TEST_F(Life, ADriveIsCopiedOnBehalfOfTheCallerWhoNamedTheAccount) {
  const auto caller = fixture.make_caller("caller");
  const auto jobs_group = arm::ArmFixture::group_path("Jobs");
  ASSERT_TRUE(fixture.issuer->assign_role(caller.object_id, "Contributor", jobs_group));
  const auto order = [&] {
    return fixture.send_as(caller, http::Method::put, job_path("j"), body(drive_json("WD1", make_drive("WD1"))));
  };
  const auto refused = order();
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("LinkedAuthorizationFailed"));
  ASSERT_TRUE(
      fixture.issuer->assign_role(caller.object_id, "Storage Account Key Operator Service Role", OneAccount::id()));
  drives.clear();
  std::filesystem::remove_all(scratch.path() / "workshop");
  ASSERT_EQ(order().status, 201);
  ASSERT_EQ(fixture.patch(job_path("j"), kShip).status, 200) << "whoever ships it needs nothing at the account";
  put_at_dock("WD1");
  check_dock_twice();
  const auto all = fixture.issuer->access().assignments().value();
  for (const auto& one : all) {
    if (one.object_id == caller.object_id && one.scope == OneAccount::id()) {
      ASSERT_TRUE(fixture.issuer->access().remove(one.id));
    }
  }
  run_jobs();
  finish("j");
  EXPECT_EQ(drive_states("j"), "CompletedMoreInfo");
  EXPECT_THAT(names_in("photos"), testing::IsEmpty());
  const auto job = record("j");
  EXPECT_EQ(job.drives[0].outcome->code(), drive::DriveStatusCode::blob_request_forbidden);
  EXPECT_THAT(job.drives[0].outcome->reason, HasSubstr("listKeys/action"));
}

/// The group in a classic account's id is that of the account in Azure, so access to the resolved account is checked.
TEST_F(Life, AClassicIdOpensNoAccountOfAnotherGroup) {
  const auto caller = fixture.make_caller("caller");
  ASSERT_TRUE(fixture.issuer->assign_role(caller.object_id, "Contributor", arm::ArmFixture::group_path("Jobs")));
  auto text = body(drive_json("WD1"));
  const auto id = OneAccount::id();
  text.replace(text.find(id), id.size(),
               arm::ArmFixture::group_path("Jobs") + "/providers/Microsoft.ClassicStorage/storageAccounts/acct1");
  EXPECT_EQ(fixture.send_as(caller, http::Method::put, job_path("j"), text).status, 403);
  ASSERT_TRUE(fixture.issuer->assign_role(caller.object_id, "Contributor", OneAccount::id()));
  EXPECT_EQ(fixture.send_as(caller, http::Method::put, job_path("j"), text).status, 201);
}

TEST_F(Life, FromCreationToCompleted) {
  ship("j", {{"WD1", make_drive("WD1")}, {"WD2", make_drive("WD2")}},
       R"("logLevel":"Verbose","backupDriveManifest":true,"diagnosticsPath":"mylogs/a",)");
  EXPECT_EQ(state("j"), "Shipping");

  put_at_dock("WD1");
  check_dock_twice();
  keep();
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Shipping: Received Specified");

  put_at_dock("WD2");
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Received Received");
  keep();
  EXPECT_EQ(state("j"), "Transferring");
  EXPECT_EQ(drive_states("j"), "Received Received") << "no worker has taken them up yet";

  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Completed: Completed Completed");
  EXPECT_EQ(names_in("photos").size(), 10U);
  EXPECT_EQ(blob_text("photos", "WD2/3"), std::string(23, 'a'));

  const auto job = record("j");
  for (const auto& drive : job.drives) {
    ASSERT_TRUE(drive.outcome->manifest && drive.outcome->error_log && drive.outcome->verbose_log);
    EXPECT_EQ(drive.outcome->manifest->container, "mylogs");
    EXPECT_THAT(drive.outcome->manifest->name,
                testing::StartsWith("a/waies/j_" + drive.drive_id + "_20261123-052930-"));
    std::string on_drive;
    {
      const auto bytes = read_file(disk, at_dock(drive.drive_id) / "DriveManifest.xml").value();
      on_drive = as_text(bytes);
    }
    EXPECT_EQ(blob_text("mylogs", drive.outcome->manifest->name), on_drive);
    EXPECT_THAT(shown("j"), HasSubstr("https://localhost:10000/acct1/mylogs/" + drive.outcome->manifest->name));
    EXPECT_THAT(shown("j"), HasSubstr(drive.outcome->error_log->name));
    EXPECT_THAT(shown("j"), HasSubstr(drive.outcome->verbose_log->name));
  }
  EXPECT_THAT(shown("j"), AllOf(HasSubstr(R"("percentComplete":100)"), HasSubstr(R"("bytesSucceeded":110)"),
                                HasSubstr(R"("copyStatus":"Completed")")));
  EXPECT_FALSE(std::filesystem::exists(settings.spool / job.drives[0].work->text())) << "the spool is cleaned up";

  advance(days{90});
  keep();
  EXPECT_EQ(fixture.get(job_path("j")).status, 404) << "finished jobs go after 90 days";
  EXPECT_EQ(names_in("photos").size(), 10U) << "what they imported stays";
}

TEST_F(Life, ADriveWithErrorsClosesTheJob) {
  const auto good = make_drive("WD1");
  const auto bad = make_drive("WD2");
  ship("j", {{"WD1", good}, {"WD2", bad}, {"WD3", make_drive("WD3")}});
  drives[1]->write("session/2.bin", "not what the manifest says");
  drives[2]->finish_with("<DriveManifest>");
  for (const auto* id : {"WD1", "WD2", "WD3"}) {
    put_at_dock(id);
  }
  check_dock_twice();
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Closed: Completed CompletedMoreInfo CompletedMoreInfo");
  EXPECT_THAT(shown("j"), AllOf(HasSubstr(R"("copyStatus":"CompletedWithErrors")"),
                                HasSubstr(R"("copyStatus":"ManifestCorrupted")")));
  EXPECT_EQ(names_in("photos").size(), 9U) << "one bad file costs one blob";
}

TEST_F(Life, WarningsAreNoErrors) {
  ship("j", {{"WD1", make_drive("WD1", 1)}});
  auto upload = blobs->upload(blob::Hashing::none);
  ASSERT_TRUE(blobs->create_container("acct1", "photos", {}));
  ASSERT_TRUE(blobs->put_blob({"acct1", "photos", "WD1/0"}, upload->finish().value(), {}, {}, {}));
  put_at_dock("WD1");
  check_dock_twice();
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Completed: CompletedMoreInfo");
  EXPECT_THAT(shown("j"), HasSubstr(R"("copyStatus":"CompletedWithWarnings")"));
}

TEST_F(Life, DriveIdsThatDifferInBlanksAndCaseAreTheSame) {
  ship("j", {{"wd 1", make_drive("WD1")}});
  put_at_dock("WD1");
  check_dock_twice();
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j"), "Completed");
}

// --- The dock ---

TEST_F(Life, AHalfCopiedDriveIsIgnored) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  for (int i = 0; i < 3; ++i) {
    scratch.write("dock/WD1/session/more" + std::to_string(i), "still copying");
    ASSERT_TRUE(provider->look_at_dock());
    EXPECT_EQ(drive_states("j"), "Specified");
    EXPECT_THAT(dock_list(), HasSubstr(R"("state":"Settling")"));
  }
  ASSERT_TRUE(provider->look_at_dock());
  EXPECT_EQ(drive_states("j"), "Received");
  ASSERT_TRUE(provider->look_at_dock());
  EXPECT_THAT(dock_list(), HasSubstr(R"("state":"Bound")"));
}

TEST_F(Life, AnUnnamedDriveIsIgnoredAndListed) {
  make_drive("WD7");
  put_at_dock("WD7");
  check_dock_twice();
  EXPECT_THAT(dock_list(), AllOf(HasSubstr(R"("driveId":"WD7","state":"Unnamed")"), HasSubstr("no open job")));
}

TEST_F(Life, ADriveWaitsForItsJobToBeShipped) {
  const auto hash = make_drive("WD1");
  ASSERT_EQ(fixture.put(job_path("j"), body(drive_json("WD1", hash))).status, 201);
  put_at_dock("WD1");
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Specified");
  EXPECT_THAT(dock_list(), HasSubstr(R"("state":"Waiting","jobId":)"));
  ASSERT_EQ(fixture.patch(job_path("j"), kShip).status, 200);
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Received");
}

TEST_F(Life, TwoFoldersWithOneIdAreBothRefused) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  scratch.write("dock/copy/DriveId", "WD1");
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Specified");
  EXPECT_THAT(dock_list(), HasSubstr("another folder at the dock has the same drive id 'WD1'"));
}

TEST_F(Life, ADriveMayLeaveWhileItsJobWaitsForOthers) {
  ship("j", {{"WD1", make_drive("WD1")}, {"WD2", make_drive("WD2")}});
  put_at_dock("WD1");
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Received Specified");
  std::filesystem::rename(at_dock("WD1"), scratch.path() / "workshop/WD1");
  ASSERT_TRUE(provider->look_at_dock());
  EXPECT_EQ(drive_states("j"), "Specified Specified");
  put_at_dock("WD1");
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Received Specified");
}

TEST_F(Life, TheJobThatWasShippedFirstGetsTheDrive) {
  const auto hash = make_drive("WD1");
  ship("z-first", {{"WD1", hash}});
  advance(std::chrono::seconds{1});
  ship("a-second", {{"WD1", hash}});
  put_at_dock("WD1");
  check_dock_twice();
  EXPECT_EQ(drive_states("z-first"), "Received");
  EXPECT_EQ(drive_states("a-second"), "Specified");
  EXPECT_EQ(code(fixture.put(job_path("third"), body(drive_json("WD1")))), "DriveInUse");
}

TEST_F(Life, ADriveDockedByHand) {
  const auto hash = make_drive("WD1");
  const auto folder = scratch.path() / "workshop/WD1";
  ASSERT_EQ(fixture.put(job_path("j"), body(drive_json("WD1", hash))).status, 201);
  EXPECT_EQ(code(dock_by_hand("j", "WD1", folder)), "DockPathNotAllowed");
  EXPECT_EQ(code(dock_by_hand("j", "WD1", dock / "nothing")), "DockPathNotAllowed") << "no telling what exists";
  put_at_dock("WD1");
  EXPECT_EQ(code(dock_by_hand("j", "WD1", at_dock("WD1"))), "InvalidJobState") << "not shipped yet";
  ASSERT_EQ(fixture.patch(job_path("j"), kShip).status, 200);
  EXPECT_EQ(code(dock_by_hand("j", "WD9", at_dock("WD1"))), "DriveNotUsable") << "it says it is WD1";
  scratch.write("dock/blank/file", "");
  EXPECT_EQ(code(dock_by_hand("j", "WD9", dock / "blank")), "DriveNotFound");
  EXPECT_EQ(code(dock_by_hand("none", "WD1", at_dock("WD1"))), "ResourceNotFound");
  EXPECT_EQ(code(fixture.post(job_path("j", "/dockDrive"), R"({"driveId":"WD1"})")), "MissingRequiredProperty");

  EXPECT_EQ(dock_by_hand("j", "WD1", at_dock("WD1")).status, 200);
  EXPECT_EQ(dock_by_hand("j", "wd 1", at_dock("WD1")).status, 200) << "again is no error";
  EXPECT_EQ(drive_states("j"), "Received");
}

TEST_F(Life, OtherPlacesToDockFromAreASetting) {
  settings.dock_allow = {scratch.path() / "workshop"};
  restart();
  ship("j", {{"WD1", make_drive("WD1")}});
  std::filesystem::create_directory_symlink("/etc", scratch.path() / "workshop/link");
  EXPECT_EQ(code(dock_by_hand("j", "WD1", scratch.path() / "workshop/link")), "DockPathNotAllowed");
  EXPECT_EQ(code(dock_by_hand("j", "WD1", scratch.path() / "workshop/../dock/..")), "DockPathNotAllowed");
  EXPECT_EQ(dock_by_hand("j", "WD1", scratch.path() / "workshop/WD1").status, 200);
}

// --- Time ---

TEST_F(Life, AJobWithoutUpdatesIsRemovedAndEachUpdateRestartsTheTime) {
  ASSERT_EQ(fixture.put(job_path("j"), body(drive_json("WD1"))).status, 201);
  advance(days{13});
  ASSERT_EQ(fixture.patch(job_path("j"), R"({"tags":{"still":"wanted"}})").status, 200);
  advance(days{13});
  keep();
  EXPECT_EQ(fixture.get(job_path("j")).status, 200);
  advance(days{1});
  keep();
  EXPECT_EQ(fixture.get(job_path("j")).status, 404);
}

TEST_F(Life, APackageThatNeverArrivedClosesTheJob) {
  ship("j", {{"WD1", "AB"}});
  advance(days{14});
  keep();
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Shipping: NeverReceived");
  EXPECT_EQ(provider->metrics().packages_late, 1U);
  advance(days{30});
  keep();
  EXPECT_EQ(state("j"), "Closed");
}

TEST_F(Life, AfterFourteenDaysTheJobContinuesWithTheDrivesThatArrived) {
  ship("j", {{"WD1", make_drive("WD1")}, {"WD2", make_drive("WD2")}});
  put_at_dock("WD1");
  check_dock_twice();
  advance(days{14});
  keep();
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Transferring: Received NeverReceived");
  put_at_dock("WD2");  // it arrives after all
  check_dock_twice();
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Completed: Completed Completed");
}

// --- Cancelling ---

constexpr std::string_view kCancel = R"({"properties":{"cancelRequested":true}})";

TEST_F(Life, ACancelledJobInCreatingStaysThereUntilTheLifecycleThreadRuns) {
  ASSERT_EQ(fixture.put(job_path("j"), body(drive_json("WD1"))).status, 201);
  const auto reply = fixture.patch(job_path("j"), kCancel);
  EXPECT_THAT(reply.body, HasSubstr(R"("cancelRequested":true,"state":"Creating")"));
  keep();
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Completed: Specified");
  EXPECT_EQ(fixture.del(job_path("j")).status, 200);
}

TEST_F(Life, CancelledInShippingNothingIsCopied) {
  ship("j", {{"WD1", make_drive("WD1")}, {"WD2", make_drive("WD2")}});
  put_at_dock("WD1");
  check_dock_twice();
  ASSERT_EQ(fixture.patch(job_path("j"), kCancel).status, 200);
  put_at_dock("WD2");
  check_dock_twice();
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Completed: ShippedBack NeverReceived");
  EXPECT_TRUE(names_in("photos").empty());
  EXPECT_EQ(code(fixture.patch(job_path("j"), R"({"properties":{"logLevel":"Verbose"}})")), "InvalidJobState");
}

TEST_F(Life, CancelledInTransferringWhatHasNotBegunIsReturnedUnread) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  check_dock_twice();
  keep();
  ASSERT_EQ(state("j"), "Transferring");
  ASSERT_EQ(fixture.patch(job_path("j"), kCancel).status, 200);  // before a worker starts it
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Completed: ShippedBack");
  EXPECT_TRUE(names_in("photos").empty());
  EXPECT_THAT(shown("j"), Not(HasSubstr("percentComplete")));
}

// --- Bad days ---

/// A drive that calls back before each read of a file other than a manifest.
class WatchedDrive final : public drive::DriveReader {
 public:
  WatchedDrive(std::unique_ptr<drive::DriveReader> real, std::function<void()> before_read)
      : real_(std::move(real)), before_read_(std::move(before_read)) {}
  Result<std::unique_ptr<drive::DriveFile>> open(std::string_view path) override {
    if (!path.ends_with(".xml")) {
      before_read_();
    }
    return real_->open(path);
  }
  Result<> check_present() override { return real_->check_present(); }

 private:
  const std::unique_ptr<drive::DriveReader> real_;
  const std::function<void()> before_read_;
};

TEST_F(Life, ADriveUnpluggedInTheCopyFailsTheDriveAndNotTheServer) {
  std::atomic<int> opened = 0;
  settings.wrap_drive = [&](std::unique_ptr<drive::DriveRoot> root) -> std::unique_ptr<drive::DriveReader> {
    const auto path = root->directory();
    return std::make_unique<WatchedDrive>(std::move(root), [&, path] {
      if (++opened == 3) {
        std::filesystem::remove_all(path);
      }
    });
  };
  restart();
  ship("j", {{"WD1", make_drive("WD1", 30)}});
  put_at_dock("WD1");
  check_dock_twice();
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Closed: CompletedMoreInfo");
  const auto outcome = *record("j").drives[0].outcome;
  EXPECT_THAT(outcome.status, testing::AnyOf("DiskNotFound", "DiskOperationFailed"));
  ASSERT_TRUE(outcome.error_log) << "the log survives the drive";
  EXPECT_THAT(blob_text(outcome.error_log->container, outcome.error_log->name), HasSubstr(outcome.status));
}

TEST_F(Life, ADriveThatIsMissingWhenItsTurnComes) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  check_dock_twice();
  keep();
  std::filesystem::remove_all(at_dock("WD1"));
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j"), "Closed");
  EXPECT_EQ(record("j").drives[0].outcome->status, "DiskNotFound");
}

/// Users who may write at the dock may not be allowed to read the rest of the server.
TEST_F(Life, ADriveThatIsExchangedForALinkBeforeItsTurnIsNotRead) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  check_dock_twice();
  keep();
  std::filesystem::rename(at_dock("WD1"), scratch.path() / "elsewhere");
  std::filesystem::create_directory_symlink(scratch.path() / "elsewhere", at_dock("WD1"));
  run_jobs();
  finish("j");
  EXPECT_EQ(record("j").drives[0].outcome->status, "DiskNotFound");
  EXPECT_TRUE(names_in("photos").empty());
}

TEST_F(Life, NoDriveMayBeInTheServersOwnData) {
  settings.own = {scratch.path() / "workshop/own"};
  settings.dock_allow = {scratch.path() / "workshop"};
  restart();
  ship("j", {{"WD1", make_drive("WD1")}});
  std::filesystem::rename(scratch.path() / "workshop/WD1", scratch.path() / "workshop/own");
  EXPECT_EQ(code(dock_by_hand("j", "WD1", scratch.path() / "workshop/own")), "DockPathNotAllowed");
  std::filesystem::create_directory_symlink(scratch.path() / "workshop/own", at_dock("WD1"));
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Specified");
  EXPECT_THAT(dock_list(), HasSubstr("dock-allow"));
}

/// Some serial numbers contain blanks: the job and the dock must agree on what an id is.
TEST_F(Life, AnIdWithBlanksIsOneForTheJobAndForTheDock) {
  const std::string id = "SAMSUNG MZQL23T8HCLS";
  ship("j", {{id, make_drive(id)}});
  put_at_dock(id);
  check_dock_twice();
  EXPECT_EQ(drive_states("j"), "Received");
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j") + ": " + drive_states("j"), "Completed: Completed");
}

TEST_F(Life, AnAccountDeletedMeanwhileEndsTheDriveForbidden) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  check_dock_twice();
  accounts.gone = true;
  run_jobs();
  finish("j");
  EXPECT_EQ(state("j"), "Closed");
  EXPECT_EQ(record("j").drives[0].outcome->status, "BlobRequestForbidden");
  EXPECT_THAT(shown("j"), Not(HasSubstr("errorLogUri")));
}

TEST_F(Life, DeletingAResourceGroupDeletesItsJobs) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  check_dock_twice();
  keep();
  const auto work = *record("j").drives[0].work;
  ASSERT_TRUE(provider->remove_group(arm::ArmFixture::kSubscription, "jobs", {}));
  EXPECT_EQ(fixture.get(job_path("j")).status, 404);
  run_jobs();
  EXPECT_EQ(engine->wait(work, Time::max()).value().state, jobs::State::cancelled);
  keep();
  EXPECT_TRUE(names_in("photos").empty());
  ASSERT_TRUE(provider->remove_group(arm::ArmFixture::kSubscription, "jobs", {})) << "again is no error";
}

TEST_F(Life, ExportJobsAreTakenAndWait) {
  const auto made =
      fixture.put(job_path("e"), R"({"location":"westus","properties":{"storageAccountId":")" + OneAccount::id() +
                                     R"(","jobType":"Export","returnAddress":{"recipientName":"A",
      "streetAddress1":"1","city":"T","postalCode":"1","countryOrRegion":"FR","phone":"0","email":"a@b"},
      "export":{"blobList":{"blobPathPrefix":["/"]}}}})");
  ASSERT_EQ(made.status, 201) << made.body;
  ASSERT_EQ(fixture.patch(job_path("e"), kShip).status, 200);
  keep();
  EXPECT_EQ(state("e"), "Shipping");
  EXPECT_THAT(shown("e"), HasSubstr(R"("driveList":[])"));
}

TEST_F(Life, ADriveMovedIntoTheDockNeedsNoSecondCheck) {
  make_drive("WD7");
  put_at_dock("WD7");
  ship("j", {{"WD1", make_drive("WD1")}});
  run_jobs();
  provider->start();
  while (dock_list().find("WD7") == std::string::npos) {
    std::this_thread::yield();  // the watch was set up before the first look
  }
  put_at_dock("WD1");
  while (record("j").state != JobState::completed) {
    std::this_thread::yield();  // the clock stands still
  }
}

TEST_F(Life, WhatAFailedImportLeftInTheSpoolIsSweptAtTheStart) {
  scratch.write("spool/" + random.guid().text() + "/error.xml", "");
  scratch.write("spool/not-ours/file", "");
  provider->start();
  provider->stop();
  const auto left = disk.list(settings.spool).value();
  EXPECT_THAT(left, ElementsAre("not-ours"));
}

TEST_F(Life, ThreadsDoAllOfItAlone) {
  ship("j", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  run_jobs();
  provider->start();
  while (record("j").state != JobState::completed) {
    fixture.clock.advance(std::chrono::milliseconds{50});  // the dock looks by this clock
    std::this_thread::yield();
  }
  provider->stop();
  EXPECT_EQ(names_in("photos").size(), 5U);
}

}  // namespace
}  // namespace quaymaster::import_export
