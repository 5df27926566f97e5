#include <gmock/gmock.h>

#include <barrier>
#include <thread>

#include "blob/store/store_fixture_test.h"

namespace quaymaster::blob {
namespace {

using testing::SizeIs;

constexpr int kThreads = 8;

class BlobConcurrency : public StoreTest {
 protected:
  template <class Work>
  static void on_threads(Work work) {
    std::barrier start(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        start.arrive_and_wait();
        work(t);
      });
    }
    for (auto& thread : threads) {
      thread.join();
    }
  }
};

TEST_F(BlobConcurrency, LetsExactlyOneCreatorWin) {
  for (int round = 0; round < 20; ++round) {
    const auto name = fmt::format("b{}", round);
    std::atomic<int> winners{0};
    std::atomic<int> winner{-1};
    on_threads([&](int t) {
      const auto result = put(name, fmt::format("{}", t), {.must_not_exist = true});
      if (result) {
        ++winners;
        winner = t;
      } else {
        EXPECT_EQ(result.error().kind(), Errc::conflict);
      }
    });
    EXPECT_EQ(winners, 1);
    EXPECT_EQ(text_of(name), fmt::format("{}", winner.load()));
  }
}

TEST_F(BlobConcurrency, LetsExactlyOneHolderOfAnEtagWin) {
  auto etag = put("b", "start").value().etag;
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> winners{0};
    std::atomic<std::uint64_t> fresh{0};
    on_threads([&](int t) {
      const auto result = put("b", fmt::format("{}", t), {.if_match = {etag}});
      if (result) {
        ++winners;
        fresh = result.value().etag;
      }
    });
    EXPECT_EQ(winners, 1);
    etag = fresh;
  }
}

TEST_F(BlobConcurrency, StagesBlocksFromManyThreads) {
  on_threads([&](int t) {
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(stage("b", fmt::format("{:04}", i * kThreads + t), fmt::format("<{}>", i * kThreads + t)));
    }
  });
  std::vector<std::string> ids;
  std::string expected;
  for (int i = 0; i < 20 * kThreads; ++i) {
    ids.push_back(fmt::format("{:04}", i));
    expected += fmt::format("<{}>", i);
  }
  ASSERT_TRUE(list_of("b", ids));
  EXPECT_EQ(text_of("b"), expected);
}

TEST_F(BlobConcurrency, ReadsWholeStatesBesideWritersAndReclaim) {
  use_small_extents(128 * kKiB);
  const std::size_t sizes[] = {500, 30'000, 100'000};
  const auto text = [&](unsigned seed) { return pattern(sizes[seed % 3], seed); };
  for (unsigned i = 0; i < 4; ++i) {
    ASSERT_TRUE(put(fmt::format("b{}", i), text(i)));
  }
  std::atomic<int> writers{3};
  on_threads([&](int t) {
    if (t < 3) {
      for (unsigned i = 0; i < 60; ++i) {
        EXPECT_TRUE(put(fmt::format("b{}", i % 4), text(i * 3 + static_cast<unsigned>(t))));
      }
      --writers;
    } else if (t < 5) {
      while (writers > 0) {
        EXPECT_TRUE(blobs().reclaim());
      }
    } else {
      for (unsigned i = 0; writers > 0; ++i) {
        const auto snapshot = blobs().open_blob(key(fmt::format("b{}", i % 4)));
        ASSERT_TRUE(snapshot);
        const auto read = text_of(*snapshot.value());
        bool known = false;
        for (unsigned seed = 0; seed < 180 && !known; ++seed) {
          known = read.size() == sizes[seed % 3] && read == text(seed);
        }
        EXPECT_TRUE(known) << "a mix of two states, or none: " << read.substr(0, 20);
      }
    }
  });
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_THAT(names({}), SizeIs(4));
  EXPECT_LT(bytes_on_disk(), 2u * 4 * 100'000 + 4 * 128 * kKiB);
}

}  // namespace
}  // namespace quaymaster::blob
