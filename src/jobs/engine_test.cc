#include "jobs/engine.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

#include "testing/jobs/engine_fixture.h"

namespace quaymaster::jobs {
namespace {

constexpr ErrorRow kUnplugged{409, "DriveUnplugged", "The drive {} was unplugged. Dock it again."};

TEST_F(EngineTest, CarriesAJobFromStepToStep) {
  const auto engine = make_engine();
  std::string order;
  engine->add({"import",
               {{"first",
                 [&](jobs::Run& run) -> Result<> {
                   order += "first ";
                   EXPECT_EQ(run.record().step, "first");
                   EXPECT_EQ(run.record().attempts, 1);
                   EXPECT_EQ(run.record().state, State::running);
                   EXPECT_EQ(run.data(), "");
                   run.progress(10, 20);
                   TRY(run.save("half"));
                   EXPECT_EQ(run.data(), "half");
                   return run.save("whole", effect(run.record().id, "copied"));
                 }},
                {"second",
                 [&](jobs::Run& run) -> Result<> {
                   order += "second ";
                   EXPECT_EQ(run.record().step, "second");
                   EXPECT_EQ(run.record().attempts, 1);
                   EXPECT_EQ(run.record().data, "whole");
                   return ok();
                 }}},
               [&](store::Writer& w, const Record& record) -> Result<> {
                 w.after_commit([&] { order += "ended"; });
                 EXPECT_EQ(record.state, State::succeeded);
                 TRY(w.change("INSERT INTO effect (job, what) VALUES (?, ?)", record.id.text(), "ended"));
                 return ok();
               }});
  const auto id = create(*engine, "import", "vault/a");
  EXPECT_EQ(get(*engine, id).state, State::queued);
  engine->start();
  const auto record = wait(*engine, id);
  EXPECT_EQ(order, "first second ended");
  EXPECT_EQ(record.state, State::succeeded);
  EXPECT_EQ(record.subject, "vault/a");
  EXPECT_EQ(record.parameters, "{}");
  EXPECT_EQ(record.data, "whole");
  EXPECT_EQ(record.bytes_done, 10U);
  EXPECT_EQ(record.bytes_total, 20U);
  EXPECT_EQ(record.step, "");
  EXPECT_EQ(record.created, clock_.now());
  EXPECT_EQ(record.started, clock_.now());
  EXPECT_EQ(record.ended, clock_.now());
  EXPECT_EQ(effects(id), (std::vector<std::string>{"copied", "ended"}));
}

TEST_F(EngineTest, TakesUpWhatIsCreatedWhileItRuns) {
  const auto engine = make_engine();
  std::atomic<int> ran{0};
  engine->add({"import", {{"only", [&](jobs::Run&) -> Result<> { return ++ran, ok(); }}}, {}});
  engine->start();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(wait(*engine, create(*engine, "import")).state, State::succeeded);
  }
  std::vector<Guid> ids;
  for (int i = 0; i < 50; ++i) {
    ids.push_back(create(*engine, "import"));
  }
  for (const auto& id : ids) {
    EXPECT_EQ(wait(*engine, id).state, State::succeeded);
  }
  EXPECT_EQ(ran, 70);
}

TEST_F(EngineTest, RunsAsManyAtATimeAsItHasWorkers) {
  const auto engine = make_engine({.workers = 3});
  StepBarrier gate;
  engine->add({"import", {{"only", [&](jobs::Run&) -> Result<> { return gate.pass(), ok(); }}}, {}});
  std::vector<Guid> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(create(*engine, "import"));
  }
  engine->start();
  gate.await_arrivals(3);
  int queued = 0;
  for (const auto& id : ids) {
    queued += get(*engine, id).state == State::queued ? 1 : 0;
  }
  EXPECT_EQ(queued, 2);
  gate.open();
  for (const auto& id : ids) {
    EXPECT_EQ(wait(*engine, id).state, State::succeeded);
  }
}

/// The duration of other jobs is unbounded.
TEST_F(EngineTest, AKindWithItsOwnWorkersDoesNotBlockOthers) {
  const auto engine = make_engine({.workers = 2, .own_workers = {{"import", 1}}});
  StepBarrier imports;
  StepBarrier backups;
  engine->add({"import", {{"only", [&](jobs::Run&) -> Result<> { return imports.pass(), ok(); }}}, {}});
  engine->add({"backup", {{"only", [&](jobs::Run&) -> Result<> { return backups.pass(), ok(); }}}, {}});
  std::vector<Guid> ids;
  for (int i = 0; i < 3; ++i) {
    ids.push_back(create(*engine, "import"));
  }
  engine->start();
  imports.await_arrivals(1);
  ids.push_back(create(*engine, "backup"));
  ids.push_back(create(*engine, "backup"));
  ids.push_back(create(*engine, "backup"));
  backups.await_arrivals(2);
  EXPECT_EQ(get(*engine, ids[1]).state, State::queued) << "the others do not help with it either";
  EXPECT_EQ(get(*engine, ids[5]).state, State::queued);
  backups.open();
  EXPECT_EQ(wait(*engine, ids[5]).state, State::succeeded);
  imports.open();
  for (const auto& id : ids) {
    EXPECT_EQ(wait(*engine, id).state, State::succeeded);
  }
}

TEST_F(EngineTest, ForgetsAJobWhoseTransactionFails) {
  const auto engine = make_engine();
  Guid id;
  EXPECT_FALSE(database_->write([&](store::Writer& w) -> Result<> {
    TRY(id, engine->create(w, {"import", "vault", "{}"}));
    return conflict("no");
  }));
  EXPECT_EQ(engine->wait(id, Time::max()).error().kind(), Errc::not_found);
}

TEST_F(EngineTest, FailsWithWhatIsPublishedAndNothingElse) {
  const auto engine = make_engine();
  std::atomic<int> ended{0};
  const auto count = [&](store::Writer& w, const Record& record) -> Result<> {
    EXPECT_EQ(record.state, State::failed);
    w.after_commit([&] { ++ended; });
    return ok();
  };
  engine->add(
      {"published",
       {{"only", [](jobs::Run&) -> Result<> { return refuse(Errc::io, kUnplugged, "D1").because("/dev/secret"); }}},
       count});
  engine->add(
      {"unpublished", {{"only", [](jobs::Run&) -> Result<> { return corrupt("/etc/secret is damaged"); }}}, count});
  engine->add({"throws", {{"only", [](jobs::Run&) -> Result<> { throw std::runtime_error("/etc/secret"); }}}, count});
  engine->start();

  auto record = wait(*engine, create(*engine, "published"));
  EXPECT_EQ(record.state, State::failed);
  EXPECT_EQ(record.error_code, "DriveUnplugged");
  EXPECT_EQ(record.reason, "The drive D1 was unplugged. Dock it again.");

  record = wait(*engine, create(*engine, "unpublished"));
  EXPECT_EQ(record.error_code, "");
  EXPECT_EQ(record.reason, "Data that the job read is damaged.");

  record = wait(*engine, create(*engine, "throws"));
  EXPECT_EQ(record.state, State::failed);
  EXPECT_EQ(record.error_code, "");
  EXPECT_EQ(record.reason,
            "The server encountered an internal error in this job. Its log has the cause under the job's id. Start the "
            "operation again.");
  EXPECT_EQ(ended, 3);
}

TEST_F(EngineTest, AStepWithoutMemoryIsTakenAgain) {
  const auto engine = make_engine();
  int tries = 0;
  engine->add({"import",
               {{"only",
                 [&](jobs::Run&) -> Result<> {
                   if (++tries == 1) {
                     throw std::bad_alloc();
                   }
                   return ok();
                 }}},
               {}});
  engine->start();
  const auto id = create(*engine, "import");
  Record record;
  do {
    record = get(*engine, id);
  } while (record.state != State::paused);
  EXPECT_EQ(record.reason, "The server is short of memory. The job resumes when memory is free.");
  clock_.advance(std::chrono::minutes{1});
  EXPECT_EQ(wait(*engine, id).state, State::succeeded);
}

TEST_F(EngineTest, FailsAJobWhoseEndThrows) {
  const auto engine = make_engine();
  engine->add({"import",
               {{"only", [](jobs::Run&) -> Result<> { return ok(); }}},
               [&](store::Writer&, const Record&) -> Result<> { throw std::runtime_error("surprise"); }});
  engine->start();
  EXPECT_EQ(wait(*engine, create(*engine, "import")).state, State::failed);
}

TEST_F(EngineTest, PausesWithGrowingDelayWhileTheDiskIsFull) {
  const auto engine = make_engine();
  StepBarrier full;
  std::mutex mutex;
  std::condition_variable tried;
  std::vector<Time> tries;
  std::atomic<bool> has_space{false};
  engine->add({"import",
               {{"only",
                 [&](jobs::Run&) -> Result<> {
                   const std::lock_guard lock(mutex);
                   tries.push_back(clock_.now());
                   tried.notify_all();
                   return has_space ? Result<>(ok()) : Result<>(no_space("full"));
                 }}},
               {}});
  const auto start = clock_.now();
  const auto id = create(*engine, "import");
  engine->start();
  const std::vector<int> delays{1, 2, 4, 8, 16, 32, 60, 60};
  for (std::size_t i = 0; i < delays.size(); ++i) {
    {
      std::unique_lock lock(mutex);
      tried.wait(lock, [&] { return tries.size() == i + 1; });
    }
    Record record;
    do {  // the step has returned; its pause is being recorded
      record = get(*engine, id);
    } while (record.state != State::paused);
    EXPECT_EQ(record.reason, "There is no space left on the server. The job resumes when space has been freed.");
    EXPECT_FALSE(record.ended);
    has_space = i + 1 == delays.size();
    clock_.advance(std::chrono::seconds{delays[i]});
  }
  const auto record = wait(*engine, id);
  EXPECT_EQ(record.state, State::succeeded);
  EXPECT_EQ(record.reason, "");
  EXPECT_EQ(record.attempts, 9);
  Time expected = start;
  for (std::size_t i = 0; i < tries.size(); ++i) {
    EXPECT_EQ(tries[i], expected) << i;
    expected += std::chrono::seconds{i < delays.size() ? delays[i] : 0};
  }
}

TEST_F(EngineTest, EndsAQueuedJobInTheTransactionThatCancelsIt) {
  const auto engine = make_engine();
  State ended_as = State::queued;
  engine->add({"import",
               {{"only", [](jobs::Run&) -> Result<> { return ok(); }}},
               [&](store::Writer&, const Record& record) -> Result<> {
                 ended_as = record.state;
                 return ok();
               }});
  const auto id = create(*engine, "import");
  ASSERT_TRUE(cancel(*engine, id));
  const auto record = get(*engine, id);
  EXPECT_EQ(record.state, State::cancelled);
  EXPECT_TRUE(record.cancel_requested);
  EXPECT_EQ(record.ended, clock_.now());
  EXPECT_FALSE(record.started);
  EXPECT_EQ(ended_as, State::cancelled);
  EXPECT_EQ(cancel(*engine, id).error().kind(), Errc::conflict);
  EXPECT_EQ(cancel(*engine, random_.guid()).error().kind(), Errc::not_found);
  engine->start();
  EXPECT_EQ(wait(*engine, id).state, State::cancelled);
}

TEST_F(EngineTest, CountsWhatHasNotEnded) {
  const auto engine = make_engine();
  std::latch running(1);
  std::latch go_on(1);
  engine->add({"import",
               {{"only",
                 [&](jobs::Run&) -> Result<> {
                   running.count_down();
                   go_on.wait();
                   return ok();
                 }}},
               {}});
  const auto first = create(*engine, "import");
  create(*engine, "a kind that nobody has");
  create(*engine, "a kind that nobody has");
  engine->start();
  running.wait();
  const auto count = [&] {
    Unfinished counts;
    EXPECT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
      TRY(counts, count_unfinished(reader));
      return ok();
    }));
    return std::array{counts.queued, counts.running, counts.paused};
  };
  EXPECT_EQ(count(), (std::array<std::uint64_t, 3>{2, 1, 0}));
  go_on.count_down();
  wait(*engine, first);
  EXPECT_EQ(count(), (std::array<std::uint64_t, 3>{2, 0, 0}));
}

TEST_F(EngineTest, CancelsARunningJobAtItsNextSafePoint) {
  const auto engine = make_engine();
  StepBarrier gate;
  std::atomic<bool> ended{false};
  engine->add({"import",
               {{"first",
                 [&](jobs::Run& run) -> Result<> {
                   EXPECT_TRUE(run.continue_or_cancel());
                   EXPECT_FALSE(run.cancel_requested());
                   gate.pass();
                   EXPECT_TRUE(run.cancel_requested());
                   return run.continue_or_cancel();
                 }},
                {"second", [](jobs::Run&) -> Result<> { return ADD_FAILURE(), ok(); }}},
               [&](store::Writer&, const Record& record) -> Result<> {
                 ended = record.state == State::cancelled && record.cancel_requested;
                 return ok();
               }});
  engine->start();
  const auto id = create(*engine, "import");
  gate.await_arrivals(1);
  ASSERT_TRUE(cancel(*engine, id));
  EXPECT_EQ(get(*engine, id).state, State::running);
  EXPECT_TRUE(get(*engine, id).cancel_requested);
  gate.open();
  EXPECT_EQ(wait(*engine, id).state, State::cancelled);
  EXPECT_TRUE(ended);
}

TEST_F(EngineTest, SucceedsWhenACancelComesAfterTheLastStep) {
  const auto engine = make_engine();
  StepBarrier gate;
  engine->add({"import", {{"only", [&](jobs::Run&) -> Result<> { return gate.pass(), ok(); }}}, {}});
  engine->start();
  const auto id = create(*engine, "import");
  gate.await_arrivals(1);
  ASSERT_TRUE(cancel(*engine, id));
  gate.open();
  EXPECT_EQ(wait(*engine, id).state, State::succeeded);
}

TEST_F(EngineTest, CancelsAPausedJob) {
  const auto engine = make_engine();
  engine->add({"import", {{"only", [](jobs::Run&) -> Result<> { return busy("taken"); }}}, {}});
  engine->start();
  const auto id = create(*engine, "import");
  while (get(*engine, id).state != State::paused) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(cancel(*engine, id));
  EXPECT_EQ(wait(*engine, id).state, State::cancelled);
}

TEST_F(EngineTest, DrainsAtASafePointAndGoesOnThereLater) {
  auto engine = make_engine();
  StepBarrier gate;
  std::atomic<int> firsts{0};
  std::atomic<int> seconds{0};
  const auto kind = [&](bool until_drained) {
    return Kind{"import",
                {{"first", [&](jobs::Run& run) -> Result<> { return ++firsts, run.save("one"); }},
                 {"second",
                  [&, until_drained](jobs::Run& run) -> Result<> {
                    ++seconds;
                    gate.pass();
                    while (until_drained && run.continue_or_cancel()) {
                      std::this_thread::yield();
                    }
                    EXPECT_FALSE(run.cancel_requested());
                    return run.continue_or_cancel();
                  }}},
                {}};
  };
  engine->add(kind(true));
  engine->start();
  const auto id = create(*engine, "import");
  gate.await_arrivals(1);
  gate.open();
  engine->drain();
  auto record = engine->wait(id, Time::max()).value();
  EXPECT_EQ(record.state, State::queued);
  EXPECT_EQ(record.step, "second");

  engine = make_engine();
  engine->add(kind(false));
  engine->start();
  record = wait(*engine, id);
  EXPECT_EQ(record.state, State::succeeded);
  EXPECT_EQ(record.data, "one");
  EXPECT_EQ(firsts, 1);
  EXPECT_EQ(seconds, 2);
}

TEST_F(EngineTest, MixesLiveCountsIntoWhatItAnswers) {
  const auto engine = make_engine();
  StepBarrier gate;
  engine->add({"import",
               {{"only",
                 [&](jobs::Run& run) -> Result<> {
                   run.progress(17, 100);
                   gate.pass();
                   return ok();
                 }}},
               {}});
  engine->start();
  const auto id = create(*engine, "import", "mine");
  gate.await_arrivals(1);
  EXPECT_EQ(get(*engine, id).bytes_done, 17U);
  EXPECT_EQ(get(*engine, id).bytes_total, 100U);
  EXPECT_TRUE(database_->read([&](store::Reader& r) -> Result<> {
    TRY(const auto jobs, engine->list(r, "mine", 10));
    EXPECT_EQ(jobs.at(0).bytes_done, 17U);
    return ok();
  }));
  EXPECT_EQ(engine->rate(id).seconds_left, std::nullopt);
  gate.open();
  wait(*engine, id);
  EXPECT_EQ(engine->rate(id).bytes_per_second, 0);
}

TEST_F(EngineTest, ListsASubjectsJobsNewestFirst) {
  const auto engine = make_engine();
  const auto one = create(*engine, "import", "mine");
  create(*engine, "import", "yours");
  const auto two = create(*engine, "import", "mine");
  const auto three = create(*engine, "import", "mine");
  std::vector<Guid> ids;
  EXPECT_TRUE(database_->read([&](store::Reader& r) -> Result<> {
    TRY(const auto jobs, engine->list(r, "mine", 2));
    for (const auto& job : jobs) {
      ids.push_back(job.id);
    }
    return ok();
  }));
  EXPECT_EQ(ids, (std::vector<Guid>{three, two}));
  EXPECT_NE(one, two);
}

TEST_F(EngineTest, WaitsNoLongerThanItsDeadline) {
  const auto engine = make_engine();
  const auto id = create(*engine, "import");
  const auto deadline = clock_.now() + std::chrono::minutes{5};
  std::optional<Record> record;
  std::thread waiter([&] { record = engine->wait(id, deadline).value(); });
  clock_.advance(std::chrono::minutes{5});
  waiter.join();
  EXPECT_EQ(record->state, State::queued);
}

TEST_F(EngineTest, FailsAJobWhoseEndIsRefused) {
  const auto engine = make_engine();
  std::vector<State> states;  // each once: a change may run again
  engine->add({"import",
               {{"only", [](jobs::Run&) -> Result<> { return ok(); }}},
               [&](store::Writer&, const Record& record) -> Result<> {
                 if (states.empty() || states.back() != record.state) {
                   states.push_back(record.state);
                 }
                 return refuse(Errc::conflict, kUnplugged, "D1");
               }});
  engine->start();
  const auto record = wait(*engine, create(*engine, "import"));
  EXPECT_EQ(record.state, State::failed);
  EXPECT_EQ(record.error_code, "DriveUnplugged");
  EXPECT_EQ(states, (std::vector{State::succeeded, State::failed}));
}

TEST_F(EngineTest, TakesUpJobsWrittenBeforeTheClockWasSetBack) {
  const auto engine = make_engine();
  engine->add({"import", {{"only", [](jobs::Run&) -> Result<> { return ok(); }}}, {}});
  const auto id = create(*engine, "import");
  clock_.set(clock_.now() - std::chrono::hours{240});
  engine->start();
  EXPECT_EQ(wait(*engine, id).state, State::succeeded);
}

}  // namespace
}  // namespace quaymaster::jobs
