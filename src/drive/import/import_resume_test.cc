#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "drive/import/import_world_test.h"
#include "jobs/engine.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::drive {
namespace {

/// A server and a drive that cover every kind of event, created afresh for each death.
class World final : public ImportWorld {
 public:
  World() {
    put("box", "old.txt", "old");
    put("box", "keep.txt", "old");
    drive_.add("box/a.txt", "twenty bytes of text");
    drive_.add("box/old.txt", "renamed");
    drive_.add("box/old.txt", "renamed too");
    drive_.add("box/keep.txt", "skipped").disposition = Disposition::no_overwrite;
    drive_.add("box/fresh.txt", "fresh").disposition = Disposition::no_overwrite;
    drive_.add("box/wide.bin", std::string(150, 'w'), 100);
    drive_.add("box/bad.bin", "0123456789abcdefghij");
    scratch_.write("drive/session/7.bin", "0123456789ABCDEFGHIJ");
    drive_.add_pages("box/disk.vhd", std::string(1024, 'p'), {0, 512});
    drive_.add("box/last", "");
    task_.backup_manifest = true;
    finish_drive();
  }
  void TestBody() override {}

  Result<> run(TestHost& host) { return import(host, &reader()); }
  Result<> run_to_the_end(std::string saved) {
    TestHost host(*database_);
    host.saved = std::move(saved);
    return run(host);
  }

  bool reopen(Disk& disk) {
    blobs_ = nullptr;
    store_disk_ = &disk;
    auto objects = objects::open_directory(disk, scratch_.path() / "objects");
    if (!objects) {
      return false;
    }
    objects_ = std::move(objects).value();
    auto blobs = blob::open_store(*database_, *objects_, clock_);
    if (!blobs) {
      return false;
    }
    blobs_ = std::move(blobs).value();
    return true;
  }
  bool reopen() { return reopen(disk_); }

  store::Database& database() { return *database_; }
  SystemDisk& disk() { return disk_; }
  ManualClock& clock() { return clock_; }
  ImportServices all_services() { return services(); }
  const ImportTask& task() const { return task_; }
  DriveReader& drive() { return reader(); }
  const ImportLimits& limits() const { return limits_; }

  /// Everything about the import that a client can see.
  std::string outcome() {
    std::string told = to_json(progress_) + "\n";
    for (const auto container : {"box", "waimportexport"}) {
      for (const auto& [name, bytes] : blobs_of(container)) {
        told += fmt::format("{}/{}: {}\n", container, name, bytes);
      }
    }
    const auto lists = blobs_->get_block_lists({"account", "box", "bad.bin"}).value();
    for (const auto& block : lists.uncommitted) {
      told += "uncommitted " + block.id + "\n";
    }
    return told;
  }
};

std::string undisturbed() {
  World world;
  EXPECT_TRUE(world.run_to_the_end(""));
  return world.outcome();
}

TEST(ImportResume, AnExceptionInItsThreadsFailsTheImportWhichCanResume) {
  World world;
  TestHost host(world.database());
  const std::function<void()> throw_on_another_thread = [&, caller = std::this_thread::get_id()] {
    if (std::this_thread::get_id() != caller) {
      throw std::runtime_error("surprise");
    }
    host.before_save = throw_on_another_thread;
  };
  host.before_save = throw_on_another_thread;
  const auto failed = world.run(host);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), Errc::io);
  ASSERT_TRUE(world.run_to_the_end(host.saved));
  EXPECT_EQ(world.outcome(), undisturbed());
}

/// The process dies at its n-th call, before or just after the effect of that call became durable.
void kill_at_every_call(bool after_saving) {
  const auto expected = undisturbed();
  for (int n = 0;; ++n) {
    World world;
    TestHost host(world.database());
    host.dies_at = n;
    host.dies_after_saving = after_saving;
    const auto first = world.run(host);
    if (first) {
      EXPECT_GT(n, 20);  // number of opportunities to die
      EXPECT_EQ(world.outcome(), expected);
      return;
    }
    ASSERT_EQ(first.error().kind(), Errc::cancelled) << first.error().cause();
    ASSERT_TRUE(world.reopen());
    const auto second = world.run_to_the_end(host.saved);
    ASSERT_TRUE(second) << second.error().cause();
    ASSERT_EQ(world.outcome(), expected) << "killed at call " << n;
  }
}

TEST(ImportResume, KilledBeforeEachThingItSaves) {
  kill_at_every_call(false);
}
TEST(ImportResume, KilledAfterEachThingItSaves) {
  kill_at_every_call(true);
}

/// The host is called for every buffer, so that a cancel does not wait for the end of a blob.
class OneLargeBlob : public ImportWorld {};
TEST_F(OneLargeBlob, IsLeftInItsMiddleWhenTheJobIsCancelled) {
  const std::string large(100'000, 'l');
  drive_.add("box/large.bin", large, large.size(), false);
  finish_drive();
  TestHost host(*database_);
  host.dies_at = 20;
  const auto stopped = import(host, &reader());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind(), Errc::cancelled);
  EXPECT_GT(host.last_live, 0U);
  EXPECT_LE(host.last_live, 20 * limits_.slot_bytes);
  EXPECT_EQ(text("box", "large.bin"), "error: not_found");

  host.dies_at = -1;
  ASSERT_TRUE(import(host, &reader()));
  EXPECT_EQ(progress_.status, "Completed");
  EXPECT_EQ(text("box", "large.bin"), large);
}

/// Our own disk fails at its n-th operation, once or permanently.
void fail_every_disk_operation(Errc kind, bool for_good) {
  const auto expected = undisturbed();
  for (int n = 0;; ++n) {
    World world;
    FailingDisk failing(world.disk(), n, kind, for_good);
    TestHost host(world.database());
    Result<> first = io("the store could not be opened");
    if (world.reopen(failing)) {
      first = world.run(host);
    }
    const bool failed = failing.has_failed();
    if (!first) {
      ASSERT_TRUE(failed) << first.error().cause();
      if (!host.saved.empty() || first.error().kind() != Errc::io) {
        EXPECT_TRUE(first.error().kind() == Errc::no_space || first.error().kind() == Errc::busy)
            << name(first.error().kind()) << " " << first.error().cause();
      }
      ASSERT_TRUE(world.reopen());
      const auto second = world.run_to_the_end(host.saved);
      ASSERT_TRUE(second) << second.error().cause();
    } else {
      ASSERT_TRUE(world.reopen());
    }
    ASSERT_EQ(world.outcome(), expected) << "failed at operation " << n;
    if (!failed) {
      EXPECT_GT(n, 50);
      return;
    }
  }
}

TEST(ImportResume, ContinuesAfterTheDiskWasFull) {
  fail_every_disk_operation(Errc::no_space, true);
}
TEST(ImportResume, ContinuesAfterATransientDiskError) {
  fail_every_disk_operation(Errc::io, false);
}
TEST(ImportResume, ContinuesAfterADiskThatDied) {
  fail_every_disk_operation(Errc::io, true);
}

TEST(ImportResume, FindsALostSpool) {
  World world;
  std::string saved;
  for (int n = 0; saved.empty() || parse_import_progress(saved).value().error_log_size == 0; ++n) {
    TestHost host(world.database());
    host.saved = saved;
    host.dies_at = n;
    ASSERT_FALSE(world.run(host));
    saved = host.saved;
  }
  std::filesystem::remove(world.task().work_directory / "error.xml");
  EXPECT_EQ(world.run_to_the_end(saved).error().kind(), Errc::corrupt);
}

TEST(ImportResume, RunsInAJob) {
  static const store::Schema kSchemas[] = {blob::schema(), jobs::schema()};
  World world;
  const auto database = store::open_in_memory(kSchemas).value();
  const auto objects = objects::open_directory(world.disk(), world.task().work_directory / "objects").value();
  const auto blobs = blob::open_store(*database, *objects, world.clock()).value();
  CountingRandom random;
  jobs::Engine engine(*database, world.clock(), random);
  const auto import = [&](jobs::Run& run) -> Result<> {
    TRY(auto progress, parse_import_progress(run.data()));
    JobImportHost host(run);
    const ImportServices services{*blobs, *database, world.disk(), world.clock()};
    return import_drive(services, world.task(), &world.drive(), host, progress, world.limits());
  };
  engine.add({"import", {{"import", import}}, {}});
  engine.start();
  Guid id;
  ASSERT_TRUE(database->write([&](store::Writer& writer) -> Result<> {
    TRY(id, engine.create(writer, {"import", "subject", "{}"}));
    return ok();
  }));
  const auto record = engine.wait(id, world.clock().now() + std::chrono::hours{1});
  ASSERT_TRUE(record) << record.error().cause();
  EXPECT_EQ(record.value().state, jobs::State::succeeded) << record.value().reason;
  const auto progress = parse_import_progress(record.value().data);
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress.value().status, "CompletedWithErrors");
  EXPECT_EQ(record.value().bytes_done, progress.value().bytes_total);
}

}  // namespace
}  // namespace quaymaster::drive
