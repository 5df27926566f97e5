#include "workload/files/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>

namespace quaymaster::workload {
namespace {

using Numbers = OrderedLine<int, int>;

Numbers::Next up_to(int end) {
  return [end, next = 0](int& job) mutable -> Result<bool> {
    job = next;
    return next++ < end;
  };
}

TEST(WorkerPool, DeliversInOrderWhateverIsDoneFirst) {
  for (const std::size_t threads : {1UL, 2UL, 5UL}) {
    WorkerPool workers(threads);
    std::vector<int> delivered;
    std::atomic<int> running{0};
    Numbers line(
        8, up_to(500),
        [&](int& job) -> Result<int> {
          EXPECT_LE(++running, static_cast<int>(threads));
          for (int i = 0; i < job * 7 % 1000; ++i) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
          }
          --running;
          return job * 2;
        },
        [&](int& out) -> Result<> {
          delivered.push_back(out);
          return ok();
        });
    ASSERT_TRUE(line.run(workers));
    ASSERT_EQ(delivered.size(), 500);
    for (int i = 0; i < 500; ++i) {
      EXPECT_EQ(delivered[static_cast<std::size_t>(i)], 2 * i);
    }
  }
}

TEST(WorkerPool, WhatThrowsEndsItsLineAndNothingElse) {
  WorkerPool workers(3);
  const auto run = [&](int in_next, int in_work, int in_delivery) {
    const auto at = [](int job, int place) {
      if (job == place) {
        throw std::runtime_error("surprise");
      }
    };
    Numbers line(
        4,
        [&, next = up_to(100)](int& job) mutable -> Result<bool> {
          auto more = next(job);
          at(job, in_next);
          return more;
        },
        [&](int& job) -> Result<int> { return at(job, in_work), job; },
        [&](int& out) -> Result<> { return at(out, in_delivery), ok(); });
    return line.run(workers);
  };
  EXPECT_EQ(run(50, -1, -1).error().kind(), Errc::io);
  EXPECT_EQ(run(-1, 50, -1).error().kind(), Errc::io);
  EXPECT_EQ(run(-1, -1, 50).error().kind(), Errc::io);
  EXPECT_TRUE(run(-1, -1, -1));
}

TEST(WorkerPool, NoMoreThanTheWindowIsBetweenMakingAndDelivery) {
  WorkerPool workers(4);
  std::atomic<int> made{0};
  std::atomic<int> delivered{0};
  Numbers line(
      6,
      [&, next = up_to(300)](int& job) mutable -> Result<bool> {
        EXPECT_LE(made - delivered, 6);
        ++made;
        return next(job);
      },
      [](int& job) -> Result<int> { return job; },
      [&](int&) -> Result<> {
        ++delivered;
        return ok();
      });
  ASSERT_TRUE(line.run(workers));
  EXPECT_EQ(delivered, 300);
}

TEST(WorkerPool, TheFirstErrorEndsTheLine) {
  WorkerPool workers(3);
  const auto pass = [](int& job) -> Result<int> { return job; };
  const auto take = [](int&) -> Result<> { return ok(); };
  Numbers in_next(
      4,
      [n = 0](int& job) mutable -> Result<bool> {
        job = n;
        return ++n < 50 ? Result<bool>(true) : Result<bool>(io("next"));
      },
      pass, take);
  EXPECT_EQ(in_next.run(workers).error().cause(), "next");
  Numbers in_work(
      4, up_to(1'000'000),
      [](int& job) -> Result<int> { return job < 70 ? Result<int>(job) : Result<int>(io("work")); }, take);
  EXPECT_EQ(in_work.run(workers).error().cause(), "work");
  Numbers in_delivery(4, up_to(1'000'000), pass,
                      [](int& out) -> Result<> { return out < 70 ? ok() : Result<>(io("delivery")); });
  EXPECT_EQ(in_delivery.run(workers).error().cause(), "delivery");
}

TEST(WorkerPool, WorkMayRunItsOwnLine) {
  for (const std::size_t threads : {1UL, 3UL, 6UL}) {
    WorkerPool workers(threads);
    std::atomic<int> inner_done{0};
    int outer_done = 0;
    Numbers outer(
        8, up_to(40),
        [&](int& job) -> Result<int> {
          if (job % 5 != 0) {
            return job;
          }
          int sum = 0;
          Numbers inner(
              8, up_to(100),
              [&](int& small) -> Result<int> {
                ++inner_done;
                return small;
              },
              [&](int& out) -> Result<> {
                sum += out;
                return ok();
              });
          TRY(inner.run(workers));
          EXPECT_EQ(sum, 4950);
          return job;
        },
        [&](int&) -> Result<> {
          ++outer_done;
          return ok();
        });
    ASSERT_TRUE(outer.run(workers));
    EXPECT_EQ(inner_done, 800);
    EXPECT_EQ(outer_done, 40);
  }
}

}  // namespace
}  // namespace quaymaster::workload
