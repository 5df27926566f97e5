#include <gmock/gmock.h>

#include "blob/store/states_fixture_test.h"

namespace quaymaster::blob {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

class BlobStates : public StatesTest {};

TEST_F(BlobStates, SnapshotsStayWhenTheBlobChanges) {
  ASSERT_TRUE(put("b", "one"));
  const auto before = blobs().get_blob(key("b")).value();
  const auto first = snap("b");
  const auto second = snap("b");
  EXPECT_LT(first, second) << "ids rise though the clock stands still";
  EXPECT_EQ(blobs().get_blob(key("b")).value().etag, before.etag) << "the blob is not changed";

  ASSERT_TRUE(put("b", "two"));
  EXPECT_EQ(text_of("b"), "two");
  EXPECT_EQ(state_text("b", snapshot(first)), "one");
  EXPECT_EQ(state_text("b", snapshot(first + Ticks{5})), "not_found");
  EXPECT_EQ(state_text("b", version(first)), "not_found");
  const auto info = blobs().get_blob(key("b"), snapshot(first)).value();
  EXPECT_EQ(info.snapshot, first);
  EXPECT_FALSE(info.is_current);
  EXPECT_EQ(info.etag, before.etag);
  EXPECT_EQ(info.modified, before.modified);
  EXPECT_THAT(states(), ElementsAre("s:b=one", "s:b=one", "b=two"));
  EXPECT_THAT(states({}), ElementsAre("b=two"));
  expect_exact_counts();
}

TEST_F(BlobStates, ASnapshotHasTheMetadataOfTheBlobOrItsOwn) {
  ASSERT_TRUE(blobs().put_blob(key("b"), content("x"), {}, {{"a", "1"}}, {}));
  const auto before = blobs().get_blob(key("b")).value();
  const auto same = snap("b");
  const auto made = blobs().create_snapshot(key("b"), Metadata{{"b", "2"}}, {}).value();
  EXPECT_NE(made.etag, before.etag);
  EXPECT_GT(made.modified, before.modified);
  EXPECT_EQ(blobs().get_blob(key("b"), snapshot(same)).value().metadata, (Metadata{{"a", "1"}}));
  EXPECT_EQ(blobs().get_blob(key("b"), snapshot(*made.snapshot)).value().metadata, (Metadata{{"b", "2"}}));
  EXPECT_EQ(blobs().get_blob(key("b")).value().metadata, (Metadata{{"a", "1"}}));
  EXPECT_EQ(blobs().create_snapshot(key("none"), {}, {}).error().kind(), Errc::not_found);
  EXPECT_EQ(blobs().create_snapshot(key("b"), {}, {.if_match = {1}}).error().kind(), Errc::precondition);
}

TEST_F(BlobStates, ASnapshotKeepsItsBlocks) {
  ASSERT_TRUE(stage("b", "AA==", "one"));
  ASSERT_TRUE(stage("b", "BB==", "two"));
  ASSERT_TRUE(list_of("b", {"AA==", "BB=="}));
  const auto first = snap("b");
  ASSERT_TRUE(list_of("b", {"=BB==", "=BB=="}));
  EXPECT_EQ(text_of("b"), "twotwo");
  expect_exact_counts();
  const auto lists = blobs().get_block_lists(key("b"), snapshot(first)).value();
  ASSERT_EQ(lists.committed.size(), 2u);
  EXPECT_EQ(lists.committed[0].id, "AA==");
  EXPECT_EQ(blobs().get_block_lists(key("b")).value().committed[0].id, "BB==");
  ASSERT_EQ(remove("b", {.snapshots = SnapshotDeletion::only}), "ok");
  EXPECT_EQ(text_of("b"), "twotwo");
  expect_exact_counts();
}

TEST_F(BlobStates, ABlobWithSnapshotsIsDeletedOnlyOnRequest) {
  ASSERT_TRUE(put("b", "one"));
  const auto first = snap("b");
  snap("b");
  EXPECT_EQ(remove("b"), "SnapshotsPresent");
  EXPECT_EQ(remove("b", {.state = snapshot(first)}), "ok");
  EXPECT_EQ(remove("b", {.state = snapshot(first)}), "not_found");
  EXPECT_EQ(remove("b"), "SnapshotsPresent");
  EXPECT_EQ(remove("b", {.snapshots = SnapshotDeletion::only}), "ok");
  EXPECT_THAT(states(), ElementsAre("b=one"));
  snap("b");
  EXPECT_EQ(remove("b", {.snapshots = SnapshotDeletion::include}), "ok");
  EXPECT_THAT(states(), IsEmpty());
  expect_exact_counts();
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(bytes_on_disk(), 0u);
}

TEST_F(BlobStates, ABlobWithSnapshotsKeepsItsType) {
  ASSERT_TRUE(put("b", "one"));
  snap("b");
  Store::NewBlob page{.key = key("b"), .type = Type::page, .size = 512};
  const auto write = [&] {
    return database_->write([&](store::Writer& writer) -> Result<> {
      TRY(blobs().commit(writer, page));
      return ok();
    });
  };
  const auto refused = write();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().published()->row, &kSnapshotsPresent);
  ASSERT_EQ(remove("b", {.snapshots = SnapshotDeletion::only}), "ok");
  EXPECT_TRUE(write());
}

TEST_F(BlobStates, VersionsAreKeptWhenABlobIsOverwrittenOrDeleted) {
  ASSERT_TRUE(put("b", "zero"));
  clock_.advance(std::chrono::seconds{1});
  keep({.versions = true});
  const auto one = put("b", "one").value();
  const auto two = put("b", "two").value();
  ASSERT_TRUE(one.version && two.version);
  EXPECT_LT(*one.version, *two.version);
  EXPECT_THAT(states(), ElementsAre("v:b=zero", "v:b=one", "b=two"));
  EXPECT_EQ(state_text("b", version(*one.version)), "one");
  EXPECT_EQ(state_text("b", version(*two.version)), "two") << "the current one has a version id too";
  EXPECT_EQ(state_text("b", version(kStart)), "zero") << "one without a version id gets the time of its last change";

  EXPECT_EQ(remove("b", {.state = version(*two.version)}), "OperationNotAllowedOnRootBlob");
  EXPECT_EQ(remove("b"), "kept");
  EXPECT_EQ(text_of("b"), "not_found");
  EXPECT_EQ(remove("b"), "not_found");
  EXPECT_THAT(states(), ElementsAre("v:b=zero", "v:b=one", "v:b=two"));
  EXPECT_THAT(states({.only_versions = true}), ElementsAre("v:b=two!"));
  EXPECT_EQ(remove("b", {.state = version(*one.version)}), "ok");
  ASSERT_TRUE(put("b", "three"));
  EXPECT_THAT(states(), ElementsAre("v:b=zero", "v:b=two", "b=three"));
  EXPECT_THAT(states({.only_versions = true}), ElementsAre("b=three"));
  expect_exact_counts();
}

TEST_F(BlobStates, MetadataMakeAVersionAndPropertiesDoNot) {
  keep({.versions = true});
  const auto first = put("b", "one").value();
  const auto second = blobs().set_metadata(key("b"), {{"k", "v"}}, {}).value();
  ASSERT_TRUE(second.version);
  EXPECT_LT(*first.version, *second.version);
  const auto third = blobs().set_properties(key("b"), {.content_type = "text/plain"}, {}).value();
  EXPECT_EQ(third.version, second.version);
  EXPECT_THAT(states(), ElementsAre("v:b=one", "b=one"));
  const auto old = blobs().get_blob(key("b"), version(*first.version)).value();
  EXPECT_EQ(old.etag, first.etag);
  EXPECT_TRUE(old.metadata.empty());
  expect_exact_counts();
}

TEST_F(BlobStates, AVersionOutlivesTheSettingThatMadeIt) {
  keep({.versions = true});
  ASSERT_TRUE(put("b", "one"));
  keep({});
  const auto two = put("b", "two").value();
  EXPECT_FALSE(two.version);
  EXPECT_THAT(states(), ElementsAre("v:b=one", "b=two"));
  ASSERT_TRUE(put("b", "three"));
  EXPECT_THAT(states(), ElementsAre("v:b=one", "b=three"));
  EXPECT_EQ(remove("b"), "ok");
  EXPECT_THAT(states(), ElementsAre("v:b=one"));
  expect_exact_counts();
}

TEST_F(BlobStates, ASnapshotOfAVersionedBlobBeginsAVersion) {
  keep({.versions = true});
  const auto first = put("b", "one").value();
  const auto made = blobs().create_snapshot(key("b"), {}, {}).value();
  const auto current = blobs().get_blob(key("b")).value();
  EXPECT_EQ(made.version, current.version);
  EXPECT_GT(*current.version, *first.version);
  EXPECT_EQ(current.etag, first.etag);
  EXPECT_THAT(states(), ElementsAre("v:b=one", "s:b=one", "b=one"));
  EXPECT_EQ(remove("b"), "SnapshotsPresent");
  EXPECT_EQ(remove("b", {.snapshots = SnapshotDeletion::include}), "kept");
  EXPECT_THAT(states(), ElementsAre("v:b=one", "v:b=one"));
  expect_exact_counts();
}

TEST_F(BlobStates, WhatIsDeletedComesBackUntilItsDaysAreOver) {
  keep({.blob_days = 7});
  ASSERT_TRUE(put("b", "one"));
  snap("b");
  EXPECT_EQ(remove("b", {.snapshots = SnapshotDeletion::include}), "kept");
  EXPECT_EQ(text_of("b"), "not_found");
  EXPECT_THAT(states({}), IsEmpty());
  EXPECT_THAT(states({.deleted = true}), ElementsAre("-d:b="));
  EXPECT_THAT(states(), ElementsAre("-s:b=", "-d:b="));
  ASSERT_TRUE(blobs().reclaim());
  const auto listed = blobs().list_blobs("a", "c", {.deleted = true}).value().items.front().blob.value();
  EXPECT_EQ(listed.deletion->at, kStart);
  EXPECT_EQ(listed.deletion->expires, kStart + days{7});

  clock_.advance(days{7} - Ticks{1});
  ASSERT_TRUE(blobs().undelete_blob(key("b")));
  EXPECT_THAT(states(), ElementsAre("s:b=one", "b=one"));
  EXPECT_TRUE(blobs().undelete_blob(key("b"))) << "nothing to restore";
  EXPECT_EQ(blobs().undelete_blob(key("none")).error().kind(), Errc::not_found);

  EXPECT_EQ(remove("b", {.snapshots = SnapshotDeletion::include}), "kept");
  clock_.advance(days{7});
  EXPECT_THAT(states(), IsEmpty()) << "by the clock, before reclaim removes it";
  EXPECT_EQ(blobs().undelete_blob(key("b")).error().kind(), Errc::not_found);
  EXPECT_GT(blobs().reclaimable().value(), 0u);
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(bytes_on_disk(), 0u);
  expect_exact_counts();
}

TEST_F(BlobStates, WhatIsOverwrittenIsADeletedSnapshot) {
  keep({.blob_days = 7});
  ASSERT_TRUE(put("b", "one"));
  ASSERT_TRUE(put("b", "two"));
  EXPECT_THAT(states(), ElementsAre("-s:b=", "b=two"));
  EXPECT_EQ(remove("b"), "kept") << "a deleted snapshot is no obstacle";
  ASSERT_TRUE(put("b", "three"));
  EXPECT_THAT(states(), ElementsAre("-s:b=", "-s:b=", "b=three"));
  ASSERT_TRUE(blobs().undelete_blob(key("b")));
  EXPECT_THAT(states(), ElementsAre("s:b=one", "s:b=two", "b=three"));
  expect_exact_counts();
}

TEST_F(BlobStates, DeletedVersionsComeBackAsVersions) {
  keep({.versions = true, .blob_days = 7});
  const auto one = put("b", "one").value();
  ASSERT_TRUE(put("b", "two"));
  EXPECT_EQ(remove("b", {.state = version(*one.version)}), "kept");
  EXPECT_EQ(state_text("b", version(*one.version)), "not_found");
  EXPECT_THAT(states(), ElementsAre("-v:b=", "b=two"));
  EXPECT_THAT(states({.versions = true}), ElementsAre("b=two"));
  ASSERT_TRUE(blobs().undelete_blob(key("b")));
  EXPECT_THAT(states(), ElementsAre("v:b=one", "b=two"));
}

TEST_F(BlobStates, WhatIsDeletedGoesForGoodOnRequestWhereThatIsAllowed) {
  keep({.blob_days = 7});
  ASSERT_TRUE(put("b", "one"));
  const auto first = snap("b");
  const DeleteRequest for_good{.state = snapshot(first), .permanent = true};
  EXPECT_EQ(remove("b", for_good), "OperationNotAllowed");
  keep({.blob_days = 7, .permanent_delete = true});
  EXPECT_EQ(remove("b", for_good), "InvalidOperation") << "it is not deleted yet";
  EXPECT_EQ(remove("b", {.state = snapshot(first)}), "kept");
  EXPECT_EQ(remove("b", for_good), "ok");
  EXPECT_THAT(states(), ElementsAre("b=one"));
  expect_exact_counts();
}

TEST_F(BlobStates, ADeletedContainerComesBackWithEverything) {
  keep({.container_days = 3});
  ASSERT_TRUE(put("b", "one"));
  snap("b");
  ASSERT_TRUE(put("b", "two"));
  ASSERT_TRUE(blobs().delete_container("a", "c", {}));
  EXPECT_EQ(text_of("b"), "not_found");
  ASSERT_TRUE(blobs().create_container("a", "c", {})) << "the name is free";
  ASSERT_TRUE(put("other", "new"));
  ASSERT_TRUE(blobs().delete_container("a", "c", {}));
  ASSERT_TRUE(blobs().create_container("a", "c", {}));
  ASSERT_TRUE(blobs().reclaim());

  std::vector<ContainerInfo> listed;
  std::string marker;
  do {
    const auto page = blobs().list_containers("a", "", marker, 1, true).value();
    listed.insert(listed.end(), page.containers.begin(), page.containers.end());
    marker = page.next_marker;
  } while (!marker.empty());
  ASSERT_EQ(listed.size(), 3u);
  ASSERT_TRUE(listed[0].deletion && listed[1].deletion && !listed[2].deletion);
  EXPECT_EQ(listed[0].deletion->expires, kStart + days{3});
  EXPECT_EQ(blobs().list_containers("a", "", "", 10).value().containers.size(), 1u);

  EXPECT_EQ(blobs().restore_container("a", "c", listed[0].id, "c").error().kind(), Errc::conflict);
  ASSERT_TRUE(blobs().restore_container("a", "c", listed[0].id, "back"));
  EXPECT_EQ(blobs().restore_container("a", "c", listed[0].id, "again").error().kind(), Errc::not_found);
  EXPECT_EQ(text_of("b", "back"), "two");
  EXPECT_EQ(blobs().list_blobs("a", "back", everything()).value().items.size(), 2u);

  clock_.advance(days{3});
  EXPECT_EQ(blobs().restore_container("a", "c", listed[1].id, "late").error().kind(), Errc::not_found);
  EXPECT_EQ(blobs().list_containers("a", "", "", 10, true).value().containers.size(), 2u);
  ASSERT_TRUE(blobs().delete_account("a"));
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(bytes_on_disk(), 0u);
  EXPECT_EQ(blobs().get_keeping("a").value().container_days, 0);
}

TEST_F(BlobStates, AreListedInOneOrderHoweverSmallThePages) {
  keep({.versions = true, .blob_days = 7});
  for (const auto* name : {"a", "a/1", "a/2", "b"}) {
    ASSERT_TRUE(put(name, "1"));
    snap(name);
    ASSERT_TRUE(put(name, "2"));
  }
  ASSERT_EQ(remove("a/1", {.snapshots = SnapshotDeletion::include}), "kept");
  const auto whole = states();
  EXPECT_THAT(whole, ElementsAre("v:a=1", "s:a=1", "v:a=1", "a=2",            //
                                 "v:a/1=1", "-s:a/1=", "v:a/1=1", "v:a/1=2",  //
                                 "v:a/2=1", "s:a/2=1", "v:a/2=1", "a/2=2",    //
                                 "v:b=1", "s:b=1", "v:b=1", "b=2"));
  for (std::size_t limit = 1; limit < whole.size(); ++limit) {
    EXPECT_EQ(states(everything(limit)), whole) << limit;
  }
  auto directories = everything(1);
  directories.delimiter = "/";
  EXPECT_THAT(states(directories),
              ElementsAre("v:a=1", "s:a=1", "v:a=1", "a=2", "a/*", "v:b=1", "s:b=1", "v:b=1", "b=2"));
  EXPECT_THAT(states({.prefix = "a/", .limit = 1, .only_versions = true}), ElementsAre("v:a/1=2!", "a/2=2"));
  EXPECT_THAT(states({.limit = 1, .start = "a/2", .snapshots = true}), ElementsAre("s:a/2=1", "a/2=2", "s:b=1", "b=2"));
}

TEST_F(BlobStates, AMarkerOfAListingWithoutThemIsTakenByOneWithThem) {
  for (const auto* name : {"a", "b"}) {
    ASSERT_TRUE(put(name, "1"));
    snap(name);
  }
  const auto marker = blobs().list_blobs("a", "c", {.limit = 1}).value().next_marker;
  auto request = everything();
  request.marker = marker;
  EXPECT_THAT(states(request), ElementsAre("s:b=1", "b=1"));
  request.marker = "MzE";
  EXPECT_THAT(states(request), ElementsAre("invalid"));
}

TEST_F(BlobStates, ShareTheirBytesAlsoAfterACompaction) {
  use_small_extents(64 * kKiB);
  const auto text = pattern(20'000, 1);
  ASSERT_TRUE(put("dead", pattern(40'000, 2)));
  ASSERT_TRUE(put("b", text));
  const auto first = snap("b");
  for (int i = 0; i < 20; ++i) {
    snap("b");
  }
  ASSERT_TRUE(put("next", pattern(60'000, 3)));
  ASSERT_EQ(remove("dead"), "ok");
  const auto place = [&] {
    std::string pieces;
    EXPECT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
      TRY(reader.first("SELECT pieces FROM blob_contents",
                       [&](const store::Row& row) { pieces = as_text(row.blob(0)); }));
      return ok();
    }));
    return pieces;
  };
  const auto before = place();
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_NE(place(), before) << "it was not moved";
  EXPECT_TRUE(text_of("b") == text);
  EXPECT_TRUE(state_text("b", snapshot(first)) == text);
  expect_exact_counts();
  EXPECT_LT(bytes_on_disk(), 2 * 64 * kKiB + 1) << "moved once, not for each snapshot";
}

TEST_F(BlobStates, FormerBytesAreMovedByCompaction) {
  use_small_extents(64 * kKiB);
  keep({.versions = true});
  const auto text = pattern(20'000, 1);
  ASSERT_TRUE(put("dead", pattern(40'000, 2)));
  const auto old = put("b", text).value();
  ASSERT_TRUE(put("b", pattern(60'000, 3)));
  keep({});
  ASSERT_EQ(remove("dead"), "kept");
  ASSERT_TRUE(database_->write([&](store::Writer& writer) -> Result<> {
    TRY(writer.change("UPDATE blob_former SET expires = 1 WHERE name = CAST('dead' AS BLOB)"));
    return ok();
  }));
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_TRUE(state_text("b", version(*old.version)) == text);
  expect_exact_counts();
}

TEST_F(BlobStates, PagesOfManyHiddenStatesEndAndGoOn) {
  keep({.versions = true});
  ASSERT_TRUE(put("b", ""));
  ASSERT_TRUE(database_->write([&](store::Writer& writer) -> Result<> {
    TRY(
        writer.change("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)"
                      " INSERT INTO blob_former (container, name, moment, kind, deleted, expires, type, size, etag, "
                      "created, modified,"
                      " has_blocks, properties, metadata, tier, tier_changed, content, pieces)"
                      " SELECT container, name, i, 2, 0, 0, 0, 0, i, 0, 0, 0, properties, metadata, 0, 0, 0, x'' FROM "
                      "blob_blobs, n"));
    TRY(writer.change("UPDATE blob_containers SET has_former = 1"));
    return ok();
  }));
  ListRequest request{.limit = 10, .snapshots = true};
  const auto first = blobs().list_blobs("a", "c", request).value();
  EXPECT_TRUE(first.items.empty());
  EXPECT_FALSE(first.next_marker.empty());
  EXPECT_THAT(states(request), ElementsAre("b="));
}

TEST_F(BlobStates, AnExpiredBlobHidesNothing) {
  keep({.blob_days = 1});
  for (const auto* name : {"a", "b", "c"}) {
    ASSERT_TRUE(put(name, "1"));
    ASSERT_EQ(remove(name), "kept");
    ASSERT_TRUE(stage(name, "AA==", "2"));
  }
  EXPECT_EQ(states({.limit = 1, .uncommitted = true, .deleted = true}).size(), 6u);
  clock_.advance(days{1});
  EXPECT_EQ(names({.limit = 1, .uncommitted = true, .deleted = true}), (std::vector<std::string>{"a?", "b?", "c?"}));
}

TEST_F(BlobStates, TierOfOneState) {
  ASSERT_TRUE(put("b", "one"));
  const auto first = snap("b");
  ASSERT_TRUE(blobs().set_tier(key("b"), Tier::cool, snapshot(first)));
  EXPECT_EQ(blobs().get_blob(key("b"), snapshot(first)).value().properties.tier, Tier::cool);
  EXPECT_FALSE(blobs().get_blob(key("b")).value().properties.tier);
  EXPECT_EQ(blobs().set_tier(key("b"), Tier::cool, version(first)).error().kind(), Errc::not_found);
}

}  // namespace
}  // namespace quaymaster::blob
