// Restores of machines through the API and the engine.
#include <sys/mount.h>

#include "base/log.h"
#include "providers/recovery_services/restores/restore_world_test.h"
#include "providers/recovery_services/restores/vhd.h"
#include "testing/base/failing_disk.h"

namespace quaymaster::recovery_services {
namespace {

using testing::HasSubstr;

class RestoreMachine : public RestoreWorld {
 protected:
  std::string blob_text(const std::string& container, const std::string& name) {
    const auto blob = blobs->open_blob({"sa1", container, name});
    if (!blob) {
      return blob.error().cause();
    }
    Buffer bytes(blob.value()->info().size);
    EXPECT_EQ(blob.value()->read(0, bytes).value(), bytes.size());
    return std::string(bytes.begin(), bytes.end());
  }
  std::vector<std::string> blob_names(const std::string& container) {
    std::vector<std::string> names;
    const auto page = blobs->list_blobs("sa1", container, {}).value();
    for (const auto& item : page.items) {
      names.push_back(item.blob->name);
    }
    return names;
  }
  std::string only_container() {
    const auto all = blobs->list_containers("sa1", "", "", 10).value().containers;
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? "" : all.front().name;
  }
  arm::Machine machine(const std::string& id) {
    return with<arm::Machine>([&](store::Reader& reader) { return stored.by_id(reader, id); });
  }
  std::string to_account() const {
    return fmt::format(R"({},"storageAccountId":"{}")", kDisks, SomeAccounts::id("sa1"));
  }
  std::string to_directory(const Path& directory) const {
    return fmt::format(R"({},"quaymasterTargetDirectory":"{}")", kDisks, directory.native());
  }
  Path images() const { return stored.directories.front(); }
  std::set<std::string> image_files() const {
    auto names = names_below(images());
    for (const auto* own : {"vm1", "vm1/os.raw", "vm1/data.raw"}) {
      names.erase(own);
    }
    return names;
  }
  /// Mounts a separate file system of one MiB at that directory; false if mounting is not possible.
  static bool mount_small(const Path& directory) {
    return ::mount("none", directory.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  std::string alternate(const std::string& name = "vm2") const {
    return fmt::format(
        R"("objectType":"IaasVMRestoreRequest","recoveryType":"AlternateLocation","targetVirtualMachineId":"{}/providers/Microsoft.Compute/virtualMachines/{}","targetResourceGroupId":"{}")",
        group_id("other"), name, group_id("other"));
  }
  static constexpr std::string_view kOriginal =
      R"("objectType":"IaasVMRestoreRequest","recoveryType":"OriginalLocation")";
};

TEST_F(RestoreMachine, ToNewFilesInADirectory) {
  const auto target = images() / "restored";
  restore(machine_item, to_directory(target));
  EXPECT_EQ(read_text(target / "vm1-os.raw"), os_bytes);
  EXPECT_EQ(read_text(target / "vm1-data.raw"), data_bytes);
  EXPECT_EQ(held_targets(), std::vector<std::string>{});
  EXPECT_FALSE(ask(machine_item, to_directory(target)));
  EXPECT_EQ(code(), "UserErrorRestoreTargetExists");
  EXPECT_EQ(refused.status, 409);
}

/// Before a worker has started it.
TEST_F(RestoreMachine, ItsJobShowsProgressFromTheStart) {
  for (const auto& request :
       {to_account(), fmt::format(R"({},"storageAccountId":"{}")", kOriginal, SomeAccounts::id("sa1")),
        fmt::format(R"({},"storageAccountId":"{}")", alternate(), SomeAccounts::id("sa1")),
        fmt::format(R"({},"identityBasedRestoreDetails":{{"targetStorageAccountId":"{}"}})", kDisks,
                    SomeAccounts::id("sa1"))}) {
    const auto job = ask(machine_item, request);
    ASSERT_TRUE(job) << refused.body;
    const auto told = fixture.get(at("v1", "/backupJobs/" + job->text())).body;
    EXPECT_THAT(told, HasSubstr(R"({"taskId":"Transfer data from vault","duration":"PT0S","status":"InProgress",)"));
    EXPECT_THAT(told, HasSubstr(R"("taskType":"Normal")"));
    EXPECT_THAT(told, HasSubstr(R"("Target Storage Account Name":"sa1")"));
    EXPECT_THAT(told, HasSubstr(R"("progressPercentage":1.0)"));
  }
}

/// The form of 2019-05-13.
TEST_F(RestoreMachine, AFlatQuestionIsValidated) {
  const auto ask_about = [&](const std::string& point) {
    return fixture.post(at("v1", "/backupValidateOperation", "2019-05-13"),
                        fmt::format(R"({{"objectType":"ValidateIaasVMRestoreOperationRequest","restoreRequest":{{{},)"
                                    R"("recoveryPointId":"{}","sourceResourceId":"{}"}}}})",
                                    to_account(), point, machine_id));
  };
  EXPECT_EQ(ask_about("1001").body, R"({"validateOperationResponse":{"validationResults":[]}})");
  EXPECT_THAT(ask_about("7").body, HasSubstr("BMSUserErrorRecoveryPointNotFound"));
  EXPECT_EQ(fixture.post(at("v1", "/backupValidateOperation"), "{}").status, 400);
}

TEST_F(RestoreMachine, ToPageBlobsWithDocuments) {
  const auto job = restore(machine_item, to_account());
  const auto container = only_container();
  EXPECT_THAT(container, testing::MatchesRegex("vm1-[0-9a-f]{32}"));
  const auto names = blob_names(container);
  ASSERT_EQ(names.size(), 4U);
  EXPECT_EQ(names[0], "azuredeploy" + job.text() + ".json");
  EXPECT_EQ(names[1], "config-vm1-" + job.text() + ".json");
  const auto data = blob_text(container, names[2]);
  const auto os = blob_text(container, names[3]);
  ASSERT_EQ(os.size(), os_bytes.size() + kVhdFooterSize);
  EXPECT_EQ(os.substr(0, os_bytes.size()), os_bytes);
  EXPECT_EQ(data.substr(0, data_bytes.size()), data_bytes);
  EXPECT_EQ(os.substr(os_bytes.size(), 8), "conectix");
  EXPECT_EQ(blobs->get_blob({"sa1", container, names[3]}).value().type, blob::Type::page);
  EXPECT_THAT(blob_text(container, names[0]), HasSubstr(names[3]));
  EXPECT_THAT(blob_text(container, names[1]), HasSubstr("https://localhost:10000/sa1/" + container + "/" + names[2]));
}

TEST_F(RestoreMachine, ToManagedDisksOfAnotherGroup) {
  restore(machine_item, to_account() + fmt::format(R"(,"targetResourceGroupId":"{}")", group_id("other")));
  std::vector<std::pair<std::string, std::string>> disks;
  ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) {
    return reader.each("SELECT id, image FROM test_disks WHERE id LIKE '%/resourcegroups/other/%' ORDER BY id",
                       [&](const store::Row& row) -> Result<> {
                         disks.emplace_back(row.text(0), row.text(1));
                         return ok();
                       });
  }));
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_EQ(read_text(disks[0].second), data_bytes);
  EXPECT_EQ(read_text(disks[1].second), os_bytes);
  const auto container = only_container();
  const auto names = blob_names(container);
  ASSERT_EQ(names.size(), 2U) << "the disks are images, only the documents are blobs";
  EXPECT_THAT(to_lower(blob_text(container, names[0])), HasSubstr(disks[1].first));
}

TEST_F(RestoreMachine, OriginalLocationPutsNewDisksInPlaceOfTheOld) {
  put_file(images() / "vm1/os.raw", "broken by an update");
  restore(machine_item, std::string(kOriginal));
  const auto now = machine(machine_id);
  EXPECT_EQ(read_text(now.os_disk.image), os_bytes);
  ASSERT_EQ(now.data_disks.size(), 1U);
  EXPECT_EQ(read_text(now.data_disks[0].image), data_bytes);
  EXPECT_EQ(read_text(images() / "vm1/os.raw"), "broken by an update") << "the old images are left alone";
}

TEST_F(RestoreMachine, AlternateLocationMakesAMachine) {
  restore(machine_item, alternate());
  const auto made = machine(group_id("other") + "/providers/Microsoft.Compute/virtualMachines/vm2");
  EXPECT_EQ(made.name, "vm2");
  EXPECT_EQ(read_text(made.os_disk.image), os_bytes);
  ASSERT_EQ(made.data_disks.size(), 1U);
  EXPECT_EQ(made.data_disks[0].lun, 0);
  EXPECT_EQ(read_text(made.data_disks[0].image), data_bytes);
  EXPECT_FALSE(ask(machine_item, alternate()));
  EXPECT_EQ(code(), "UserErrorRestoreTargetExists");
}

TEST_F(RestoreMachine, OnlyTheDisksThatAreNamed) {
  restore(machine_item, to_directory(images() / "os-only") + R"(,"restoreDiskLunList":[])");
  EXPECT_EQ(names_below(images() / "os-only"), std::set<std::string>{"vm1-os.raw"});
  restore(machine_item, to_directory(images() / "both") + R"(,"restoreDiskLunList":[0])");
  EXPECT_EQ(names_below(images() / "both"), (std::set<std::string>{"vm1-os.raw", "vm1-data.raw"}));
}

TEST_F(RestoreMachine, InvalidRequestsAreRefusedAtOnce) {
  const auto account = SomeAccounts::id("sa1");
  const auto vm = arm::ArmFixture::group_path("rg") + "/providers/Microsoft.Compute/virtualMachines/";
  std::filesystem::create_directory_symlink(root, images() / "out");
  struct Case {
    std::string properties;
    std::string code;
    std::string says;
  };
  const std::string disks(kDisks);
  const std::vector<Case> cases = {
      {R"("recoveryType":"RestoreDisks")", "BMSUserErrorInvalidInput", "objectType"},
      {R"("objectType":"IaasVMRestoreRequest")", "BMSUserErrorInvalidInput", "recoveryType"},
      {R"("objectType":"IaasVMRestoreRequest","recoveryType":"Offline")", "BMSUserErrorInvalidInput", "Offline"},
      {R"("objectType":"AzureFileShareRestoreRequest","recoveryType":"OriginalLocation")", "BMSUserErrorInvalidInput",
       "IaasVMRestoreRequest"},
      {disks, "BMSUserErrorInvalidInput", "storageAccountId"},
      {disks + R"(,"storageAccountId":"nonsense")", "UserErrorStorageAccountNotFound|BMSUserErrorInvalidInput",
       "nonsense"},
      {disks + R"(,"storageAccountId":")" + SomeAccounts::id("none") + "\"", "UserErrorStorageAccountNotFound", "none"},
      {to_account() + R"(,"recoveryPointId":"7")", "BMSUserErrorInvalidInput", "'7'"},
      {to_account() + R"(,"sourceResourceId":")" + vm + "vm9\"", "BMSUserErrorInvalidInput", "vm9"},
      {to_account() + R"(,"region":"eastus")", "BMSUserErrorInvalidInput", "eastus"},
      {to_account() + R"(,"restoreDiskLunList":[5])", "BMSUserErrorInvalidInput", "LUN 5"},
      {to_account() + R"(,"targetResourceGroupId":"/subscriptions/x")", "BMSUserErrorInvalidInput", "resource group"},
      {to_account() + R"(,"targetResourceGroupId":")" + group_id("nowhere") + "\"", "BMSUserErrorInvalidInput",
       "nowhere"},
      {to_account() + R"(,"virtualNetworkId":"net")", "BMSUserErrorInvalidInput", "net"},
      {to_directory("relative/path"), "BMSUserErrorInvalidInput", "absolute"},
      {to_directory(root / "objects/vaults"), "UserErrorRestoreTargetNotAllowed", "image-directories"},
      {to_directory(images() / "../docs"), "UserErrorRestoreTargetNotAllowed", "image-directories"},
      {to_directory(images() / "out"), "UserErrorRestoreTargetNotAllowed", "image-directories"},
      {to_directory(images() / "out/docs"), "UserErrorRestoreTargetNotAllowed", "image-directories"},
      {to_directory(images() / "no/such"), "UserErrorRestoreTargetNotAllowed", "image-directories"},
      {to_directory(images() / "vm1/os.raw"), "UserErrorRestoreTargetNotAllowed", "image-directories"},
      {R"("objectType":"IaasVMRestoreRequest","recoveryType":"AlternateLocation")", "BMSUserErrorInvalidInput",
       "targetVirtualMachineId"},
      {R"("objectType":"IaasVMRestoreRequest","recoveryType":"AlternateLocation","targetVirtualMachineId":"x")",
       "BMSUserErrorInvalidInput", "'x'"},
      {alternate() + R"(,"targetResourceGroupId":")" + group_id("rg") + "\"", "BMSUserErrorInvalidInput", "group"},
      {R"("objectType":"IaasVMRestoreRequest","recoveryType":"AlternateLocation","targetVirtualMachineId":")" + vm +
           "vm1\"",
       "UserErrorRestoreTargetExists", "vm1"},
  };
  for (const auto& one : cases) {
    EXPECT_FALSE(ask(machine_item, one.properties)) << one.properties;
    EXPECT_THAT(one.code, HasSubstr(code())) << refused.body;
    EXPECT_THAT(refused.body, HasSubstr(one.says));
    EXPECT_THAT(refused.status, testing::AnyOf(400, 409)) << refused.body;
  }
  EXPECT_EQ(fixture.post(point_path(machine_item, "/restore"), "{").status, 400);
  EXPECT_EQ(fixture.post(point_path(machine_item, "/restore"), "{}").status, 400);
  EXPECT_EQ(fixture.post(point_path(machine_item, "/restore", "77"), "{\"properties\":{" + to_account() + "}}").status,
            404);
  auto unknown = machine_item;
  unknown.item = "VM;iaasvmcontainerv2;rg;vm7";
  EXPECT_EQ(fixture.post(point_path(unknown, "/restore"), "{\"properties\":{" + to_account() + "}}").status, 404);
  EXPECT_EQ(image_files(), std::set<std::string>{"out"});
  EXPECT_EQ(held_targets(), std::vector<std::string>{});
}

TEST_F(RestoreMachine, NeverWhereTheServerKeepsItsOwnData) {
  stored.directories.push_back(root);
  stored.own = {root / "objects"};
  EXPECT_FALSE(ask(machine_item, to_directory(root / "objects")));
  EXPECT_EQ(code(), "UserErrorRestoreTargetNotAllowed") << refused.body;
  EXPECT_THAT(refused.body, HasSubstr("directories for images"));
  EXPECT_FALSE(ask(machine_item, to_directory(root / "objects/vaults/new")));
  EXPECT_EQ(code(), "UserErrorRestoreTargetNotAllowed") << refused.body;
}

TEST_F(RestoreMachine, ADeletedItemMustBeUndeletedFirst) {
  machine_item.deleted = fixture.clock.now();
  write([this](store::Writer& writer) { return update_item(writer, machine_item); });
  EXPECT_FALSE(ask(machine_item, to_account()));
  EXPECT_EQ(code(), "BMSUserErrorItemSoftDeleted");
}

TEST_F(RestoreMachine, WithoutTheMachineItsDisksAreNotReplaced) {
  write([](store::Writer& writer) -> Result<> {
    TRY(writer.change("DELETE FROM test_machines"));
    return ok();
  });
  EXPECT_FALSE(ask(machine_item, std::string(kOriginal)));
  EXPECT_EQ(code(), "UserErrorVmNotFoundV2");
  restore(machine_item, alternate());  // the point contains everything a new machine needs
}

TEST_F(RestoreMachine, TwoRestoresCannotShareATarget) {
  const auto first = ask(machine_item, std::string(kOriginal));
  ASSERT_TRUE(first) << refused.body;
  EXPECT_FALSE(ask(machine_item, std::string(kOriginal)));
  EXPECT_EQ(code(), "UserErrorAnotherRestoreInProgressOnSameTarget");
  EXPECT_THAT(refused.body, HasSubstr(first->text()));
  EXPECT_TRUE(ask(machine_item, to_account())) << "another target is free";
  finish(*first);
  EXPECT_TRUE(ask(machine_item, std::string(kOriginal))) << refused.body;
}

TEST_F(RestoreMachine, AFileThatAppearsMeanwhileIsNotTouched) {
  const auto job = ask(machine_item, to_directory(images() / "new"));
  ASSERT_TRUE(job);
  put_file(images() / "new/vm1-data.raw", "somebody else's");
  const auto record = finish(*job);
  EXPECT_EQ(record.state, jobs::State::failed);
  EXPECT_EQ(record.error_code, "UserErrorRestoreTargetExists");
  EXPECT_EQ(image_files(), (std::set<std::string>{"new", "new/vm1-data.raw"})) << "what it had written is taken back";
  EXPECT_EQ(read_text(images() / "new/vm1-data.raw"), "somebody else's");
}

TEST_F(RestoreMachine, ADirectoryThatTurnsIntoALinkIsNotFollowed) {
  const auto job = ask(machine_item, to_directory(images() / "new"));
  ASSERT_TRUE(job);
  std::filesystem::create_directory_symlink(make_directory("trap"), images() / "new");
  EXPECT_EQ(finish(*job).error_code, "UserErrorRestoreTargetNotAllowed");
  EXPECT_EQ(names_below(root / "trap"), std::set<std::string>{});
}

/// Nothing may be created before permission was checked.
TEST_F(RestoreMachine, ADirectoryAboveThatTurnsIntoALinkIsNotFollowed) {
  make_directory("images/tenant");
  const auto job = ask(machine_item, to_directory(images() / "tenant/new"));
  ASSERT_TRUE(job) << refused.body;
  std::filesystem::remove(images() / "tenant");
  std::filesystem::create_directory_symlink(make_directory("trap"), images() / "tenant");
  EXPECT_EQ(finish(*job).error_code, "UserErrorRestoreTargetNotAllowed");
  EXPECT_EQ(names_below(root / "trap"), std::set<std::string>{});
}

TEST_F(RestoreMachine, AFullDiskIsReportedAndNothingIsLost) {
  const auto target = make_directory("images/small");
  if (!mount_small(target)) {
    GTEST_SKIP() << "no file system of its own can be mounted here";
  }
  const auto job = ask(machine_item, to_directory(target));
  ASSERT_TRUE(job) << refused.body;
  const auto record = finish(*job);
  EXPECT_EQ(record.state, jobs::State::failed);
  EXPECT_EQ(record.error_code, "UserErrorRestoreTargetFull");
  EXPECT_EQ(names_below(target), std::set<std::string>{});
  ::umount(target.c_str());
  EXPECT_EQ(held_targets(), std::vector<std::string>{});
}

TEST_F(RestoreMachine, ADamagedPointIsNeverRestored) {
  close();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "objects")) {
    if (entry.is_regular_file() && entry.file_size() > 100'000) {
      auto text = read_text(entry.path());
      for (std::size_t at = 5'000; at < text.size(); at += 10'000) {
        text[at] = static_cast<char>(text[at] ^ 0x40);
      }
      std::filesystem::permissions(entry.path(), std::filesystem::perms::owner_all);
      put_file(entry.path(), text);
    }
  }
  reopen(*fixture.database);
  log::set_sink([](std::string_view) {});
  const auto job = ask(machine_item, to_directory(images() / "new"));
  ASSERT_TRUE(job);
  const auto record = finish(*job);
  log::set_sink(nullptr);
  EXPECT_EQ(record.state, jobs::State::failed);
  EXPECT_EQ(record.error_code, "UserErrorRecoveryPointDamaged") << record.reason;
  EXPECT_EQ(image_files(), std::set<std::string>{"new"});
}

TEST_F(RestoreMachine, ACancelledRestoreRemovesWhatItWrote) {
  std::optional<Guid> job;
  stored.looked = [&](const Path& path) {
    if (is_running && path.filename() == "vm1-data.raw") {  // the second disk: the first one is complete by now
      EXPECT_TRUE(fixture.database->write([&](store::Writer& writer) { return engine->request_cancel(writer, *job); }));
    }
  };
  job = ask(machine_item, alternate());
  ASSERT_TRUE(job) << refused.body;
  EXPECT_EQ(finish(*job).state, jobs::State::cancelled);
  EXPECT_EQ(image_files(), std::set<std::string>{});
  EXPECT_EQ(held_targets(), std::vector<std::string>{});
}

TEST_F(RestoreMachine, KilledAnywhereItEndsAsIfItHadNotBeen) {
  log::set_sink([](std::string_view) {});
  for (const bool last_one_is_kept : {false, true}) {
    bool survived = false;
    int deaths = 0;
    for (int n = 0; !survived; ++n) {
      const auto name = fmt::format("vm-{}-{}", last_one_is_kept, n);
      const auto job = ask(machine_item, alternate(name));
      ASSERT_TRUE(job) << refused.body;
      survived = !run_and_die(*job, n, last_one_is_kept);
      deaths += survived ? 0 : 1;
      const auto made = machine(group_id("other") + "/providers/Microsoft.Compute/virtualMachines/" + name);
      EXPECT_EQ(read_text(made.os_disk.image), os_bytes);
      ASSERT_EQ(made.data_disks.size(), 1U);
      EXPECT_EQ(read_text(made.data_disks[0].image), data_bytes);
      EXPECT_EQ(held_targets(), std::vector<std::string>{});
      ASSERT_FALSE(HasFailure()) << "died at write " << n;
      ASSERT_LT(n, 100);
      reopen(*fixture.database);
      is_running = false;
    }
    EXPECT_GE(deaths, 5);
  }
  log::set_sink(nullptr);
}

TEST_F(RestoreMachine, EveryFailureOfTheDiskLeavesNothingHalfDone) {
  log::set_sink([](std::string_view) {});
  bool succeeded = false;
  for (int n = 0; !succeeded; ++n) {
    FailingDisk failing(disk, n, Errc::io);
    other_disk = &failing;
    reopen(*fixture.database);
    is_running = false;
    const auto target = images() / fmt::format("try{}", n);
    const auto job = ask(machine_item, to_directory(target));
    if (job) {
      succeeded = finish(*job).state == jobs::State::succeeded && !failing.has_failed();
    }
    EXPECT_EQ(held_targets(), std::vector<std::string>{});
    other_disk = nullptr;
    reopen(*fixture.database);
    is_running = false;
    std::filesystem::remove_all(target);
    restore(machine_item, to_directory(target));
    EXPECT_EQ(read_text(target / "vm1-os.raw"), os_bytes);
    ASSERT_LT(n, 60);
    ASSERT_FALSE(HasFailure()) << "at operation " << n;
  }
  log::set_sink(nullptr);
}

TEST_F(RestoreMachine, AValidationSaysWhatARestoreWould) {
  const auto body = [&](const std::string& properties) {
    return fmt::format(
        R"({{"id":"{}","properties":{{"objectType":"ValidateIaasVMRestoreOperationRequest","restoreRequest":{{{}}}}}}})",
        point_path(machine_item).substr(0, point_path(machine_item).find('?')), properties);
  };
  EXPECT_EQ(fixture.post(at("v1", "/backupValidateOperation"), body(to_account())).body,
            R"({"validateOperationResponse":{"validationResults":[]}})");
  const auto bad = fixture.post(at("v1", "/backupValidateOperation"), body(to_account() + R"(,"region":"eastus")"));
  EXPECT_EQ(bad.status, 200);
  EXPECT_THAT(bad.body, HasSubstr(R"("code":"BMSUserErrorInvalidInput")"));

  const auto waits = fixture.post(at("v1", "/backupTriggerValidateOperation"), body(to_account()));
  EXPECT_EQ(waits.status, 202);
  EXPECT_THAT(fixture.get(followed(waits, "Azure-AsyncOperation")).body,
              HasSubstr(R"("properties":{"objectType":"OperationStatusValidateOperationExtendedInfo",)"
                        R"("validateOperationResponse":{"validationResults":[]}})"));
  const auto result = fixture.get(followed(waits, "Location"));
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.body, R"({"validateOperationResponse":{"validationResults":[]}})");

  EXPECT_EQ(fixture.post(at("v1", "/backupValidateOperation"), "{}").status, 400);
  EXPECT_EQ(
      fixture
          .post(
              at("v1", "/backupValidateOperation"),
              R"({"properties":{"objectType":"X","restoreRequest":{"objectType":"a","recoveryType":"RestoreDisks"}}})")
          .status,
      400);
}

TEST(Vhd, FooterIsWhatTheSpecificationSays) {
  const auto footer = vhd_footer(2 * kMiB, Time(std::chrono::seconds(946'684'800 + 5)), {});
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < footer.size(); ++i) {
    sum += i >= 64 && i < 68 ? 0 : footer[i];
  }
  const auto stored = (footer[64] << 24U) | (footer[65] << 16U) | (footer[66] << 8U) | footer[67];
  EXPECT_EQ(static_cast<std::uint32_t>(stored), ~sum);
  EXPECT_EQ(footer[27], 5) << "seconds since 2000";
  EXPECT_EQ(footer[63], 2) << "a fixed disk";
  EXPECT_EQ(vhd_disk_size(1), kMiB);
  EXPECT_EQ(vhd_disk_size(kMiB), kMiB);
}

}  // namespace
}  // namespace quaymaster::recovery_services
