// What an upgraded server does with the jobs that its predecessor left: kinds have other steps, and records of the
// first schema hold the position of the next step instead of its name.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "base/log.h"
#include "store/sqlite/open_sqlite.h"
#include "testing/jobs/engine_fixture.h"

namespace quaymaster::jobs {
namespace {

class EngineUpgrade : public EngineTest {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory_);
    open(1);
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(directory_);
    log::set_sink(nullptr);
  }

  /// With the tables as they were after so many steps of the schema.
  void open(std::size_t version) {
    database_.reset();
    auto jobs = schema();
    jobs.steps = jobs.steps.first(version);
    auto opened = store::open_sqlite(directory_ / "records.db", std::span(&jobs, 1), &clock_);
    ASSERT_TRUE(opened) << opened.error().cause();
    database_ = std::move(opened).value();
  }
  void upgrade() { open(schema().steps.size()); }

  /// A job as the first schema had it: paused, and `position` steps of it are done.
  Guid old_job(int position, Time due = {}) {
    const auto id = random_.guid();
    EXPECT_TRUE(database_->write([&](store::Writer& w) -> Result<> {
      TRY(
          w.change("INSERT INTO job (id, kind, subject, state, cancel_requested, step, attempts, parameters, data, "
                   "bytes_done, bytes_total, reason, error_code, created, started, updated, due, pauses) "
                   "VALUES (?, 'import', 'vault', 2, 0, ?, 1, '{}', 'saved', 0, 0, 'waits', '', 0, 0, 0, ?, 1)",
                   Bytes(id.bytes), position, due));
      return ok();
    }));
    return id;
  }

  /// A kind with these steps; each notes that it ran, and `stuck` does not get on.
  Kind kind(std::vector<std::string_view> names, std::string_view stuck = "") {
    Kind kind{"import", {}, {}};
    for (const auto name : names) {
      kind.steps.push_back({name, [this, name, stuck](jobs::Run& run) -> Result<> {
                              const std::lock_guard lock(mutex_);
                              ran_.emplace_back(name);
                              EXPECT_EQ(run.record().step, name);
                              EXPECT_EQ(run.data(), "saved");
                              return name == stuck ? Result<>(busy("stuck")) : Result<>(ok());
                            }});
    }
    return kind;
  }
  std::vector<std::string> ran() {
    const std::lock_guard lock(mutex_);
    return std::exchange(ran_, {});
  }

  /// Runs an engine with `kind` until the job waits at its stuck step.
  void run_until_stuck(Kind kind, const Guid& id) {
    const auto engine = make_engine({.workers = 1, .alone = true});
    engine->add(std::move(kind));
    engine->start();
    while (get(*engine, id).attempts < 2 || get(*engine, id).state != State::paused) {
      std::this_thread::yield();
    }
  }
  Record run_to_its_end(Kind kind, const Guid& id) {
    const auto engine = make_engine({.workers = 1, .alone = true});
    engine->add(std::move(kind));
    engine->start();
    clock_.advance(kLongestWait);
    return wait(*engine, id);
  }

  static constexpr Ticks kLongestWait = std::chrono::minutes{2};
  const Path directory_ = Path(testing::TempDir()) / fmt::format("qm-jobs-{}", ::getpid());
  std::mutex mutex_;
  std::vector<std::string> ran_;
};

using Names = std::vector<std::string>;

TEST_F(EngineUpgrade, GoesOnAtThePositionThatAnOldRecordHolds) {
  const auto begun = old_job(0);
  const auto half = old_job(1);
  const auto done = old_job(2);
  upgrade();
  EXPECT_EQ(run_to_its_end(kind({"first", "second"}), begun).state, State::succeeded);
  EXPECT_EQ(run_to_its_end(kind({"first", "second"}), half).state, State::succeeded);
  EXPECT_EQ(run_to_its_end(kind({"first", "second"}), done).state, State::succeeded);
  auto all = ran();
  std::ranges::sort(all);
  EXPECT_EQ(all, (Names{"first", "second", "second"}));
}

TEST_F(EngineUpgrade, KeepsTheStepThroughRestartsInWhichItsPositionMoves) {
  log::set_sink([](std::string_view) {});
  const auto id = old_job(1);
  upgrade();
  run_until_stuck(kind({"first", "second", "third"}, "second"), id);
  EXPECT_EQ(ran(), Names{"second"});
  upgrade();
  const auto moved = std::vector<std::string_view>{"second", "new", "first", "third"};
  {
    const auto engine = make_engine({.workers = 1, .alone = true});
    engine->add(kind(moved, "new"));
    engine->start();
    clock_.advance(kLongestWait);
    while (get(*engine, id).step != "new" || get(*engine, id).state != State::paused) {
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(ran(), (Names{"second", "new"}));
  upgrade();
  EXPECT_EQ(run_to_its_end(kind({"zeroth", "third", "new", "last"}), id).state, State::succeeded);
  EXPECT_EQ(ran(), (Names{"new", "last"}));
}

/// A job may outwait the version that reads positions.
TEST_F(EngineUpgrade, NamesTheStepsOfJobsThatItDoesNotTakeUp) {
  const auto id = old_job(1, clock_.now() + std::chrono::seconds{30});
  upgrade();
  {
    const auto engine = make_engine({.workers = 1, .alone = true});
    engine->add(kind({"first", "second"}));
    engine->start();
    EXPECT_EQ(get(*engine, id).step, "second");
  }
  EXPECT_EQ(ran(), Names{});
  upgrade();
  EXPECT_EQ(run_to_its_end(kind({"zeroth", "first", "second"}), id).state, State::succeeded);
  EXPECT_EQ(ran(), Names{"second"});
}

TEST_F(EngineUpgrade, FailsAJobWhoseNextStepIsGone) {
  static std::string logged;
  log::set_sink([](std::string_view line) { logged += line; });
  const auto id = old_job(1);
  upgrade();
  run_until_stuck(kind({"first", "second", "third"}, "second"), id);
  ran();
  upgrade();
  auto without = kind({"first", "third"});
  int ended = 0;
  without.ended = [&](store::Writer&, const Record& record) -> Result<> {
    EXPECT_EQ(record.state, State::failed);
    return ++ended, ok();
  };
  const auto record = run_to_its_end(without, id);
  EXPECT_EQ(record.state, State::failed);
  EXPECT_EQ(record.reason,
            "Another version of the server began this job. Its next step, 'second', is not part of it in this version. "
            "Start the operation again.");
  EXPECT_EQ(record.step, "second");
  EXPECT_EQ(ended, 1);
  EXPECT_NE(logged.find("'second', is not part of it"), std::string::npos) << logged;
  EXPECT_EQ(ran(), Names{});
}

TEST_F(EngineUpgrade, FailsAJobWhosePositionIsBeyondItsKind) {
  log::set_sink([](std::string_view) {});
  const auto id = old_job(4);
  upgrade();
  const auto record = run_to_its_end(kind({"first", "second", "third"}), id);
  EXPECT_EQ(record.state, State::failed);
  EXPECT_NE(record.reason.find("'4'"), std::string::npos) << record.reason;
  EXPECT_EQ(ran(), Names{});
}

TEST_F(EngineUpgrade, CancelsAJobWhoseNextStepIsGone) {
  log::set_sink([](std::string_view) {});
  const auto id = old_job(7);
  upgrade();
  const auto engine = make_engine({.workers = 1, .alone = true});
  ASSERT_TRUE(cancel(*engine, id));  // it does not know the kind, so it cannot end the job
  EXPECT_EQ(run_to_its_end(kind({"first"}), id).state, State::cancelled);
}

/// Nothing of it was done, so nothing binds it to the steps of the version that created it.
TEST_F(EngineUpgrade, BeginsAJobThatWasNeverTakenUpWithTheFirstStepOfNow) {
  upgrade();
  const auto id = [&] {
    const auto engine = make_engine();
    return create(*engine, "import");
  }();
  upgrade();
  const auto engine = make_engine();
  EXPECT_EQ(get(*engine, id).step, std::nullopt);
  std::string began;
  engine->add({"import",
               {{"zeroth", [&](jobs::Run& run) -> Result<> { return began = run.record().step.value(), ok(); }},
                {"first", [](jobs::Run&) -> Result<> { return ok(); }}},
               {}});
  engine->start();
  EXPECT_EQ(wait(*engine, id).step, "");
  EXPECT_EQ(began, "zeroth");
}

}  // namespace
}  // namespace quaymaster::jobs
