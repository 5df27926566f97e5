#include <gmock/gmock.h>

#include <map>
#include <set>
#include <thread>

#include "blob/extents/pins.h"
#include "blob/piece.h"
#include "blob/store/store_fixture_test.h"

namespace quaymaster::blob {
namespace {

using testing::SizeIs;

class BlobReclaim : public StoreTest {
 protected:
  std::uint64_t reclaim() {
    const auto bytes = blobs().reclaim();
    EXPECT_TRUE(bytes) << bytes.error().cause();
    return bytes.value();
  }
  /// The live bytes counted in the records must equal the sum over the pieces of all records.
  void expect_exact_accounts() {
    std::map<ExtentId, std::uint64_t> live;
    ASSERT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
      const auto count = [&](const store::Row& row) -> Result<> {
        std::set<std::pair<ExtentId, std::uint32_t>> seen;
        TRY(const auto pieces, decode_pieces(row.blob(0)));
        for (const auto& piece : pieces) {
          if (seen.emplace(piece.extent, piece.position).second) {
            live[piece.extent] += stored_size(piece.size);
          }
        }
        return ok();
      };
      TRY(reader.each("SELECT pieces FROM blob_blobs", count));
      TRY(reader.each("SELECT pieces FROM blob_staged", count));
      return reader.each("SELECT id, live FROM blob_extents", [&](const store::Row& row) -> Result<> {
        const auto id = static_cast<ExtentId>(row.integer(0));
        EXPECT_EQ(static_cast<std::uint64_t>(row.integer(1)), live[id]) << "extent " << id;
        live.erase(id);
        return ok();
      });
    }));
    EXPECT_THAT(live, SizeIs(0)) << "pieces in extents that are not there";
  }
};

TEST_F(BlobReclaim, GivesEverythingBackWhenNothingIsLeft) {
  use_small_extents(256 * kKiB);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put(fmt::format("b{}", i), pattern(50'000, 1)));
  }
  ASSERT_TRUE(stage("staged", "AA", pattern(100'000, 1)));
  const auto before = bytes_on_disk();
  EXPECT_GE(before, 1'100'000u);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(blobs().delete_blob(key(fmt::format("b{}", i)), {}));
  }
  ASSERT_TRUE(blobs().delete_blob(key("staged"), {}));
  expect_exact_accounts();
  EXPECT_EQ(reclaim(), before);
  EXPECT_EQ(bytes_on_disk(), 0u);
  EXPECT_EQ(reclaim(), 0u);
}

TEST_F(BlobReclaim, GivesBackContentThatWasDropped) {
  for (const std::size_t size : {1'000u, 3'000'000u}) {
    auto dropped = content(pattern(size, 1));
    EXPECT_EQ(reclaim(), 0u) << "it may still be committed";
    dropped = nullptr;
    EXPECT_EQ(reclaim(), stored_size(size));
    EXPECT_EQ(bytes_on_disk(), 0u);
  }
  {
    auto upload = blobs().upload(Hashing::none);
    ASSERT_TRUE(upload->append(as_bytes(pattern(1'000'000, 1))));
  }
  EXPECT_GT(reclaim(), 0u);
  EXPECT_EQ(bytes_on_disk(), 0u);
}

TEST_F(BlobReclaim, CommitsContentThatOutlivedAReclaim) {
  auto kept = content(pattern(3'000'000, 1));
  ASSERT_TRUE(blobs().flush({kept.get()}));
  reclaim();
  ASSERT_TRUE(blobs().put_blob(key("b"), std::move(kept), {}, {}, {}));
  reclaim();
  EXPECT_TRUE(text_of("b") == pattern(3'000'000, 1));
}

TEST_F(BlobReclaim, FindsWhatACrashLeftBehind) {
  ASSERT_TRUE(put("kept", pattern(1'000'000, 1)));
  {
    auto lost = content(pattern(2'000'000, 2));
    ASSERT_TRUE(blobs().flush({lost.get()}));
    auto half = blobs().upload(Hashing::none);
    ASSERT_TRUE(half->append(as_bytes(pattern(3'000'000, 3))));
  }
  reopen();
  EXPECT_GE(bytes_on_disk(), 5'700'000u);
  reclaim();
  EXPECT_LT(bytes_on_disk(), 1'100'000u);
  EXPECT_TRUE(text_of("kept") == pattern(1'000'000, 1));
}

TEST_F(BlobReclaim, MovesWhatIsStillNeeded) {
  use_small_extents(256 * kKiB);
  std::vector<std::string> kept;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(put(fmt::format("b{:03}", i), pattern(10'000, static_cast<std::uint64_t>(i))));
  }
  ASSERT_TRUE(stage("blocks", "AA", pattern(1'000'000, 500)));
  ASSERT_TRUE(stage("blocks", "BB", pattern(400'000, 501)));
  ASSERT_TRUE(list_of("blocks", {"AA", "BB", "AA"}));
  ASSERT_TRUE(stage("staged", "AA", pattern(20'000, 502)));
  ASSERT_TRUE(stage("staged", "BB", pattern(20'000, 503)));
  for (int i = 0; i < 200; ++i) {
    if (i % 10 != 0) {
      ASSERT_TRUE(blobs().delete_blob(key(fmt::format("b{:03}", i)), {}));
    }
  }
  ASSERT_TRUE(list_of("blocks", {"BB"}));
  ASSERT_TRUE(list_of("blocks", {"BB", "BB"}));
  const auto before = bytes_on_disk();
  expect_exact_accounts();
  EXPECT_GT(reclaim(), before / 2);
  expect_exact_accounts();
  EXPECT_LT(bytes_on_disk(), 2 * (200'000u + 400'000u + 40'000u) + 3 * 256 * kKiB);
  reopen();
  for (int i = 0; i < 200; i += 10) {
    EXPECT_TRUE(text_of(fmt::format("b{:03}", i)) == pattern(10'000, static_cast<std::uint64_t>(i))) << i;
  }
  EXPECT_TRUE(text_of("blocks") == pattern(400'000, 501) + pattern(400'000, 501));
  ASSERT_TRUE(list_of("blocks", {"BB"}));
  EXPECT_TRUE(text_of("blocks") == pattern(400'000, 501));
  ASSERT_TRUE(list_of("staged", {"BB", "AA"}));
  EXPECT_TRUE(text_of("staged") == pattern(20'000, 503) + pattern(20'000, 502));
  expect_exact_accounts();
}

TEST_F(BlobReclaim, WaitsForSnapshots) {
  use_small_extents(256 * kKiB);
  const auto text = pattern(2'000'000, 1);
  ASSERT_TRUE(put("b", text));
  {
    const auto snapshot = blobs().open_blob(key("b")).value();
    ASSERT_TRUE(blobs().delete_blob(key("b"), {}));
    EXPECT_EQ(reclaim(), 0u);
    EXPECT_TRUE(text_of(*snapshot) == text);
  }
  EXPECT_GE(reclaim(), 2'000'000u);
  EXPECT_EQ(bytes_on_disk(), 0u);
}

TEST_F(BlobReclaim, PurgesDeletedContainersInSteps) {
  for (int i = 0; i < 450; ++i) {
    ASSERT_TRUE(put(fmt::format("b{}", i), "some bytes"));
  }
  ASSERT_TRUE(stage("u", "AA", "x"));
  ASSERT_TRUE(stage("v", "AA", "x"));
  ASSERT_TRUE(blobs().delete_container("a", "c", {}));
  std::stop_source stopped;
  stopped.request_stop();
  ASSERT_TRUE(blobs().reclaim(stopped.get_token()));
  EXPECT_GT(bytes_on_disk(), 0u);
  reclaim();
  EXPECT_EQ(bytes_on_disk(), 0u);
  for (const auto* table : {"SELECT count(*) FROM blob_blobs", "SELECT count(*) FROM blob_drafts",
                            "SELECT count(*) FROM blob_staged", "SELECT count(*) FROM blob_references",
                            "SELECT count(*) FROM blob_extents", "SELECT count(*) FROM blob_condemned"}) {
    ASSERT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
      TRY(reader.first(table, [&](const store::Row& row) { EXPECT_EQ(row.integer(0), 0) << table; }));
      return ok();
    }));
  }
}

TEST_F(BlobReclaim, AppendsToTheSameExtentAfterARestart) {
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(put(fmt::format("b{}", i), pattern(1'000, 1)));
    reopen();
  }
  EXPECT_THAT(extents(), SizeIs(1));
  EXPECT_TRUE(text_of("b0") == pattern(1'000, 1));
  EXPECT_TRUE(text_of("b9") == pattern(1'000, 1));
}

TEST(BlobPins, MakeWhoRemovesWaitForLookupsThatBeganBefore) {
  Pins pins;
  pins.wait_for_lookups();
  auto first = std::make_unique<Pins::Lookup>(pins);
  std::atomic<bool> waited{false};
  std::thread remover([&] {
    pins.wait_for_lookups();
    EXPECT_TRUE(pins.pinned(7)) << "the lookup had pinned before it ended";
    waited = true;
  });
  {
    const Pins::Lookup later(pins);
  }
  EXPECT_FALSE(waited);
  pins.pin({7, 7});
  first = nullptr;
  remover.join();
  EXPECT_TRUE(waited);
  pins.unpin({7});
  EXPECT_TRUE(pins.pinned(7));
  pins.unpin({7});
  EXPECT_FALSE(pins.pinned(7));
}

TEST_F(BlobReclaim, ADraftOfManyBlocksGoesInManyTransactions) {
  constexpr int kBlocks = 2'500;
  const auto shared = pattern(10, 1);
  for (int i = 0; i < kBlocks; ++i) {
    ASSERT_TRUE(stage("many", fmt::format("{:08}", i), shared));
  }
  ASSERT_TRUE(blobs().delete_blob(key("many"), {}));
  expect_exact_accounts();
  EXPECT_EQ(blobs().get_block_lists(key("many")).error().kind(), Errc::not_found) << "gone at once";
  EXPECT_THAT(names({.uncommitted = true}), SizeIs(0));
  ASSERT_TRUE(stage("many", "AA", shared)) << "the name is free, and its ids may have another length";
  EXPECT_GT(blobs().reclaimable().value(), 0u);

  const auto before = database_->statistics().changes;
  reclaim();
  EXPECT_GE(database_->statistics().changes - before, kBlocks / 1'000 + 1u) << "a thousand rows a transaction";
  expect_exact_accounts();
  EXPECT_THAT(blobs().get_block_lists(key("many")).value().uncommitted, SizeIs(1));
  ASSERT_TRUE(blobs().delete_blob(key("many"), {}));
  reclaim();
  EXPECT_EQ(bytes_on_disk(), 0u);
}

TEST_F(BlobReclaim, ACommittedListOfManyBlocksKeepsWhatItNamed) {
  std::vector<std::string> ids;
  for (int i = 0; i < 1'200; ++i) {
    ids.push_back(fmt::format("{:08}", i));
    ASSERT_TRUE(stage("many", ids.back(), pattern(10, static_cast<std::uint64_t>(i))));
  }
  ASSERT_TRUE(list_of("many", {ids.begin(), ids.begin() + 2}));
  const auto text = pattern(10, 0) + pattern(10, 1);
  expect_exact_accounts();
  EXPECT_EQ(text_of("many"), text);
  reopen();
  reclaim();
  expect_exact_accounts();
  EXPECT_EQ(text_of("many"), text);
  ASSERT_TRUE(blobs().delete_blob(key("many"), {}));
  reclaim();
  EXPECT_EQ(bytes_on_disk(), 0u);
}

TEST_F(BlobReclaim, AnAccountOfManyContainersGoesInManyTransactions) {
  for (int i = 0; i < 1'100; ++i) {
    ASSERT_TRUE(blobs().create_container("b", fmt::format("c{}", i), {}));
  }
  ASSERT_TRUE(blobs().create_container("bb", "other", {}));
  const auto before = database_->statistics().changes;
  ASSERT_TRUE(blobs().delete_account("b"));
  EXPECT_EQ(database_->statistics().changes - before, 3u) << "five hundred containers a transaction";
  EXPECT_THAT(blobs().list_containers("b", "", "", 5).value().containers, SizeIs(0));
  EXPECT_THAT(blobs().list_containers("bb", "", "", 5).value().containers, SizeIs(1));
  reclaim();
  EXPECT_EQ(blobs().reclaimable().value(), 0u);
}

TEST_F(BlobReclaim, EndsBetweenTwoOwnersWhenItIsAskedToStop) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(put(fmt::format("b{}", i), pattern(50'000, static_cast<std::uint64_t>(i))));
  }
  for (int i = 0; i < 15; ++i) {
    ASSERT_TRUE(blobs().delete_blob(key(fmt::format("b{}", i)), {}));
  }
  const auto before = bytes_on_disk();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(blobs().reclaim(stop.get_token()).value(), 0u);
  EXPECT_EQ(bytes_on_disk(), before) << "nothing was moved any more";
  EXPECT_GT(reclaim(), 0u);
}

}  // namespace
}  // namespace quaymaster::blob
