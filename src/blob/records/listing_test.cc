#include <gmock/gmock.h>

#include <set>

#include "base/encode.h"
#include "blob/records/key_range.h"
#include "blob/store/store_fixture_test.h"

namespace quaymaster::blob {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(BlobKeyRange, HoldsExactlyTheKeysOfAPrefix) {
  EXPECT_EQ(key_after_all_of(""), "\xFF");
  EXPECT_EQ(key_after_all_of("a"), "b");
  EXPECT_EQ(key_after_all_of("a/"), "a0");
  EXPECT_EQ(key_after_all_of("a\xFF"), "b");
  EXPECT_EQ(key_after_all_of("\xFF"), "\xFF");
  EXPECT_LT(std::string("a/\xF4\x8F\xBF\xBF"), key_after_all_of("a/"));
  EXPECT_EQ(key_after("a"), std::string("a\0", 2));
}

class BlobListing : public StoreTest {
 protected:
  void make(std::initializer_list<const char*> names) {
    for (const auto* name : names) {
      ASSERT_TRUE(put(name, name));
    }
  }
};

TEST_F(BlobListing, IsInByteOrder) {
  make({"b", "B", "a", "\xC3\xA4", "\xF0\x9F\x8C\x8D", "\xEF\xBC\xA1", "a b", "a!", "a/"});
  EXPECT_THAT(names({}), ElementsAre("B", "a", "a b", "a!", "a/", "b", "\xC3\xA4", "\xEF\xBC\xA1", "\xF0\x9F\x8C\x8D"));
}

TEST_F(BlobListing, TellsWhatGetTells) {
  const Properties properties{"text/plain", "", "", "", "", stored_md5(md5(as_bytes("x")))};
  ASSERT_TRUE(blobs().put_blob(key("b"), content("x"), properties, {{"k", "v"}}, {}));
  const auto page = blobs().list_blobs("a", "c", {}).value();
  ASSERT_THAT(page.items, SizeIs(1));
  const auto& listed = page.items[0].blob.value();
  const auto got = blobs().get_blob(key("b")).value();
  EXPECT_EQ(listed.name, got.name);
  EXPECT_EQ(listed.etag, got.etag);
  EXPECT_EQ(listed.size, 1u);
  EXPECT_EQ(listed.created, got.created);
  EXPECT_EQ(listed.modified, got.modified);
  EXPECT_EQ(listed.metadata, got.metadata);
  EXPECT_EQ(listed.properties.md5, got.properties.md5);
  EXPECT_EQ(listed.properties.content_type, "text/plain");
}

TEST_F(BlobListing, StopsAtPrefixes) {
  make({"a/1", "a/2", "b", "c/x/1", "c/x/2", "c/y", "c0", "d"});
  EXPECT_THAT(names({.prefix = "a/"}), ElementsAre("a/1", "a/2"));
  EXPECT_THAT(names({.prefix = "c"}), ElementsAre("c/x/1", "c/x/2", "c/y", "c0"));
  EXPECT_THAT(names({.delimiter = "/"}), ElementsAre("a/*", "b", "c/*", "c0", "d"));
  EXPECT_THAT(names({.prefix = "c/", .delimiter = "/"}), ElementsAre("c/x/*", "c/y"));
  EXPECT_THAT(names({.prefix = "c", .delimiter = "/"}), ElementsAre("c/*", "c0"));
  EXPECT_THAT(names({.delimiter = "/x/"}), ElementsAre("a/1", "a/2", "b", "c/x/*", "c/y", "c0", "d"));
  EXPECT_THAT(names({.prefix = "z"}), SizeIs(0));
}

TEST_F(BlobListing, GivesTheSameItemsForEveryPageSize) {
  make({"a", "a/1", "a/2", "a/3/x", "a0", "b", "c/1", "c/2", "d//e", "d/f", "e"});
  ASSERT_TRUE(stage("c/0", "AA", "x"));
  ASSERT_TRUE(stage("b", "AA", "x"));
  ASSERT_TRUE(stage("f", "AA", "x"));
  for (const std::string prefix : {"", "a", "a/", "d/"}) {
    for (const std::string delimiter : {"", "/"}) {
      for (const bool uncommitted : {false, true}) {
        const auto all = names({prefix, delimiter, "", 5000, uncommitted});
        for (const std::size_t limit : {1u, 2u, 3u, 5u}) {
          EXPECT_EQ(names({prefix, delimiter, "", limit, uncommitted}), all)
              << "prefix '" << prefix << "' delimiter '" << delimiter << "' pages of " << limit;
        }
      }
    }
  }
  EXPECT_THAT(names({.uncommitted = true}),
              ElementsAre("a", "a/1", "a/2", "a/3/x", "a0", "b", "c/0?", "c/1", "c/2", "d//e", "d/f", "e", "f?"));
}

TEST_F(BlobListing, SeeksOverLargePrefixes) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(put(fmt::format("x/{:03}", i), ""));
    ASSERT_TRUE(put(fmt::format("y/{:03}", i), ""));
  }
  make({"w", "z"});
  EXPECT_THAT(names({.delimiter = "/"}), ElementsAre("w", "x/*", "y/*", "z"));
  EXPECT_THAT(names({.delimiter = "/", .limit = 2}), ElementsAre("w", "x/*", "y/*", "z"));
  EXPECT_THAT(names({.prefix = "x/", .limit = 7}), SizeIs(100));
}

TEST_F(BlobListing, StartsAtAName) {
  make({"a/1", "a/2", "a/3", "b", "c"});
  EXPECT_THAT(names({.start = "a/2"}), ElementsAre("a/2", "a/3", "b", "c"));
  EXPECT_THAT(names({.start = "a/21"}), ElementsAre("a/3", "b", "c"));
  EXPECT_THAT(names({.limit = 1, .start = "a/2"}), ElementsAre("a/2", "a/3", "b", "c"));
  EXPECT_THAT(names({.prefix = "a/", .start = "a/3"}), ElementsAre("a/3"));
  EXPECT_THAT(names({.prefix = "b", .start = "a"}), ElementsAre("b"));
  EXPECT_THAT(names({.prefix = "a/", .start = "b"}), SizeIs(0));
  EXPECT_THAT(names({.delimiter = "/", .start = "a/2"}), ElementsAre("a/*", "b", "c"));
}

TEST_F(BlobListing, EndsWithoutAMarkerWhenAllIsListed) {
  make({"a/1", "a/2"});
  EXPECT_EQ(blobs().list_blobs("a", "c", {.limit = 2}).value().next_marker, "");
  EXPECT_NE(blobs().list_blobs("a", "c", {.limit = 1}).value().next_marker, "");
  EXPECT_EQ(blobs().list_blobs("a", "c", {.delimiter = "/", .limit = 1}).value().next_marker, "");
}

TEST_F(BlobListing, SurvivesChangesBetweenPages) {
  make({"a", "c", "e", "g"});
  const auto first = blobs().list_blobs("a", "c", {.limit = 2}).value();
  ASSERT_TRUE(blobs().delete_blob(key("c"), {}));
  make({"b", "d", "a"});
  reopen();
  EXPECT_THAT(names({.marker = first.next_marker}), ElementsAre("d", "e", "g"));
}

TEST_F(BlobListing, RefusesMarkersThatAreNotOurs) {
  make({"a", "b", "c"});
  for (const std::string marker : {"x", "!!!!", "AAAA", "Mg"}) {
    EXPECT_THAT(names({.marker = marker}), ElementsAre("invalid")) << marker;
  }
  const auto marker = blobs().list_blobs("a", "c", {.limit = 1}).value().next_marker;
  EXPECT_EQ(percent_encode(marker), marker) << "a marker travels in queries";
  // A marker of another listing never leads outside the prefix.
  EXPECT_THAT(names({.prefix = "c", .marker = marker}), ElementsAre("c"));
}

}  // namespace
}  // namespace quaymaster::blob
