#include <gmock/gmock.h>

#include "blob/store/store_fixture_test.h"

namespace quaymaster::blob {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Errc kind_of(const auto& result) {
  return result.error().kind();
}

std::vector<std::string> described(const std::vector<Block>& blocks) {
  std::vector<std::string> all;
  for (const auto& block : blocks) {
    all.push_back(fmt::format("{}:{}", block.id, block.size));
  }
  return all;
}

class BlobBlocks : public StoreTest {
 protected:
  std::vector<std::string> committed(const std::string& name) {
    return described(blobs().get_block_lists(key(name)).value().committed);
  }
  std::vector<std::string> uncommitted(const std::string& name) {
    return described(blobs().get_block_lists(key(name)).value().uncommitted);
  }
};

TEST_F(BlobBlocks, AreInvisibleUntilTheyAreCommitted) {
  ASSERT_TRUE(stage("b", "BB", "world"));
  ASSERT_TRUE(stage("b", "AA", "hello "));
  EXPECT_EQ(text_of("b"), "not_found");
  EXPECT_EQ(kind_of(blobs().get_blob(key("b"))), Errc::not_found);
  EXPECT_THAT(names({}), SizeIs(0));
  EXPECT_FALSE(blobs().get_block_lists(key("b")).value().blob);
  EXPECT_THAT(uncommitted("b"), ElementsAre("AA:6", "BB:5"));
  reopen();
  EXPECT_THAT(uncommitted("b"), ElementsAre("AA:6", "BB:5"));
  const auto info = list_of("b", {"AA", "BB", "+AA"});
  ASSERT_TRUE(info) << info.error().cause();
  EXPECT_EQ(info.value().size, 17u);
  EXPECT_EQ(text_of("b"), "hello worldhello ");
  EXPECT_THAT(committed("b"), ElementsAre("AA:6", "BB:5", "AA:6"));
  EXPECT_THAT(uncommitted("b"), SizeIs(0));
  EXPECT_TRUE(blobs().get_block_lists(key("b")).value().blob);
}

TEST_F(BlobBlocks, AreReplacedById) {
  ASSERT_TRUE(stage("b", "AA", "first"));
  ASSERT_TRUE(stage("b", "AA", "second"));
  EXPECT_THAT(uncommitted("b"), ElementsAre("AA:6"));
  ASSERT_TRUE(list_of("b", {"AA"}));
  EXPECT_EQ(text_of("b"), "second");
}

TEST_F(BlobBlocks, ComeFromWhereTheListSays) {
  ASSERT_TRUE(stage("b", "AA", "old"));
  ASSERT_TRUE(stage("b", "CC", "kept"));
  ASSERT_TRUE(list_of("b", {"AA", "CC"}));
  ASSERT_TRUE(stage("b", "AA", "new"));
  EXPECT_EQ(text_of("b"), "oldkept");
  ASSERT_TRUE(list_of("b", {"=AA", "+AA", "AA", "CC"}));
  EXPECT_EQ(text_of("b"), "oldnewnewkept");
  // Two blocks have the id now; a list refers to the first of them.
  ASSERT_TRUE(list_of("b", {"AA", "=CC"}));
  EXPECT_EQ(text_of("b"), "oldkept");
  ASSERT_TRUE(list_of("b", {}));
  EXPECT_EQ(text_of("b"), "");
  EXPECT_EQ(blobs().get_blob(key("b")).value().size, 0u);
}

TEST_F(BlobBlocks, ChangeNothingWhenAnIdIsUnknown) {
  ASSERT_TRUE(stage("b", "AA", "x"));
  ASSERT_TRUE(list_of("b", {"AA"}));
  ASSERT_TRUE(stage("b", "BB", "y"));
  const auto etag = blobs().get_blob(key("b")).value().etag;
  for (const std::string unknown : {"CC", "+AA", "=BB"}) {
    EXPECT_EQ(kind_of(list_of("b", {"AA", unknown})), Errc::invalid) << unknown;
  }
  EXPECT_EQ(blobs().get_blob(key("b")).value().etag, etag);
  EXPECT_THAT(uncommitted("b"), ElementsAre("BB:1"));
  EXPECT_EQ(text_of("b"), "x");
  EXPECT_EQ(kind_of(list_of("none", {"AA"})), Errc::invalid);
  EXPECT_THAT(names({.uncommitted = true}), ElementsAre("b"));
  ASSERT_TRUE(put("whole", "x"));
  EXPECT_EQ(kind_of(list_of("whole", {"AA"})), Errc::invalid);
}

TEST_F(BlobBlocks, HaveIdsOfOneLength) {
  ASSERT_TRUE(stage("b", "AA", "x"));
  EXPECT_EQ(kind_of(stage("b", "AAA", "x")), Errc::invalid);
  EXPECT_EQ(kind_of(stage("b", "", "x")), Errc::invalid);
  EXPECT_EQ(kind_of(stage("c", std::string(256, 'A'), "x")), Errc::invalid);
  EXPECT_TRUE(stage("c", std::string(255, 'A'), "x"));
  EXPECT_THAT(uncommitted("b"), ElementsAre("AA:1"));
  // The bytes count, not the text: three ids of four characters.
  ASSERT_TRUE(stage("d", "MDAwMQ==", "x"));
  EXPECT_EQ(kind_of(stage("d", "MDAwMDE=", "x")), Errc::invalid);
  EXPECT_EQ(kind_of(stage("d", "MDAwMDAx", "x")), Errc::invalid);
  EXPECT_TRUE(stage("d", "MDAwMg==", "x"));
  // After committing, ids of another length are allowed, as clients expect (blob.md, 8).
  ASSERT_TRUE(list_of("b", {"AA"}));
  EXPECT_TRUE(stage("b", "AAA", "x"));
}

TEST_F(BlobBlocks, AreDroppedByEveryOtherWrite) {
  const auto stage_both = [&] {
    ASSERT_TRUE(stage("b", "AA", "x"));
    ASSERT_TRUE(stage("b", "BB", "y"));
  };
  stage_both();
  ASSERT_TRUE(list_of("b", {"AA"}));
  EXPECT_THAT(uncommitted("b"), SizeIs(0));
  stage_both();
  ASSERT_TRUE(put("b", "whole"));
  EXPECT_THAT(uncommitted("b"), SizeIs(0));
  EXPECT_THAT(committed("b"), SizeIs(0));
  stage_both();
  ASSERT_TRUE(blobs().set_metadata(key("b"), {}, {}));
  EXPECT_THAT(uncommitted("b"), SizeIs(2));
  ASSERT_TRUE(blobs().delete_blob(key("b"), {}));
  EXPECT_EQ(kind_of(blobs().get_block_lists(key("b"))), Errc::not_found);
  stage_both();
  ASSERT_TRUE(blobs().delete_blob(key("b"), {}));
  EXPECT_EQ(kind_of(blobs().get_block_lists(key("b"))), Errc::not_found);
}

TEST_F(BlobBlocks, DoNotMakeABlobForConditions) {
  ASSERT_TRUE(stage("b", "AA", "x"));
  EXPECT_EQ(kind_of(list_of("b", {"AA"}, {.if_match_any = true})), Errc::precondition);
  EXPECT_TRUE(list_of("b", {"AA"}, {.must_not_exist = true}));
  ASSERT_TRUE(stage("b", "AA", "y"));
  EXPECT_EQ(kind_of(list_of("b", {"AA"}, {.must_not_exist = true})), Errc::conflict);
  EXPECT_EQ(text_of("b"), "x");
}

TEST_F(BlobBlocks, ExpireAWeekAfterTheLastOfThem) {
  ASSERT_TRUE(stage("old", "AA", "x"));
  ASSERT_TRUE(stage("b", "AA", "x"));
  clock_.advance(std::chrono::days{6});
  ASSERT_TRUE(stage("b", "BB", "y"));
  clock_.advance(std::chrono::days{2});
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_THAT(names({.uncommitted = true}), ElementsAre("b?"));
  EXPECT_THAT(uncommitted("b"), ElementsAre("AA:1", "BB:1"));
  clock_.advance(std::chrono::days{6});
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_THAT(names({.uncommitted = true}), SizeIs(0));
}

TEST_F(BlobBlocks, OfManyPiecesKeepTheirOrder) {
  use_small_extents(64 * kKiB);
  const auto first = pattern(300'000, 1);
  const auto second = pattern(100'000, 2);
  ASSERT_TRUE(stage("b", "AA", first));
  ASSERT_TRUE(stage("b", "BB", second));
  ASSERT_TRUE(list_of("b", {"BB", "AA", "BB"}));
  EXPECT_TRUE(text_of("b") == second + first + second);
  ASSERT_TRUE(list_of("b", {"=AA", "=BB"}));
  EXPECT_TRUE(text_of("b") == first + second);
  EXPECT_THAT(committed("b"), ElementsAre("AA:300000", "BB:100000"));
}

TEST_F(BlobBlocks, CountUpToTheLimits) {
  // Records only: a hundred thousand uploads would test nothing more.
  std::vector<std::shared_ptr<Content>> kept;
  ASSERT_TRUE(stage("b", fmt::format("{:06}", 0), "x"));
  ASSERT_TRUE(database_->write([](store::Writer& writer) -> Result<> {
    TRY(
        writer.change("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)"
                      " INSERT INTO blob_staged (draft, block_id, size, pieces)"
                      " SELECT d.id, CAST(printf('%06d', i) AS BLOB), 0, x'' FROM n, blob_drafts d"));
    TRY(writer.change("UPDATE blob_drafts SET blocks = 100000"));
    return ok();
  }));
  EXPECT_EQ(kind_of(stage("b", "100000", "y")), Errc::conflict);
  EXPECT_TRUE(stage("b", "000000", "replaced"));

  std::vector<std::string> ids;
  for (int i = 0; i < 50'001; ++i) {
    ids.push_back(fmt::format("{:06}", i));
  }
  EXPECT_EQ(kind_of(list_of("b", ids)), Errc::too_large);
  ids.pop_back();
  ASSERT_TRUE(list_of("b", ids));
  EXPECT_EQ(text_of("b"), "replaced");
  EXPECT_THAT(committed("b"), SizeIs(50'000));
  EXPECT_THAT(uncommitted("b"), SizeIs(0));
}

}  // namespace
}  // namespace quaymaster::blob
