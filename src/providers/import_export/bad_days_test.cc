// Kill and resume, and a full disk: the job ends as if nothing had happened.
#include <gmock/gmock.h>

#include "base/files/space.h"
#include "providers/import_export/world_test.h"
#include "testing/base/budget_disk.h"
#include "testing/store/dying_database.h"
#include "testing/store/failing_database.h"

namespace quaymaster::import_export {
namespace {

using testing::HasSubstr;

class BadDays : public World {
 protected:
  /// Expects exactly what an undisturbed import leaves behind.
  void expect_as_if_nothing_had_been(const std::string& job, const std::string& drive) {
    EXPECT_EQ(state(job) + ": " + drive_states(job), "Completed: Completed");
    std::size_t imported = 0;
    for (const auto& name : names_in("photos")) {
      imported += name.starts_with(drive + "/") ? 1 : 0;
    }
    EXPECT_EQ(imported, 5U) << "a blob made before the kill was taken for somebody else's";
    std::size_t logs = 0;
    for (const auto& name : names_in("waimportexport")) {
      logs += name.starts_with("waies/" + job + "_") ? 1 : 0;
    }
    EXPECT_EQ(logs, 3U) << "manifest, error log, verbose log";
    EXPECT_FALSE(std::filesystem::exists(settings.spool) && !std::filesystem::is_empty(settings.spool));
  }
};

TEST_F(BadDays, KilledAtAnyWriteItGoesOnWhereItWas) {
  int job_number = 0;
  for (const bool last_one_is_kept : {false, true}) {
    int deaths = 0;
    for (bool survived = false; !survived;) {
      const auto number = std::to_string(++job_number);
      const auto job = "j" + number;
      const auto drive = "WD" + number;
      ship(job, {{drive, make_drive(drive)}}, R"("logLevel":"Verbose","backupDriveManifest":true,)");
      put_at_dock(drive);
      close();
      {
        store::DyingDatabase dying(*fixture.database, deaths, last_one_is_kept);
        if (open(dying)) {
          run_jobs();
          survived = !dying.await_death([&] {
            (void)provider->look_at_dock();
            (void)provider->keep();
            return is_final(record(job).state);
          });
        }
        close();
      }
      ASSERT_TRUE(open(*fixture.database));
      run_jobs();
      check_dock_twice();
      finish(job);
      expect_as_if_nothing_had_been(job, drive);
      ASSERT_FALSE(HasFailure()) << "died at write " << deaths << (last_one_is_kept ? ", which was kept" : "");
      deaths += survived ? 0 : 1;
      ASSERT_LT(deaths, 200);
    }
    EXPECT_GT(deaths, 15) << "arrival, transitions, steps, saves in the copy and the end are points to die at";
  }
}

/// The real disk until it is full: then writing fails and everything else works.
class FullDisk final : public Disk {
 public:
  explicit FullDisk(Disk& real) : real_(real) {}
  std::atomic<bool> full = false;

  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override {
    TRY(auto file, real_.open(path, mode));
    return std::make_unique<FullFile>(*this, std::move(file));
  }
  Result<FileStatus> status(const Path& path) override { return real_.status(path); }
  Result<std::vector<std::string>> list(const Path& directory) override { return real_.list(directory); }
  Result<> make_directories(const Path& path) override { return real_.make_directories(path); }
  Result<> rename(const Path& from, const Path& to) override { return real_.rename(from, to); }
  Result<> rename_new(const Path& from, const Path& to) override { return real_.rename_new(from, to); }
  Result<> remove(const Path& path) override { return real_.remove(path); }
  Result<> sync_directory(const Path& path) override { return real_.sync_directory(path); }
  Result<std::uint64_t> free_bytes(const Path& path) override { return full ? 0 : real_.free_bytes(path); }

 private:
  class FullFile final : public File {
   public:
    FullFile(FullDisk& disk, std::unique_ptr<File> real) : disk_(disk), real_(std::move(real)) {}
    Result<std::size_t> read_at(MutableBytes into, std::uint64_t offset) override {
      return real_->read_at(into, offset);
    }
    Result<> write_at(Bytes bytes, std::uint64_t offset) override {
      return disk_.full ? Result<>(no_space("the test's disk is full")) : real_->write_at(bytes, offset);
    }
    Result<> sync() override { return real_->sync(); }
    Result<std::uint64_t> size() override { return real_->size(); }
    Result<> truncate(std::uint64_t size) override { return real_->truncate(size); }
    Result<> reserve(std::uint64_t offset, std::uint64_t size) override { return real_->reserve(offset, size); }
    int descriptor() const override { return real_->descriptor(); }

   private:
    FullDisk& disk_;
    const std::unique_ptr<File> real_;
  };
  Disk& real_;
};

TEST_F(BadDays, OnAFullDiskTheJobPausesAndGoesOnWhenThereIsRoom) {
  FullDisk full_disk(disk);
  disk_in_use = &full_disk;
  restart();
  ship("j1", {{"WD1", make_drive("WD1")}}, R"("logLevel":"Verbose","backupDriveManifest":true,)");
  put_at_dock("WD1");
  check_dock_twice();
  keep();
  full_disk.full = true;
  run_jobs();
  const auto shown = [&] { return fixture.get(job_path("j1")).body; };
  while (shown().find("Paused") == std::string::npos) {
    std::this_thread::yield();
  }
  EXPECT_THAT(shown(), HasSubstr(R"("state":"Transferring")"));
  EXPECT_THAT(shown(), HasSubstr(R"("copyStatus":"Paused: )"));
  EXPECT_THAT(shown(), testing::Not(HasSubstr("the test's disk"))) << "the cause is for the log";
  EXPECT_EQ(provider->drives_now().paused, 1U) << "for /metrics";

  full_disk.full = false;
  while (!record("j1").drives[0].outcome) {
    fixture.clock.advance(std::chrono::seconds{1});
    std::this_thread::yield();
  }
  finish("j1");
  EXPECT_EQ(provider->drives_now().paused + provider->drives_now().running, 0U);
  expect_as_if_nothing_had_been("j1", "WD1");
}

TEST_F(BadDays, AJobThatCouldNotBeRecordedMovesOnWithinSecondsOfSpace) {
  store::FailingDatabase records(*fixture.database);
  close();
  ASSERT_TRUE(open(records));
  ship("j1", {{"WD1", make_drive("WD1")}});
  put_at_dock("WD1");
  check_dock_twice();
  ASSERT_EQ(state("j1"), "Shipping");
  records.fail_from_now(0, Errc::no_space, true, store::FailingDatabase::Only::changes);
  provider->start();
  while (!records.has_failed()) {
    std::this_thread::yield();
  }
  records.fail_from_now(-1, Errc::io);
  const auto made = fixture.clock.now();
  while (state("j1") == "Shipping") {
    fixture.clock.advance(std::chrono::milliseconds{1});
    std::this_thread::yield();
  }
  EXPECT_LT(fixture.clock.now() - made, std::chrono::seconds{30})
      << "it looks once a minute when nothing is the matter";
  close();  // before its records are destroyed
}

TEST_F(BadDays, WithTooLittleRoomTheImportGoesOnAsSoonAsThereIsMore) {
  BudgetDisk small(disk, 6 * kMiB);
  const Space space(small, scratch.path(), kMiB);
  disk_in_use = &small;
  space_in_use = &space;
  settings.import_limits = {
      .slots = 3, .slot_bytes = 256 * kKiB, .slot_pieces = 8, .batch_blobs = 1, .batch_bytes = kMiB};
  restart();
  auto& drive = *drives.emplace_back(std::make_unique<drive::TestDrive>(scratch, "workshop/WD1"));
  for (const char letter : {'a', 'b', 'c', 'd'}) {  // two fit; there is still room after them, but not for the third
    drive.add(fmt::format("photos/WD1/{}", letter), std::string(2 * kMiB, letter), kMiB, false);
  }
  const auto hash = drive.finish("WD1");
  drive.write("DriveId", "WD1\n");
  ship("j1", {{"WD1", hash}});
  put_at_dock("WD1");
  check_dock_twice();
  keep();
  run_jobs();
  const auto work = [&] {
    jobs::Record found;
    EXPECT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(found, engine->get(reader, *record("j1").drives[0].work));
      return ok();
    }));
    return found;
  };
  // Keeps failing until the delay is at its longest: each attempt of an import costs disk work.
  auto now = work();
  for (int tries = 0; tries < 8 || now.state != jobs::State::paused; now = work()) {
    tries = std::max(tries, now.attempts);
    fixture.clock.advance(now.state == jobs::State::paused && tries < 8 ? Ticks(std::chrono::seconds{1}) : Ticks{0});
    std::this_thread::yield();
  }
  EXPECT_THAT(fixture.get(job_path("j1")).body, HasSubstr(R"("bytesSucceeded":4194304)"));

  small.resize(16 * kMiB);
  const auto made = fixture.clock.now();
  while (work().state == jobs::State::paused) {
    fixture.clock.advance(std::chrono::milliseconds{10});
    std::this_thread::yield();
  }
  EXPECT_LT(fixture.clock.now() - made, std::chrono::seconds{30}) << "the delay is a minute";
  while (!record("j1").drives[0].outcome) {
    std::this_thread::yield();
  }
  EXPECT_EQ(record("j1").drives[0].outcome->status, "Completed");
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    EXPECT_EQ(blob_text("photos", fmt::format("WD1/{}", letter)), std::string(2 * kMiB, letter));
  }
  close();  // before the disk and its stored data are destroyed
}

}  // namespace
}  // namespace quaymaster::import_export
