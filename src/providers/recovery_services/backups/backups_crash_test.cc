// Backups that die, run out of space or meet a failing disk at every possible point.
#include <limits>

#include "base/log.h"
#include "providers/recovery_services/backups/backup_world_test.h"
#include "testing/base/failing_disk.h"
#include "testing/store/dying_database.h"
#include "testing/store/forwarding_database.h"

namespace quaymaster::recovery_services {
namespace {

/// From its n-th change on, the first job that runs is taken over by an engine elsewhere just before a change, as from
/// a process that stood still for longer than its lease.
class StealingDatabase final : public store::ForwardingDatabase {
 public:
  StealingDatabase(store::Database& real, int from) : ForwardingDatabase(real), from_(from) {}
  bool has_stolen() const { return has_stolen_; }
  /// How many points there were then.
  std::size_t points() const { return points_; }
  /// A later change was refused since the job is elsewhere.
  bool has_refused() const { return has_refused_; }

 private:
  void enqueue(store::Keys keys, Change change, Done done) override {
    if (next_.fetch_add(1) >= from_ && !has_stolen_) {
      std::int64_t stolen = 0;
      check(static_cast<bool>(real().write([&](store::Writer& writer) -> Result<> {
        TRY(writer.first("SELECT count(*) FROM rs_points",
                         [this](const store::Row& row) { points_ = static_cast<std::size_t>(row.integer(0)); }));
        TRY(stolen, writer.change("UPDATE job SET lease_owner = zeroblob(16), taken = taken + 1 WHERE state = 1"));
        return ok();
      })));
      has_stolen_ = stolen > 0;
    }
    real().submit(std::move(keys), std::move(change), [this, done = std::move(done)](Result<> outcome) mutable {
      if (has_stolen_ && !outcome && outcome.error().kind() == Errc::cancelled) {
        has_refused_ = true;
      }
      done(std::move(outcome));
    });
  }

  const int from_;
  std::atomic<int> next_{0};
  std::atomic<std::size_t> points_{0};
  std::atomic<bool> has_stolen_{false};
  std::atomic<bool> has_refused_{false};
};

class BackupCrash : public BackupWorld {
 protected:
  void SetUp() override {
    BackupWorld::SetUp();
    log::set_sink([](std::string_view) {});
  }
  ~BackupCrash() override { log::set_sink(nullptr); }

  /// Simulates a restart with this database and disk.
  void reopen(store::Database& database, Disk& on) {
    close();
    object_disk = &on;
    open(database);
  }
  /// How many writes it takes before the engine can be started.
  int writes_of_opening() {
    const auto before = fixture.database->statistics().changes;
    reopen(*fixture.database, disk);
    return static_cast<int>(fixture.database->statistics().changes - before);
  }
  /// The same for disk operations.
  int operations_of_opening() {
    FailingDisk counting(disk, std::numeric_limits<int>::max(), Errc::io);
    reopen(*fixture.database, counting);
    const auto count = counting.operations();
    reopen(*fixture.database, disk);
    return count;
  }
  void expect_everything_restores() {
    for (const auto& point : points(machine)) {
      EXPECT_EQ(disk_in(point, -1), workload::test::read(image_path("vm1-os")));
      EXPECT_EQ(disk_in(point, 0), workload::test::read(image_path("data0")));
    }
    for (const auto& point : points(share)) {
      EXPECT_EQ(tree_in(point)->items(), 4U);
    }
    expect_whole();
  }
  bool is_final(const Guid& id) {
    jobs::Record record;
    check(static_cast<bool>(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(record, engine->get(reader, id));
      return ok();
    })));
    return jobs::is_final(record.state);
  }
};

TEST_F(BackupCrash, EndsAsIfItHadNeverDiedWhereverItDies) {
  const int opening = writes_of_opening();
  for (const bool last_one_is_kept : {false, true}) {
    bool survived = false;
    int deaths = 0;
    for (int n = 0; !survived; ++n) {
      const auto points_before = points(machine).size();
      const auto id = trigger(machine);
      store::DyingDatabase dying(*fixture.database, opening + n, last_one_is_kept);
      reopen(dying, disk);
      engine->start();
      survived = !dying.await_death([&] { return is_final(id); });
      deaths += survived ? 0 : 1;
      reopen(*fixture.database, disk);
      engine->start();
      const auto job = ended(id);
      EXPECT_EQ(job.status, JobStatus::completed);
      EXPECT_EQ(bag(job, "Backup Size"), "2 MB");
      for (const auto& task : job.history.tasks) {
        EXPECT_EQ(task.status, TaskStatus::completed);
      }
      EXPECT_EQ(points(machine).size(), points_before + 1) << "one point, not none and not two";
      EXPECT_EQ(engines_vault().points(machine.id.text()).value().size(), points_before + 1);
      reopen(*fixture.database, disk);  // not started: the next request waits for the engine that will die
      ASSERT_FALSE(HasFailure()) << "died at write " << n;
      ASSERT_LT(n, 60);
      fixture.clock.advance(std::chrono::minutes{1});
    }
    // A process that dies after its last write was kept may be seen as finished before it is seen as dead.
    EXPECT_GE(deaths, 5) << "claim, two tasks, the pack, the point and the end are points to die at";
  }
  expect_everything_restores();
}

/// Whichever change of a backup is the first to come too late: the point is the other engine's to make.
TEST_F(BackupCrash, ABackupThatLostItsJobCommitsNoPoint) {
  const int opening = writes_of_opening();
  int lost = 0;
  for (int n = 0;; ++n) {
    const auto before = points(machine).size();
    const auto id = trigger(machine);
    StealingDatabase stealing(*fixture.database, opening + n);
    reopen(stealing, disk);
    engine->start();
    while (!stealing.has_refused() && !is_final(id)) {
      std::this_thread::yield();
    }
    const bool was_lost = stealing.has_stolen();
    EXPECT_EQ(points(machine).size(), was_lost ? stealing.points() : before + 1) << "taken over at change " << n;
    reopen(*fixture.database, disk);
    engine->start();
    EXPECT_EQ(ended(id).status, JobStatus::completed);
    EXPECT_EQ(points(machine).size(), before + 1) << "taken over at change " << n;
    reopen(*fixture.database, disk);  // not started: the next request waits for the engine that will lose it
    ASSERT_FALSE(HasFailure());
    ASSERT_LT(n, 60);
    fixture.clock.advance(std::chrono::minutes{1});
    if (!was_lost) {
      break;
    }
    ++lost;
  }
  EXPECT_GE(lost, 5) << "two tasks, the pack, the point and the end";
  expect_everything_restores();
}

TEST_F(BackupCrash, WhatWasStoredBeforeADeathIsNotStoredAgain) {
  const int opening = writes_of_opening();
  const auto id = trigger(machine);
  std::uint64_t stored = 0;
  for (int n = 0; stored == 0; ++n) {
    ASSERT_LT(n, 60);
    store::DyingDatabase dying(*fixture.database, opening + n, false);
    reopen(dying, disk);
    engine->start();
    if (!dying.await_death([&] { return is_final(id); })) {
      break;
    }
    reopen(*fixture.database, disk);
    stored = engines_vault().stats().value().bytes_plain;
  }
  ASSERT_GT(stored, 0U) << "it died after its packs were known";
  engine->start();
  const auto job = ended(id);
  EXPECT_EQ(job.status, JobStatus::completed);
  EXPECT_LT(job.history.bytes_new, 300'000U) << "of 1.4 MB at most what had not been sealed";
  expect_everything_restores();
}

/// A disk that fails once costs at most the job, never the vault.
TEST_F(BackupCrash, AFailingDiskCostsOneJobAndNoPoint) {
  const int opening = operations_of_opening();
  int failures = 0;
  for (int n = 0;; ++n) {
    ASSERT_LT(n, 400);
    FailingDisk failing(disk, opening + n, Errc::io);
    const auto points_before = points(share).size();
    reopen(*fixture.database, failing);
    engine->start();
    const auto job = back_up(share);
    failures += job.status == JobStatus::failed ? 1 : 0;
    EXPECT_EQ(points(share).size(), points_before + (job.status == JobStatus::completed ? 1 : 0));
    const bool is_over = !failing.has_failed();
    reopen(*fixture.database, disk);
    ASSERT_FALSE(HasFailure()) << "at operation " << n;
    fixture.clock.advance(std::chrono::minutes{1});
    if (is_over) {
      EXPECT_EQ(job.status, JobStatus::completed);
      break;
    }
  }
  EXPECT_GT(failures, 5);
  expect_everything_restores();
}

TEST_F(BackupCrash, AFullDiskPausesTheBackupUntilThereIsSpace) {
  for (const auto& item : {machine, share}) {
    FailingDisk full(disk, operations_of_opening() + 4, Errc::no_space, true);
    reopen(*fixture.database, full);
    engine->start();
    const auto id = trigger(item);
    jobs::Record record;
    do {
      ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
        TRY(record, engine->get(reader, id));
        return ok();
      }));
      ASSERT_FALSE(jobs::is_final(record.state)) << record.reason;
    } while (record.state != jobs::State::paused);
    EXPECT_NE(record.reason.find("no space left"), std::string::npos) << record.reason;
    EXPECT_EQ(job(id).status, JobStatus::in_progress);
    EXPECT_TRUE(points(item).empty());
    reopen(*fixture.database, disk);  // after space was freed
    engine->start();
    fixture.clock.advance(std::chrono::minutes{2});
    EXPECT_EQ(ended(id).status, JobStatus::completed);
    EXPECT_EQ(points(item).size(), 1U);
  }
  expect_everything_restores();
}

}  // namespace
}  // namespace quaymaster::recovery_services
