#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "base/log.h"
#include "testing/jobs/engine_fixture.h"
#include "testing/store/dying_database.h"

namespace quaymaster::jobs {
namespace {

class EngineCrash : public EngineTest {
 protected:
  /// Three steps; the second saves after each of four entries, one transaction with the entry's effect.
  static Kind kind() {
    return {"import",
            {{"plan",
              [](jobs::Run& run) -> Result<> {
                // Its effect and its data are committed together, so the data show whether it ran before.
                return run.data().empty() ? run.save("0", effect(run.record().id, "planned")) : Result<>(ok());
              }},
             {"copy",
              [](jobs::Run& run) -> Result<> {
                for (int next = std::stoi(run.data()); next < 4; ++next) {
                  TRY(run.continue_or_cancel());
                  run.progress(static_cast<std::uint64_t>(next + 1), 4);
                  TRY(run.save(std::to_string(next + 1), effect(run.record().id, fmt::format("entry {}", next))));
                }
                return ok();
              }},
             {"log", [](jobs::Run& run) -> Result<> { return run.save("4 logged"); }}},
            [](store::Writer& w, const Record& record) -> Result<> {
              TRY(w.change("INSERT INTO effect (job, what) VALUES (?, ?)", record.id.text(), "ended"));
              return ok();
            }};
  }
};

/// An effect applied twice would violate its primary key and fail the job, so the end state shows it.
TEST_F(EngineCrash, EndsAsIfItHadNeverDiedWhereverItDies) {
  log::set_sink([](std::string_view) {});
  for (const bool last_one_is_kept : {false, true}) {
    bool survived = false;
    int deaths = 0;
    for (int n = 0; !survived; ++n) {
      store::DyingDatabase dying(*database_, n, last_one_is_kept);
      Guid id;
      {
        Engine first(dying, clock_, random_, {.workers = 1, .alone = true});
        first.add(kind());
        id = create(first, "import");
        first.start();
        survived = !dying.await_death([&] { return is_final(get(first, id).state); });
      }
      deaths += survived ? 0 : 1;
      Engine second(*database_, clock_, random_, {.workers = 1, .alone = true});
      second.add(kind());
      second.start();
      const auto record = wait(second, id);
      EXPECT_EQ(record.state, State::succeeded) << record.reason;
      EXPECT_EQ(record.data, "4 logged");
      EXPECT_EQ(record.step, "");
      EXPECT_EQ(record.bytes_done, 4U);
      EXPECT_EQ(effects(id),
                (std::vector<std::string>{"ended", "entry 0", "entry 1", "entry 2", "entry 3", "planned"}));
      ASSERT_FALSE(HasFailure()) << "died at write " << n;
      ASSERT_LT(n, 100);
    }
    EXPECT_GE(deaths, 10) << "take-over, claim, six saves, two steps and the end are points to die at";
  }
  log::set_sink(nullptr);
}

TEST_F(EngineCrash, LeavesADeadEnginesJobAloneUntilItsLeaseRunsOut) {
  log::set_sink([](std::string_view) {});
  Guid id;
  {
    store::DyingDatabase dying(*database_, 3, false);
    Engine first(dying, clock_, random_, {.workers = 1});
    first.add(kind());
    id = create(first, "import");
    first.start();
    ASSERT_TRUE(dying.await_death([] { return false; }));
  }
  log::set_sink(nullptr);
  const auto engine = make_engine({.workers = 1});
  engine->add(kind());
  engine->start();
  const auto early = engine->wait(id, clock_.now()).value();
  EXPECT_EQ(early.state, State::running);
  clock_.advance(std::chrono::seconds{29});
  EXPECT_EQ(get(*engine, id).state, State::running);
  EXPECT_EQ(get(*engine, id).attempts, early.attempts);
  // However late the engine looked, it looks again when the lease becomes due.
  clock_.advance(std::chrono::seconds{2});
  EXPECT_EQ(wait(*engine, id).state, State::succeeded);
}

/// A step that stood still while its lease ran out and that nothing has told so: its changes are refused, under `hold`
/// as under `save`, also when its own engine has the job again by then.
TEST_F(EngineCrash, AStepThatWasHeldUpWritesNothingOnceTheJobIsElsewhere) {
  for (const bool comes_back : {false, true}) {
    StepBarrier gate;
    StepBarrier others;
    std::vector<Errc> refused;
    auto slow = make_engine({.workers = 1});
    auto quick = make_engine({.workers = 1});
    std::atomic<int> runs{0};
    slow->add({"import",
               {{"only",
                 [&](jobs::Run& run) -> Result<> {
                   if (runs++ > 0) {
                     return ok();
                   }
                   gate.pass();
                   const auto held = database_->write([&](store::Writer& writer) -> Result<> {
                     TRY(run.hold(writer));
                     return effect(run.record().id, "slow")(writer);
                   });
                   const auto saved = run.save("slow", effect(run.record().id, "slow"));
                   refused = {held ? Errc::io : held.error().kind(), saved ? Errc::io : saved.error().kind()};
                   return saved;
                 }}},
               {}});
    quick->add({"import",
                {{"only",
                  [&](jobs::Run& run) -> Result<> {
                    others.pass();
                    return database_->write([&](store::Writer& writer) -> Result<> {
                      TRY(run.hold(writer));
                      return effect(run.record().id, "quick")(writer);
                    });
                  }}},
                {}});
    slow->start();
    const auto id = create(*slow, "import");
    gate.await_arrivals(1);
    // As if its whole process had stood still past its lease.
    Buffer owner;
    ASSERT_TRUE(database_->write([&](store::Writer& w) -> Result<> {
      return w.each(
          "UPDATE job SET due = 0 WHERE id = ? RETURNING lease_owner",
          [&](const store::Row& row) -> Result<> {
            owner.assign(row.blob(0).begin(), row.blob(0).end());
            return ok();
          },
          Bytes(id.bytes));
    }));
    quick->start();
    others.await_arrivals(1);
    if (comes_back) {
      ASSERT_TRUE(database_->write([&](store::Writer& w) {
        return w.expect(1, Errc::conflict, "UPDATE job SET lease_owner = ? WHERE id = ?", owner, Bytes(id.bytes));
      }));
    } else {
      others.open();
      EXPECT_EQ(wait(*quick, id).state, State::succeeded);
    }
    gate.open();
    slow->drain();
    EXPECT_EQ(refused, (std::vector{Errc::cancelled, Errc::cancelled})) << comes_back;
    others.open();
    quick->drain();
    EXPECT_EQ(effects(id), comes_back ? std::vector<std::string>{} : std::vector<std::string>{"quick"});
  }
}

TEST_F(EngineCrash, LosesAJobThatAnotherEngineTookOver) {
  auto slow = make_engine({.workers = 1});
  auto quick = make_engine({.workers = 1});
  StepBarrier gate;
  std::optional<Errc> refused;
  slow->add({"import",
             {{"only",
               [&](jobs::Run& run) -> Result<> {
                 gate.pass();
                 const auto saved = run.save("slow", effect(run.record().id, "slow"));
                 refused = saved ? std::nullopt : std::optional(saved.error().kind());
                 EXPECT_FALSE(run.continue_or_cancel());
                 return saved;
               }}},
             {}});
  quick->add(
      {"import", {{"only", [](jobs::Run& run) { return run.save("quick", effect(run.record().id, "quick")); }}}, {}});
  slow->start();
  const auto id = create(*slow, "import");
  gate.await_arrivals(1);
  // As if it had slept past its lease.
  ASSERT_TRUE(database_->write([](store::Writer& w) -> Result<> {
    TRY(w.change("UPDATE job SET due = 0"));
    return ok();
  }));
  quick->start();
  EXPECT_EQ(wait(*quick, id).state, State::succeeded);
  gate.open();
  slow->drain();
  EXPECT_EQ(refused, Errc::cancelled);
  EXPECT_EQ(effects(id), std::vector<std::string>{"quick"});
  EXPECT_EQ(get(*quick, id).data, "quick");
}

TEST_F(EngineCrash, KeepsALongStepsLeaseAlive) {
  const auto engine = make_engine({.workers = 1});
  const auto other = make_engine({.workers = 1});
  StepBarrier gate;
  std::atomic<int> ran{0};
  const auto kind = [&] {
    return Kind{"import", {{"only", [&](jobs::Run&) -> Result<> { return ++ran, gate.pass(), ok(); }}}, {}};
  };
  engine->add(kind());
  other->add(kind());
  engine->start();
  const auto id = create(*engine, "import");
  gate.await_arrivals(1);
  for (int i = 0; i < 10; ++i) {
    const auto due_before = clock_.now() + std::chrono::seconds{30};
    clock_.advance(std::chrono::seconds{10});
    // The renewal runs on its own thread: wait until it has been written.
    for (Time due{}; due <= due_before;) {
      ASSERT_TRUE(database_->read([&](store::Reader& r) -> Result<> {
        TRY(r.first("SELECT due FROM job", [&](const store::Row& row) { due = row.time(0); }));
        return ok();
      }));
    }
  }
  other->start();
  gate.open();
  EXPECT_EQ(wait(*engine, id).state, State::succeeded);
  other->drain();
  EXPECT_EQ(ran, 1);
}

TEST_F(EngineCrash, SharesWorkBetweenEnginesWithoutDoingAStepTwice) {
  std::mutex mutex;
  std::map<Guid, int> inside;
  std::map<Guid, int> steps;
  int engines_used[2] = {0, 0};
  const auto kind = [&](int engine) {
    const auto step = [&, engine](jobs::Run& run) -> Result<> {
      const auto id = run.record().id;
      {
        const std::lock_guard lock(mutex);
        EXPECT_EQ(++inside[id], 1) << "twice at the same time";
        ++steps[id];
        ++engines_used[engine];
      }
      TRY(run.save(run.data() + "x"));
      const std::lock_guard lock(mutex);
      --inside[id];
      return ok();
    };
    return Kind{"import", {{"one", step}, {"two", step}, {"three", step}}, {}};
  };
  const auto one = make_engine({.workers = 3});
  const auto two = make_engine({.workers = 3});
  one->add(kind(0));
  two->add(kind(1));
  std::vector<Guid> ids;
  for (int i = 0; i < 60; ++i) {
    ids.push_back(create(*one, "import"));
  }
  one->start();
  two->start();
  for (const auto& id : ids) {
    Record record;
    do {  // either engine may end it
      record = get(*one, id);
    } while (!is_final(record.state));
    EXPECT_EQ(record.state, State::succeeded);
    EXPECT_EQ(record.data, "xxx");
  }
  one->drain();
  two->drain();
  for (const auto& id : ids) {
    EXPECT_EQ(steps[id], 3);
  }
  EXPECT_GT(engines_used[0], 0);
  EXPECT_GT(engines_used[1], 0);
}

}  // namespace
}  // namespace quaymaster::jobs
