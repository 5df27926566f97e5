#include <atomic>
#include <thread>

#include "testing/jobs/engine_fixture.h"

/// Jobs that run out of space on the engine's own disk.
namespace quaymaster::jobs {
namespace {

TEST_F(EngineTest, WaitsForRoomWithoutTryingAndGoesOnWithinASecondOfIt) {
  std::atomic<bool> has_room = false;
  std::atomic<int> asked = 0;
  std::atomic<int> tries = 0;
  Options options;
  options.workers = 1;
  options.has_room = [&] {
    ++asked;
    return has_room.load();
  };
  const auto engine = make_engine(options);
  std::atomic<bool> fills_disk = true;
  std::atomic<int> asked_when_tried = 0;
  engine->add({"backup",
               {{"only",
                 [&](jobs::Run& run) -> Result<> {
                   ++tries;
                   asked_when_tried = asked.load();
                   has_room = has_room && !fills_disk;
                   return run.continue_or_cancel();
                 },
                 true}},
               {}});
  const auto id = create(*engine, "backup");
  engine->start();
  const auto await_pause = [&] {
    while (get(*engine, id).state != State::paused) {
      std::this_thread::yield();
    }
    EXPECT_EQ(get(*engine, id).reason,
              "There is no space left on the server. The job resumes when space has been freed.");
  };
  const auto pass_second = [&] {
    const int before = asked;
    do {  // until the engine has slept and been woken
      clock_.advance(std::chrono::milliseconds{100});
      std::this_thread::yield();
    } while (asked == before);
  };
  await_pause();
  EXPECT_EQ(tries, 0) << "a step that adds data is not begun";
  pass_second();  // the change that recorded the pause is visible an instant before it is counted
  const auto changes = database_->statistics().changes;
  for (int second = 0; second < 100; ++second) {
    pass_second();
  }
  EXPECT_EQ(database_->statistics().changes, changes) << "a full disk is not written to while waiting";
  EXPECT_EQ(get(*engine, id).attempts, 1);

  has_room = true;  // then the step fills the disk again
  while (tries == 0) {
    clock_.advance(std::chrono::milliseconds{100});
    std::this_thread::yield();
  }
  await_pause();
  fills_disk = false;
  has_room = true;
  const int asked_before = asked;
  while (get(*engine, id).state != State::succeeded) {
    clock_.advance(std::chrono::milliseconds{10});
    std::this_thread::yield();
  }
  EXPECT_EQ(tries, 2);
  EXPECT_LE(asked_when_tried - asked_before, 3) << "the first look that finds room lets it run";
}

TEST_F(EngineTest, GoesOnWithinASecondOfMoreRoomThanWasTooLittle) {
  std::atomic<std::uint64_t> room = 10 * kMiB;
  std::atomic<int> asked = 0;
  std::atomic<int> tries = 0;
  Options options;
  options.workers = 1;
  options.has_room = [] { return true; };
  options.room = [&] {
    ++asked;
    return room.load();
  };
  const auto engine = make_engine(options);
  std::atomic<std::uint64_t> wanted = 30 * kMiB;
  engine->add({"import",
               {{"only",
                 [&](jobs::Run& run) -> Result<> {
                   ++tries;
                   if (room < wanted) {
                     return no_space("{} bytes", wanted.load());
                   }
                   room -= 15 * kMiB;
                   wanted -= 15 * kMiB;
                   TRY(run.save("half"));
                   return wanted == 0 ? Result<>(ok()) : no_space("{} bytes", wanted.load());
                 }}},
               {}});
  const auto id = create(*engine, "import");
  engine->start();
  const auto await_tries = [&](int count) {
    while (tries < count || get(*engine, id).state == State::running) {
      std::this_thread::yield();
    }
  };
  const auto pass = [&](Ticks ticks) {
    const int before = asked;
    clock_.advance(ticks);
    while (asked == before) {
      clock_.advance(std::chrono::milliseconds{1});  // the engine may not have gone to sleep yet
      std::this_thread::yield();
    }
  };
  // Failed attempts cost disk operations, so they are made after growing delays: 1, 2, 4, 8 and 16 s.
  await_tries(1);
  for (int tried = 2; tried <= 5; ++tried) {
    while (tries < tried) {
      pass(std::chrono::milliseconds{100});
    }
    await_tries(tried);
  }
  pass(std::chrono::seconds{1});
  EXPECT_EQ(tries, 5);
  room = 10 * kMiB + 1000;
  pass(std::chrono::seconds{1});
  EXPECT_EQ(tries, 5) << "what records and logs give back is not more room";
  room = 30 * kMiB;
  pass(std::chrono::seconds{1});
  await_tries(6);
  EXPECT_EQ(tries, 6) << "saved half of it, and then there was too little room again";
  room = 40 * kMiB;
  pass(std::chrono::seconds{1});
  EXPECT_EQ(wait(*engine, id).state, State::succeeded);
  EXPECT_EQ(tries, 7);
}

TEST_F(EngineTest, AJobThatWaitsForRoomCanBeCancelled) {
  Options options;
  options.has_room = [] { return false; };
  const auto engine = make_engine(options);
  engine->add({"backup", {{"only", [](jobs::Run&) -> Result<> { return ok(); }, true}}, {}});
  const auto id = create(*engine, "backup");
  engine->start();
  while (get(*engine, id).state != State::paused) {
    std::this_thread::yield();
  }
  ASSERT_TRUE(cancel(*engine, id));
  EXPECT_EQ(wait(*engine, id).state, State::cancelled);
}

}  // namespace
}  // namespace quaymaster::jobs
