#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "blob/store/open_store.h"
#include "blob/store/store_fixture_test.h"
#include "testing/base/budget_disk.h"
#include "testing/store/forwarding_database.h"

namespace quaymaster::blob {
namespace {

/// A store on a small disk, part of which is reserved.
class BlobFullDisk : public StoreTest {
 protected:
  static constexpr std::uint64_t kDisk = 2 * kMiB;
  static constexpr std::uint64_t kFloor = 256 * kKiB;

  BlobFullDisk() {
    options_.extent_size = 128 * kKiB;
    options_.space = &space_;
    store_ = nullptr;
    objects_ = objects::open_directory(small_, directory_.path()).value();
    reopen();
  }
  ~BlobFullDisk() override { store_ = nullptr; }

  Result<BlobInfo> put_any(const std::string& name, std::string_view text) {
    auto upload = blobs().upload(Hashing::none);
    TRY(upload->append(as_bytes(text)));
    TRY(auto content, upload->finish());
    return blobs().put_blob(key(name), std::move(content), {}, {}, {});
  }
  /// Puts blobs until one is refused; returns how many were accepted.
  int fill(std::size_t size) {
    int count = 0;
    for (;; ++count) {
      const auto result = put_any(fmt::format("full{}", count), pattern(size, static_cast<std::uint64_t>(count)));
      if (!result) {
        EXPECT_EQ(result.error().kind(), Errc::no_space) << result.error().cause();
        return count;
      }
    }
  }

  BudgetDisk small_{disk_, kDisk};
  Space space_{small_, directory_.path(), kFloor};
};

TEST_F(BlobFullDisk, WhatIsKeptIsForDeletionsAndTheirSpaceComesBackAtOnce) {
  const auto count = fill(100'000);
  EXPECT_GE(count, 16);
  EXPECT_GE(space_.free_bytes().value(), kFloor) << "uploads leave what is kept";
  {
    const auto other = small_.open(directory_.path() / "other", OpenMode::create).value();
    ASSERT_TRUE(other->reserve(0, space_.free_bytes().value() - kFloor + 1));
    const auto empty = put_any("empty", "");
    ASSERT_FALSE(empty) << "a blob without bytes adds records";
    EXPECT_EQ(empty.error().kind(), Errc::no_space);
    ASSERT_TRUE(small_.remove(directory_.path() / "other"));
  }
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(text_of(fmt::format("full{}", i)), pattern(100'000, static_cast<std::uint64_t>(i)));
  }
  ASSERT_TRUE(blobs().delete_blob(key("full3"), {}));
  ASSERT_TRUE(blobs().delete_blob(key("full4"), {}));
  EXPECT_TRUE(put_any("again", pattern(100'000, 99))) << "nobody has to wait for a timer";
  EXPECT_EQ(text_of("again"), pattern(100'000, 99));
  EXPECT_EQ(text_of("full5"), pattern(100'000, 5));
}

TEST_F(BlobFullDisk, ADiskFullToItsLastByteIsEmptiedByDeletions) {
  const auto count = fill(100'000);
  const auto other = small_.open(directory_.path() / "other", OpenMode::create).value();
  ASSERT_TRUE(other->reserve(0, space_.free_bytes().value()));
  ASSERT_EQ(space_.free_bytes().value(), 0u);
  reopen();
  EXPECT_EQ(text_of("full0"), pattern(100'000, 0));
  for (int i = 0; i < count; ++i) {
    ASSERT_TRUE(blobs().delete_blob(key(fmt::format("full{}", i)), {}));
  }
  EXPECT_TRUE(put_any("again", pattern(100'000, 99)));
  EXPECT_EQ(text_of("again"), pattern(100'000, 99));
}

TEST_F(BlobFullDisk, OverwritingForeverNeedsNoMoreThanTheLiveDataAndOneExtent) {
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(put_any("one", pattern(200'000, static_cast<std::uint64_t>(i)))) << i;
  }
  EXPECT_EQ(text_of("one"), pattern(200'000, 199));
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(put_any(fmt::format("small{}", i % 7), pattern(20'000, static_cast<std::uint64_t>(i)))) << i;
  }
  EXPECT_EQ(text_of("small0"), pattern(20'000, 399));
}

TEST_F(BlobFullDisk, LiveDataFitsHoweverTheDeadLiesAmongIt) {
  // Removes every fourth blob of a full disk: no extent is half dead.
  const auto count = fill(30'000);
  std::uint64_t live = 0;
  for (int i = 0; i < count; ++i) {
    if (i % 4 == 0) {
      ASSERT_TRUE(blobs().delete_blob(key(fmt::format("full{}", i)), {}));
    } else {
      live += 30'000;
    }
  }
  const auto usual = blobs().reclaim();
  ASSERT_TRUE(usual) << usual.error().cause();
  ASSERT_LE(usual.value(), 60'000u) << "the usual effort finds hardly anything worth moving";
  int more = 0;
  while (live + 30'000 + kFloor + 2 * options_.extent_size <= kDisk) {
    const auto put = put_any(fmt::format("more{}", more), pattern(30'000, 1'000 + static_cast<std::uint64_t>(more)));
    ASSERT_TRUE(put) << more << ": " << put.error().cause();
    live += 30'000;
    ++more;
  }
  EXPECT_GT(more, 5);
  for (int i = 0; i < count; ++i) {
    EXPECT_EQ(text_of(fmt::format("full{}", i)),
              i % 4 == 0 ? "not_found" : pattern(30'000, static_cast<std::uint64_t>(i)));
  }
  for (int i = 0; i < more; ++i) {
    EXPECT_EQ(text_of(fmt::format("more{}", i)), pattern(30'000, 1'000 + static_cast<std::uint64_t>(i)));
  }
}

TEST_F(BlobFullDisk, ReclaimNeedsRoomForOneExtentOnly) {
  const auto count = fill(30'000);
  for (int i = 0; i < count; ++i) {
    if (i % 4 != 0) {
      ASSERT_TRUE(blobs().delete_blob(key(fmt::format("full{}", i)), {}));
    }
  }
  small_.resize(small_.used() + options_.extent_size);
  const auto before = small_.used();
  const auto freed = blobs().reclaim();
  ASSERT_TRUE(freed) << freed.error().cause();
  EXPECT_GT(freed.value(), before / 2);
  for (int i = 0; i < count; i += 4) {
    EXPECT_EQ(text_of(fmt::format("full{}", i)), pattern(30'000, static_cast<std::uint64_t>(i)));
  }
}

TEST_F(BlobFullDisk, ReclaimLeavesToTheRecordsWhatIsTooLittleToMoveAnExtent) {
  const auto count = fill(30'000);
  for (int i = 0; i < count; ++i) {
    if (i % 4 != 0) {
      ASSERT_TRUE(blobs().delete_blob(key(fmt::format("full{}", i)), {}));
    }
  }
  small_.resize(small_.used() + 20'000);
  const auto before = space_.free_bytes().value();
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(blobs().make_room(1).error().kind(), Errc::no_space);
  EXPECT_EQ(space_.free_bytes().value(), before) << "nothing was copied that would not have fitted";
}

/// Blocks writers while the gate is closed.
class GatedDatabase final : public store::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  void close(bool closed) {
    const std::lock_guard lock(mutex_);
    closed_ = closed;
    arrived_ = 0;
    moved_.notify_all();
  }
  void await_arrival() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return arrived_ > 0; });
  }

 private:
  void enqueue(store::Keys keys, Change change, Done done) override {
    {
      std::unique_lock lock(mutex_);
      ++arrived_;
      moved_.notify_all();
      moved_.wait(lock, [this] { return !closed_; });
    }
    real().submit(std::move(keys), std::move(change), std::move(done));
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  bool closed_ = false;
  int arrived_ = 0;
};

TEST_F(BlobFullDisk, NoWriteWaitsForLongForAReclaimThatIsUnderWay) {
  GatedDatabase gated(*database_);
  store_ = nullptr;
  store_ = open_store(gated, *objects_, clock_, options_).value();
  fill(100'000);
  ASSERT_TRUE(blobs().delete_blob(key("full0"), {}));
  gated.close(true);
  std::thread reclaim([&] { EXPECT_TRUE(blobs().reclaim()); });
  gated.await_arrival();  // it holds the lock now and is blocked
  EXPECT_EQ(blobs().make_room(kMiB).error().kind(), Errc::no_space) << "busy is better than a thread that is lost";
  gated.close(false);
  reclaim.join();
  EXPECT_TRUE(put_any("again", pattern(50'000, 1)));
  store_ = nullptr;  // must be destroyed before the database
}

TEST_F(BlobFullDisk, UploadsBrokenOffShowAsReclaimableAtOnce) {
  EXPECT_EQ(blobs().reclaimable().value(), 0u);
  for (const std::size_t size : {20'000u, 500'000u}) {
    {
      auto upload = blobs().upload(Hashing::none);
      ASSERT_TRUE(upload->append(as_bytes(pattern(size, 1))));
      auto content = upload->finish().value();
      EXPECT_EQ(blobs().reclaimable().value(), 0u) << "it may still be committed";
    }
    EXPECT_GE(blobs().reclaimable().value(), size);
    EXPECT_GE(blobs().reclaim().value(), size);
    EXPECT_EQ(blobs().reclaimable().value(), 0u);
    EXPECT_EQ(small_.used(), 0u);
  }
  ASSERT_TRUE(put_any("a", pattern(20'000, 1)));
  ASSERT_TRUE(blobs().delete_container("a", "c", {}));
  EXPECT_GT(blobs().reclaimable().value(), 0u) << "its blobs are still recorded";
}

TEST_F(BlobFullDisk, RoomIsWhatIsFreeAboveWhatIsKeptAndWhatCouldBeGivenBack) {
  const auto empty = blobs().room();
  EXPECT_EQ(empty, kDisk - kFloor);
  fill(100'000);
  const auto full = blobs().room();
  EXPECT_LT(full, empty / 4);
  ASSERT_TRUE(blobs().delete_blob(key("full0"), {}));
  ASSERT_TRUE(blobs().delete_blob(key("full1"), {}));
  const auto some = blobs().room();
  EXPECT_GE(some, full + 100'000) << "it need not have been reclaimed";
  small_.resize(kDisk - kFloor / 2);
  EXPECT_LT(blobs().room(), some);
  small_.resize(0);
  EXPECT_LT(blobs().room(), 500'000U);
}

TEST_F(BlobFullDisk, AnExtentWhoseSyncFailedIsNotGoneOnWith) {
  for (const std::size_t size : {1'000u, 100'000u}) {
    small_.fail_syncs(true);
    EXPECT_EQ(put_any("a", pattern(size, 1)).error().kind(), Errc::no_space);
    small_.fail_syncs(false);
    const auto put = put_any("a", pattern(size, 2));
    EXPECT_TRUE(put) << "the next upload takes another extent: " << put.error().cause();
    EXPECT_EQ(text_of("a"), pattern(size, 2));
  }
  ASSERT_TRUE(blobs().delete_blob(key("a"), {}));
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(small_.used(), 0u) << "no broken extent stays behind";
}

}  // namespace
}  // namespace quaymaster::blob
