#include "providers/recovery_services/backups/backups.h"

#include <sys/stat.h>
#include <unistd.h>

#include "providers/recovery_services/backups/backup_world_test.h"
#include "providers/recovery_services/jobs/job_errors.h"
#include "testing/jobs/engine_fixture.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;
using workload::test::overwrite;
using workload::test::read;
using workload::test::write;
using BackupTest = BackupWorld;

TEST_F(BackupTest, AMachineIsStoredAndThenOnlyWhatChanged) {
  engine->start();
  const auto first = back_up(machine);
  EXPECT_EQ(first.status, JobStatus::completed);
  EXPECT_EQ(bag(first, "VM Name"), "vm1");
  EXPECT_EQ(bag(first, "Recovery Point Expiry Time in UTC"), "12/23/2026 12:00:00 AM");
  EXPECT_EQ(bag(first, "Backup Size"), "2 MB") << "two disks of 700 kB in blocks of 256 KiB";
  ASSERT_EQ(first.history.tasks.size(), 2U);
  EXPECT_EQ(first.history.tasks[0].id, "Take Snapshot");
  EXPECT_EQ(first.history.tasks[1].id, "Transfer data to vault");
  for (const auto& task : first.history.tasks) {
    EXPECT_EQ(task.status, TaskStatus::completed) << task.id;
  }
  EXPECT_GE(first.history.bytes_new, 1'400'000U);
  auto item = now(machine);
  EXPECT_EQ(item.protection, ItemRecord::Protection::active);
  EXPECT_EQ(item.last_backup, LastBackup::completed);
  EXPECT_EQ(item.last_backup_time, first.started);

  fixture.clock.advance(std::chrono::hours{1});
  const auto before = read(image_path("vm1-os"));
  overwrite(image_path("vm1-os"), 600'000, "changed");
  const auto second = back_up(machine);
  EXPECT_EQ(second.status, JobStatus::completed);
  EXPECT_LE(second.history.bytes_new, 2 * vault::kAlignedChunk) << "one block of the image, and its map";
  EXPECT_GT(second.history.bytes_new, 0U);

  const auto made = points(machine);
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].bytes, 4U << 20);
  EXPECT_EQ(made[0].bytes_new, second.history.bytes_new);
  EXPECT_EQ(made[0].time, fixture.clock.now());
  EXPECT_TRUE(made[0].on_demand);
  EXPECT_EQ(made[0].policy_type, "V1");
  EXPECT_EQ(made[0].instant_until, fixture.clock.now() + std::chrono::hours{48});
  EXPECT_EQ(made[0].consistency, Consistency::file_system) << "nobody wrote while it was read";
  EXPECT_EQ(disk_in(made[1], -1), before);
  EXPECT_EQ(disk_in(made[0], -1), read(image_path("vm1-os")));
  EXPECT_EQ(disk_in(made[0], 0), read(image_path("data0")));

  const auto document = wire::parse_stored<MachineDocument>(made[0].source).value();
  EXPECT_EQ(document.name, "vm1");
  EXPECT_EQ(document.vm_size, "Standard_DS1_v2");
  ASSERT_EQ(document.disks.size(), 2U);
  EXPECT_EQ(document.disks[1].image, image_path("data0"));
  const auto bundle = workload::read_bundle(engines_vault().point(made[0].id).value().root).value();
  EXPECT_EQ(bundle.document, made[0].source) << "the point alone is enough to build the machine again";
  expect_whole();
}

TEST_F(BackupTest, OnlyChosenDisksTakePart) {
  engine->start();
  for (const auto& [choice, count] : {std::pair(DiskChoice{true, {}}, 1), std::pair(DiskChoice{false, {0}}, 1),
                                      std::pair(DiskChoice{true, {0}}, 2), std::pair(DiskChoice{false, {}}, 2)}) {
    machine.disks = choice;
    change([&](store::Writer& writer) { return update_item(writer, machine); });
    fixture.clock.advance(std::chrono::seconds{1});
    const auto done = back_up(machine);
    EXPECT_EQ(done.status, JobStatus::completed);
    const auto point = points(machine).front();
    const auto bundle = workload::read_bundle(engines_vault().point(point.id).value().root).value();
    EXPECT_EQ(bundle.parts.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(bundle.parts[0].name, "lun-1") << "the operating system's disk is always in";
    EXPECT_EQ(bag(done, "Excluded disk(s)"), count == 1 ? "data0" : "absent");
    EXPECT_EQ(bag(done, "Backed-up disk(s)"), count == 1 ? "vm1-os" : "absent");
  }
}

TEST_F(BackupTest, AShareIsStoredAndThenOnlyWhatChanged) {
  engine->start();
  const auto first = back_up(share);
  EXPECT_EQ(first.status, JobStatus::completed);
  EXPECT_EQ(bag(first, "File Share Name"), "share1");
  EXPECT_EQ(bag(first, "Whether job is adhoc or scheduled."), "True");
  EXPECT_GE(first.history.bytes_new, 300'000U);
  fixture.clock.advance(std::chrono::seconds{1});
  write(root / "share/c.txt", "gamma");
  const auto second = back_up(share);
  EXPECT_LT(second.history.bytes_new, 20'000U) << "a small file and the catalog";
  const auto made = points(share);
  ASSERT_EQ(made.size(), 2U);
  EXPECT_FALSE(made[0].instant_until) << "without a vault tier a point lives as a snapshot";
  EXPECT_EQ(tree_in(made[0])->items(), 5U);
  EXPECT_EQ(tree_in(made[1])->items(), 4U);
  expect_whole();
}

TEST_F(BackupTest, WhatIsWrongWithARequestIsRefused) {
  const auto refused = [&](const ItemRecord& item, const std::string& body, int status, std::string_view code) {
    const auto reply = fixture.post(item_at(item, "/backup"), body);
    EXPECT_EQ(reply.status, status) << body;
    EXPECT_NE(reply.body.find(fmt::format("\"{}\"", code)), std::string::npos) << reply.body;
  };
  const auto input = "BMSUserErrorInvalidInput";
  refused(machine, body_of(share), 400, input);
  refused(share, body_of(machine), 400, input);
  refused(machine, R"({"properties":{"objectType":"AzureWorkloadBackupRequest"}})", 400, input);
  refused(machine, R"({"properties":{}})", 400, input);
  refused(machine, "{}", 400, input);
  refused(machine, "backup", 400, input);
  refused(machine, body_of(machine, R"(,"recoveryPointExpiryTimeInUTC":"soon")"), 400, input);
  refused(machine, body_of(machine, R"(,"recoveryPointExpiryTimeInUTC":"2026-11-23T05:29:30Z")"), 400, input);
  auto unknown = machine;
  unknown.item = machine_item("rg", "vm2");
  refused(unknown, body_of(machine), 404, "BMSUserErrorDataSourceObjectNotFound");
  EXPECT_EQ(fixture.post(at("v2", item_path({}, machine) + "/backup"), body_of(machine)).status, 404);

  machine.protection = ItemRecord::Protection::stopped;
  change([&](store::Writer& writer) { return update_item(writer, machine); });
  refused(machine, body_of(machine), 400, "BMSUserErrorProtectionStopped");
  share.deleted = fixture.clock.now();
  change([&](store::Writer& writer) { return update_item(writer, share); });
  refused(share, body_of(share), 400, "BMSUserErrorProtectionStopped");
  EXPECT_EQ(provider->backups().start(machine, fixture.clock.now()).error().kind(), Errc::conflict);
}

TEST_F(BackupTest, ThePointLivesAsLongAsWasAsked) {
  engine->start();
  const auto expiry_after = [&](const std::string& asked) {
    fixture.clock.advance(std::chrono::seconds{1});
    const auto reply = fixture.post(item_at(machine, "/backup"),
                                    body_of(machine, fmt::format(R"(,"recoveryPointExpiryTimeInUTC":"{}")", asked)));
    EXPECT_EQ(ended(job_of(reply)).status, JobStatus::completed);
    return points(machine).front().expiry.value();
  };
  EXPECT_EQ(expiry_after("2030-02-01T00:00:00.000Z"), parse_time("2030-02-01").value());
  EXPECT_EQ(expiry_after("2130-02-01T00:00:00Z"), fixture.clock.now() + kLongestOnDemandLife) << "cut silently";
}

TEST_F(BackupTest, ATriggerIsFollowedAsRecorded) {
  EXPECT_EQ(exchange("backups_trigger/machine", Method::post, item_at(machine, "/backup"),
                     body_of(machine, R"(,"recoveryPointExpiryTimeInUTC":"2026-12-24T00:00:00.000Z")")),
            "");
  EXPECT_EQ(exchange("backups_trigger/share", Method::post, item_at(share, "/backup"), body_of(share)), "");
}

TEST_F(BackupTest, OneBackupOfAnItemAtATime) {
  jobs::StepBarrier gate;
  machines.on_image = [&](const Path&) { gate.pass(); };
  engine->start();
  const auto first = trigger(machine);
  gate.await_arrivals(1);
  const auto second = ask(machine);
  EXPECT_EQ(second.status, 409);
  EXPECT_NE(second.body.find("UserErrorBackupOperationInProgress"), std::string::npos) << second.body;
  EXPECT_NE(second.body.find(first.text()), std::string::npos) << "it names the job to wait for";
  EXPECT_EQ(provider->backups().start(machine, fixture.clock.now()).error().kind(), Errc::conflict);
  const auto other = trigger(share);
  EXPECT_EQ(ended(other).status, JobStatus::completed) << "other items are not held up";
  gate.open();
  EXPECT_EQ(ended(first).status, JobStatus::completed);
  EXPECT_EQ(points(machine).size(), 1U);
  fixture.clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(back_up(machine).status, JobStatus::completed);
}

TEST_F(BackupTest, ACancelledBackupLeavesNoPoint) {
  jobs::StepBarrier gate;
  machines.on_image = [&](const Path&) { gate.pass(); };
  engine->start();
  const auto id = trigger(machine);
  gate.await_arrivals(1);
  change([&](store::Writer& writer) { return engine->request_cancel(writer, id); });
  gate.open();
  const auto job = ended(id);
  EXPECT_EQ(job.status, JobStatus::cancelled);
  EXPECT_EQ(bag(job, "Backup Size"), "0 MB");
  EXPECT_TRUE(points(machine).empty());
  EXPECT_EQ(now(machine).last_backup, LastBackup::none);
  EXPECT_EQ(engines_vault().stats().value().points, 0U);
}

TEST_F(BackupTest, TheSchedulersBackupsLiveByThePolicy) {
  engine->start();
  const auto job = ended(provider->backups().start(share, fixture.clock.now()).value());
  EXPECT_EQ(job.status, JobStatus::completed);
  EXPECT_FALSE(job.about.user_triggered);
  EXPECT_EQ(bag(job, "Whether job is adhoc or scheduled."), "False");
  const auto point = points(share).front();
  EXPECT_FALSE(point.on_demand);
  EXPECT_FALSE(point.expiry);
  const auto scheduled = ended(provider->backups().start(machine, fixture.clock.now()).value());
  EXPECT_EQ(bag(scheduled, "Recovery Point Expiry Time in UTC"), "absent");
}

TEST_F(BackupTest, ThePolicysWordsGoIntoThePoint) {
  engine->start();
  machine.policy = "EnhancedPolicy";
  change([&](store::Writer& writer) { return update_item(writer, machine); });
  back_up(machine);
  EXPECT_EQ(points(machine).front().policy_type, "V2");
  EXPECT_EQ(points(machine).front().consistency, Consistency::file_system);
  std::string properties;
  change([&](store::Writer& writer) -> Result<> {
    TRY(const auto policy, find_policy(writer, vault.id, "EnhancedPolicy"));
    properties = policy.properties;
    return ok();
  });
  machine = now(machine);
  properties.insert(1, R"("snapshotConsistencyType":"OnlyCrashConsistent",)");
  put(machine, "Crash", properties);
  fixture.clock.advance(std::chrono::seconds{1});
  back_up(machine);
  EXPECT_EQ(points(machine).front().consistency, Consistency::crash);
  put(share, "Tiered", share_policy(kVaultRetention));
  back_up(share);
  EXPECT_EQ(points(share).front().instant_until, fixture.clock.now() + std::chrono::hours{24 * 5});
}

TEST_F(BackupTest, AVanishedSourceIsTheDocumentedError) {
  engine->start();
  const auto fails = [&](const ItemRecord& item, std::int64_t number, std::string_view title) {
    fixture.clock.advance(std::chrono::seconds{1});
    const auto job = back_up(item);
    EXPECT_EQ(job.status, JobStatus::failed);
    ASSERT_EQ(job.history.errors.size(), 1U);
    EXPECT_EQ(job.history.errors[0].number, number);
    EXPECT_EQ(job.history.errors[0].title, title);
    EXPECT_EQ(now(item).last_backup, LastBackup::failed);
    EXPECT_EQ(now(item).last_backup_time, job.started);
    EXPECT_EQ(job.history.tasks[0].status, TaskStatus::failed) << "in the snapshot";
    EXPECT_EQ(job.history.tasks[1].status, TaskStatus::not_started);
  };
  std::filesystem::remove(image_path("data0"));
  fails(machine, 440008, "UserErrorDiskNotFound");
  const auto told = fixture.get(item_at(machine, "", "2021-10-01")).body;
  const auto error = fmt::format(R"([{{"code":440008,"title":"UserErrorDiskNotFound","message":"{}",)"
                                 R"("recommendations":["{}"]}}])",
                                 "The image of the disk 'data0' was not found.", job_errors::kDiskNotFound.advice);
  EXPECT_NE(told.find(R"("healthDetails":)" + error), std::string::npos) << told;
  EXPECT_NE(told.find(R"("kpisHealths":{"BackupOperationStatusKPI":{"resourceHealthStatus":"PersistentDegraded",)"
                      R"("resourceHealthDetails":)" +
                      error),
            std::string::npos)
      << told;
  EXPECT_NE(told.find(R"("protectionState":"Protected")"), std::string::npos) << "though it has no point yet";
  std::filesystem::remove(image_path("vm1-os"));
  fails(machine, 400136, "UserErrorVmNotFoundV2");
  machines.machines.clear();
  fails(machine, 400136, "UserErrorVmNotFoundV2");
  std::filesystem::remove_all(root / "share");
  const auto gone = back_up(share);
  EXPECT_EQ(gone.status, JobStatus::failed);
  EXPECT_EQ(gone.history.errors.at(0).title, "FileShareNotFound");
  shares.all.clear();
  fails(share, 420001, "FileShareNotFound");
  EXPECT_TRUE(points(machine).empty());
  EXPECT_TRUE(points(share).empty());
}

/// The source is written to between being opened and being read completely. With a snapshot the point is one state of
/// it, as after a power failure; without one it may mix two, and the job reports that.
TEST_F(BackupTest, ASourceThatChangesWhileItIsReadIsReported) {
  machines.on_image = [&](const Path& path) {
    if (path == image_path("data0")) {
      overwrite(image_path("vm1-os"), 100, "written meanwhile");
    }
  };
  const auto image = workload::open_image(image_path("vm1-os")).value();
  overwrite(image_path("vm1-os"), 200, "can it be frozen?");
  const bool is_frozen = !image->changed().value();
  engine->start();
  const auto job = back_up(machine);
  EXPECT_EQ(job.status, is_frozen ? JobStatus::completed : JobStatus::completed_with_warnings);
  if (!is_frozen) {
    ASSERT_EQ(job.history.errors.size(), 1U);
    EXPECT_EQ(job.history.errors[0].title, "UserErrorSourceChangedDuringBackup");
    EXPECT_NE(job.history.errors[0].text.find("vm1-os"), std::string::npos) << "it names the disk";
    EXPECT_EQ(now(machine).last_backup, LastBackup::completed_with_warnings);
  }
  ASSERT_EQ(points(machine).size(), 1U);
  EXPECT_EQ(points(machine).front().consistency, Consistency::crash);
}

/// Runs as a user other than root, whom permissions do not stop.
struct AsNobody {
  AsNobody() : was(::geteuid()) {
    if (was == 0) {
      check(::seteuid(65534) == 0);
    }
  }
  ~AsNobody() { check(::seteuid(was) == 0); }
  const uid_t was;
};
class UnreadableTest : public AsNobody, public BackupWorld {};

TEST_F(UnreadableTest, FilesThatCannotBeReadAreListedAndTheRestIsStored) {
  for (int i = 0; i < 60; ++i) {
    const auto path = root / fmt::format("share/secret{:02}.txt", i);
    write(path, "secret");
    ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  }
  engine->start();
  const auto job = back_up(share);
  EXPECT_EQ(job.status, JobStatus::completed_with_warnings);
  ASSERT_EQ(job.history.errors.size(), 1U);
  EXPECT_EQ(job.history.errors[0].title, "UserErrorSomeFilesNotBackedUp");
  const auto& text = job.history.errors[0].text;
  EXPECT_TRUE(text.starts_with("60 entries could not be read: ")) << text;
  EXPECT_NE(text.find("secret07.txt"), std::string::npos) << text;
  EXPECT_NE(text.find("; and 10 more"), std::string::npos) << "the list is bounded: " << text;
  EXPECT_EQ(now(share).last_backup, LastBackup::completed_with_warnings);
  EXPECT_TRUE(tree_in(points(share).front())->find("a.txt"));
}

}  // namespace
}  // namespace quaymaster::recovery_services
