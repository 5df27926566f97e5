#include <gmock/gmock.h>

#include "blob/store/store_fixture_test.h"

namespace quaymaster::blob {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

Errc kind_of(const auto& result) {
  return result.error().kind();
}

class BlobStore : public StoreTest {};

TEST_F(BlobStore, HandsOutWhatWasPutInEverySize) {
  const std::size_t sizes[] = {0,       1,       4096,    65'535,  65'536,    65'537,   131'072,
                               262'143, 262'144, 262'145, 300'000, 1'000'000, 5'000'000};
  for (const auto size : sizes) {
    const auto text = pattern(size, size);
    const auto info = put("b", text);
    ASSERT_TRUE(info) << info.error().cause();
    EXPECT_EQ(info.value().size, size);
    EXPECT_EQ(text_of("b") == text, true) << size;
  }
  reopen();
  EXPECT_TRUE(text_of("b") == pattern(5'000'000, 5'000'000));
}

TEST_F(BlobStore, HandsOutEveryRange) {
  use_small_extents(300'000);  // several pieces, the last one short
  const auto text = pattern(700'001, 1);
  ASSERT_TRUE(put("b", text));
  const auto snapshot = blobs().open_blob(key("b")).value();
  const std::size_t points[] = {0,       1,       65'535,  65'536,  65'537,  262'143,
                                262'144, 262'145, 524'288, 600'000, 700'000, 700'001};
  for (const auto from : points) {
    for (const auto to : points) {
      if (to < from) {
        continue;
      }
      Buffer into(to - from);
      ASSERT_EQ(snapshot->read(from, into).value(), to - from);
      ASSERT_TRUE(as_text(into) == text.substr(from, to - from)) << from << " to " << to;
    }
  }
  Buffer beyond(10);
  EXPECT_EQ(snapshot->read(700'000, beyond).value(), 1u);
  EXPECT_EQ(snapshot->read(700'002, beyond).value(), 0u);
}

TEST_F(BlobStore, TakesBytesInPartsOfAnySize) {
  for (const std::size_t part : {1'000u, 65'536u, 100'000u, 262'144u, 300'000u}) {
    const auto text = pattern(1'234'567, part);
    auto upload = blobs().upload(Hashing::md5);
    for (std::size_t at = 0; at < text.size(); at += part) {
      ASSERT_TRUE(upload->append(as_bytes(text).subspan(at, std::min(part, text.size() - at))));
    }
    auto finished = upload->finish();
    ASSERT_TRUE(finished);
    EXPECT_EQ(finished.value()->size(), text.size());
    EXPECT_EQ(finished.value()->md5(), md5(as_bytes(text)));
    ASSERT_TRUE(blobs().put_blob(key("b"), std::move(finished).value(), {}, {}, {}));
    EXPECT_TRUE(text_of("b") == text) << part;
  }
}

TEST_F(BlobStore, HashesOnlyWhenAsked) {
  EXPECT_FALSE(content("abc")->md5());
  EXPECT_EQ(content("abc", Hashing::md5)->md5(), md5(as_bytes("abc")));
}

TEST_F(BlobStore, KeepsPropertiesAndMetadata) {
  const Properties properties{"text/plain", "gzip", "de", "inline", "no-cache", stored_md5(md5(as_bytes("x")))};
  const Metadata metadata{{"Name", "value"}, {"empty", ""}};
  ASSERT_TRUE(blobs().put_blob(key("b"), content("x"), properties, metadata, {}));
  clock_.advance(std::chrono::seconds{5});
  const auto info = blobs().get_blob(key("b")).value();
  EXPECT_EQ(info.properties.content_type, "text/plain");
  EXPECT_EQ(info.properties.content_encoding, "gzip");
  EXPECT_EQ(info.properties.content_language, "de");
  EXPECT_EQ(info.properties.content_disposition, "inline");
  EXPECT_EQ(info.properties.cache_control, "no-cache");
  EXPECT_EQ(info.properties.md5, stored_md5(md5(as_bytes("x"))));
  EXPECT_EQ(info.metadata, metadata);
  EXPECT_EQ(info.created, kStart);

  const auto renamed = blobs().set_metadata(key("b"), {{"k", "v"}}, {}).value();
  EXPECT_EQ(renamed.metadata, (Metadata{{"k", "v"}}));
  EXPECT_EQ(renamed.properties.content_type, "text/plain");
  EXPECT_GT(renamed.etag, info.etag);
  EXPECT_EQ(renamed.modified, kStart + std::chrono::seconds{5});
  const auto cleared = blobs().set_properties(key("b"), {}, {}).value();
  EXPECT_EQ(cleared.properties.content_type, "");
  EXPECT_FALSE(cleared.properties.md5);
  EXPECT_EQ(cleared.metadata, (Metadata{{"k", "v"}}));
  EXPECT_EQ(text_of("b"), "x");
}

TEST_F(BlobStore, NeverRepeatsAnEtag) {
  std::uint64_t last = 0;
  for (int round = 0; round < 5; ++round) {
    for (const auto etag :
         {put("b", "x").value().etag, blobs().set_metadata(key("b"), {}, {}).value().etag,
          put("other", "x").value().etag, blobs().set_container_metadata("a", "c", {}).value().etag}) {
      EXPECT_GT(etag, last);
      last = etag;
    }
    reopen();
  }
}

TEST_F(BlobStore, RefusesNamesItCannotOrder) {
  for (const auto& name : {std::string(), std::string(4097, 'n'), std::string("\xFF\xFE"), std::string("a\xC0\x80")}) {
    EXPECT_EQ(kind_of(put(name, "x")), Errc::invalid);
    EXPECT_EQ(kind_of(stage(name, "AA==", "x")), Errc::invalid);
  }
  for (const auto& name :
       {std::string(4096, 'n'), std::string("a//b"), std::string("../x"), std::string("nul\0l", 5)}) {
    ASSERT_TRUE(put(name, name));
    EXPECT_TRUE(text_of(name) == name);
  }
}

TEST_F(BlobStore, FindsNothingWhereNothingIs) {
  EXPECT_EQ(text_of("b"), "not_found");
  EXPECT_EQ(text_of("b", "none"), "not_found");
  EXPECT_EQ(kind_of(blobs().get_blob(key("b"))), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().delete_blob(key("b"), {})), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().set_metadata(key("b"), {}, {})), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().get_block_lists(key("b"))), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().put_blob(key("b", "none"), content("x"), {}, {}, {})), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().put_block(key("b", "none"), "AA==", content("x"))), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().put_block_list(key("b", "none"), {}, {}, {}, {})), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().list_blobs("a", "none", {})), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().get_container("a", "none")), Errc::not_found);
  EXPECT_EQ(kind_of(blobs().get_container("other", "c")), Errc::not_found);
}

TEST_F(BlobStore, DeletesBlobs) {
  ASSERT_TRUE(put("b", "x"));
  ASSERT_TRUE(blobs().delete_blob(key("b"), {}));
  EXPECT_EQ(text_of("b"), "not_found");
  EXPECT_THAT(names({}), SizeIs(0));
  EXPECT_EQ(kind_of(blobs().delete_blob(key("b"), {})), Errc::not_found);
}

TEST_F(BlobStore, ReadsOneStateWhateverHappensMeanwhile) {
  ASSERT_TRUE(put("b", "old"));
  const auto old = blobs().open_blob(key("b")).value();
  ASSERT_TRUE(put("b", "new!"));
  const auto fresh = blobs().open_blob(key("b")).value();
  ASSERT_TRUE(blobs().delete_blob(key("b"), {}));
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(text_of(*old), "old");
  EXPECT_EQ(text_of(*fresh), "new!");
  EXPECT_LT(old->info().etag, fresh->info().etag);
}

struct ConditionCase {
  std::string_view name;
  Conditions conditions;
  std::optional<Errc> there;   // expected on a blob with etag 7, modified at kStart + 0.5 s
  std::optional<Errc> absent;  // expected without a blob
};

TEST(BlobConditions, FollowTheTable) {
  const auto at = [](int milliseconds) { return kStart + std::chrono::milliseconds{milliseconds}; };
  const BlobInfo blob{"b", Type::block, 0, 7, kStart, at(500), {}, {}};
  const ConditionCase cases[] = {
      {"none", {}, {}, {}},
      {"if-match", {.if_match = {7}}, {}, Errc::precondition},
      {"if-match of several", {.if_match = {6, 7}}, {}, Errc::precondition},
      {"if-match of another", {.if_match = {6}}, Errc::precondition, Errc::precondition},
      {"if-match any", {.if_match_any = true}, {}, Errc::precondition},
      {"if-none-match", {.if_none_match = {7}}, Errc::precondition, {}},
      {"if-none-match of another", {.if_none_match = {6}}, {}, {}},
      {"must not exist", {.must_not_exist = true}, Errc::conflict, {}},
      {"modified since before", {.modified_since = at(-1000)}, {}, {}},
      {"modified since the same second", {.modified_since = at(0)}, Errc::precondition, {}},
      {"modified since later", {.modified_since = at(1000)}, Errc::precondition, {}},
      {"unmodified since before", {.unmodified_since = at(-1000)}, Errc::precondition, {}},
      {"unmodified since the same second", {.unmodified_since = at(0)}, {}, {}},
      {"the etag decides: match", {.if_match = {7}, .unmodified_since = at(-1000)}, {}, Errc::precondition},
      {"the etag decides: none match", {.if_none_match = {6}, .modified_since = at(1000)}, {}, {}},
      {"both senses", {.if_match = {7}, .modified_since = at(1000)}, Errc::precondition, Errc::precondition},
  };
  for (const auto& c : cases) {
    const auto there = check_conditions(c.conditions, blob);
    const auto absent = check_conditions(c.conditions, std::nullopt);
    EXPECT_EQ(there ? std::nullopt : std::optional(kind_of(there)), c.there) << c.name;
    EXPECT_EQ(absent ? std::nullopt : std::optional(kind_of(absent)), c.absent) << c.name;
  }
}

TEST_F(BlobStore, HoldsConditionsOnEveryChange) {
  const auto etag = put("b", "x").value().etag;
  const Conditions wrong{.if_match = {etag + 1}};
  const Conditions right{.if_match = {etag}};
  EXPECT_EQ(kind_of(put("b", "y", wrong)), Errc::precondition);
  EXPECT_EQ(kind_of(put("b", "y", {.must_not_exist = true})), Errc::conflict);
  EXPECT_EQ(kind_of(list_of("b", {}, wrong)), Errc::precondition);
  EXPECT_EQ(kind_of(blobs().set_metadata(key("b"), {}, wrong)), Errc::precondition);
  EXPECT_EQ(kind_of(blobs().set_properties(key("b"), {}, wrong)), Errc::precondition);
  EXPECT_EQ(kind_of(blobs().delete_blob(key("b"), wrong)), Errc::precondition);
  EXPECT_EQ(text_of("b"), "x");
  EXPECT_EQ(blobs().get_blob(key("b")).value().etag, etag);
  // Calls that do not create ignore "*" (blob.md, 10.1).
  ASSERT_TRUE(blobs().delete_blob(key("b"), {.if_match = {etag}, .must_not_exist = true}));
  EXPECT_EQ(kind_of(put("b", "y", right)), Errc::precondition);
  EXPECT_TRUE(put("b", "y", {.must_not_exist = true}));
}

TEST_F(BlobStore, KeepsContainersApart) {
  EXPECT_EQ(kind_of(blobs().create_container("a", "c", {})), Errc::conflict);
  ASSERT_TRUE(blobs().create_container("a", "d", {{"k", "v"}}));
  ASSERT_TRUE(blobs().create_container("other", "c", {}));
  ASSERT_TRUE(put("b", "x"));
  EXPECT_EQ(text_of("b", "d"), "not_found");
  EXPECT_EQ(kind_of(blobs().get_blob({"other", "c", "b"})), Errc::not_found);
  EXPECT_EQ(blobs().get_container("a", "d").value().metadata, (Metadata{{"k", "v"}}));
  const auto before = blobs().get_container("a", "d").value().etag;
  EXPECT_GT(blobs().set_container_metadata("a", "d", {}).value().etag, before);
  EXPECT_THAT(blobs().get_container("a", "d").value().metadata, SizeIs(0));
}

TEST_F(BlobStore, KeepsATierUntilAnotherIsAskedFor) {
  const auto tier = [&](const std::string& name) { return blobs().get_blob(key(name)).value().properties.tier; };
  ASSERT_TRUE(put("b", "x"));
  EXPECT_FALSE(tier("b"));
  ASSERT_TRUE(blobs().put_blob(key("b"), content("y"), {.tier = Tier::cool}, {}, {}));
  const auto written = blobs().get_blob(key("b")).value();
  EXPECT_EQ(written.properties.tier, Tier::cool);
  EXPECT_EQ(written.tier_changed, kStart);

  clock_.advance(std::chrono::seconds{5});
  ASSERT_TRUE(put("b", "z"));
  ASSERT_TRUE(blobs().set_properties(key("b"), {"text/plain", "", "", "", "", {}}, {}));
  ASSERT_TRUE(blobs().set_metadata(key("b"), {{"k", "v"}}, {}));
  reopen();
  const auto before = blobs().get_blob(key("b")).value();
  EXPECT_EQ(before.properties.tier, Tier::cool);
  EXPECT_EQ(before.properties.content_type, "text/plain");
  EXPECT_EQ(before.tier_changed, kStart);

  clock_.advance(std::chrono::seconds{5});
  ASSERT_TRUE(blobs().set_tier(key("b"), Tier::cold));
  const auto after = blobs().list_blobs("a", "c", {}).value().items.front().blob.value();
  EXPECT_EQ(after.properties.tier, Tier::cold);
  EXPECT_EQ(after.tier_changed, kStart + std::chrono::seconds{10});
  EXPECT_EQ(after.etag, before.etag);
  EXPECT_EQ(after.modified, before.modified);

  ASSERT_TRUE(blobs().delete_blob(key("b"), {}));
  EXPECT_EQ(kind_of(blobs().set_tier(key("b"), Tier::hot)), Errc::not_found);
  ASSERT_TRUE(put("b", "new"));
  EXPECT_FALSE(tier("b"));
}

TEST_F(BlobStore, ListsContainersByName) {
  for (const auto* name : {"cb", "d", "ca", "$root"}) {
    ASSERT_TRUE(blobs().create_container("a", name, {}));
  }
  ASSERT_TRUE(blobs().create_container("other", "cc", {}));
  std::string marker;
  const auto list = [&](const std::string& prefix, std::size_t limit) {
    std::vector<std::string> all;
    const auto page = blobs().list_containers("a", prefix, marker, limit).value();
    for (const auto& container : page.containers) {
      all.push_back(container.name);
    }
    marker = page.next_marker;
    return all;
  };
  EXPECT_THAT(list("", 5), ElementsAre("$root", "c", "ca", "cb", "d"));
  EXPECT_EQ(marker, "");
  EXPECT_THAT(list("", 2), ElementsAre("$root", "c"));
  ASSERT_TRUE(blobs().create_container("a", "bb", {}));
  ASSERT_TRUE(blobs().delete_container("a", "ca", {}));
  EXPECT_THAT(list("", 2), ElementsAre("cb", "d"));
  EXPECT_EQ(marker, "");
  EXPECT_THAT(list("c", 10), ElementsAre("c", "cb"));
  EXPECT_THAT(list("x", 10), SizeIs(0));
  for (const auto* foreign : {"c", "cb", "!!!!", "MQ"}) {
    EXPECT_EQ(kind_of(blobs().list_containers("a", "", foreign, 10)), Errc::invalid) << foreign;
  }
}

TEST_F(BlobStore, NeverShowsBlobsOfADeletedContainerInANewOne) {
  ASSERT_TRUE(put("b", "x"));
  ASSERT_TRUE(stage("u", "AA==", "x"));
  const auto etag = blobs().get_container("a", "c").value().etag;
  EXPECT_EQ(kind_of(blobs().delete_container("a", "c", {.if_match = {etag + 1}})), Errc::precondition);
  ASSERT_TRUE(blobs().delete_container("a", "c", {.if_match = {etag}}));
  EXPECT_EQ(text_of("b"), "not_found");
  EXPECT_EQ(kind_of(blobs().delete_container("a", "c", {})), Errc::not_found);
  ASSERT_TRUE(blobs().create_container("a", "c", {}));
  EXPECT_THAT(names({.uncommitted = true}), SizeIs(0));
  EXPECT_EQ(text_of("b"), "not_found");
  ASSERT_TRUE(put("b", "new"));
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_EQ(text_of("b"), "new");
  EXPECT_THAT(names({.uncommitted = true}), ElementsAre("b"));
}

TEST_F(BlobStore, DeletesAnAccountAndNoOther) {
  ASSERT_TRUE(blobs().create_container("a", "d", {}));
  ASSERT_TRUE(blobs().create_container("b", "c", {}));
  ASSERT_TRUE(put("x", "x"));
  ASSERT_TRUE(blobs().put_blob({"b", "c", "x"}, content("y"), {}, {}, {}));
  ASSERT_TRUE(blobs().delete_account("a"));
  ASSERT_TRUE(blobs().delete_account("a"));
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_THAT(blobs().list_containers("a", "", "", 10).value().containers, SizeIs(0));
  EXPECT_EQ(text_of(*blobs().open_blob({"b", "c", "x"}).value()), "y");
}

TEST_F(BlobStore, CommitsManyBlobsInOneTransactionOfTheCaller) {
  std::vector<Store::NewBlob> blobs_to_make;
  for (int i = 0; i < 3; ++i) {
    Store::NewBlob blob{key(fmt::format("b{}", i)), Type::block, 6, {}, {}, {}, {}};
    blob.parts.push_back({0, "AA==", content("abc")});
    blob.parts.push_back({3, "AA==", content("def")});
    ASSERT_TRUE(blobs().flush({blob.parts[0].content.get(), blob.parts[1].content.get()}));
    blobs_to_make.push_back(std::move(blob));
  }
  const auto commit_all = [&](Errc* end) {
    return database_->write([&, end](store::Writer& writer) -> Result<> {
      TRY(blobs().ensure_container(writer, "a", "made"));
      TRY(blobs().ensure_container(writer, "a", "c"));
      for (const auto& blob : blobs_to_make) {
        TRY(blobs().commit(writer, blob));
      }
      return end == nullptr ? Result<>(ok()) : Result<>(Error(*end, "the caller's own step fails"));
    });
  };
  auto fails = Errc::cancelled;
  ASSERT_FALSE(commit_all(&fails));
  EXPECT_THAT(names({}), SizeIs(0));
  EXPECT_EQ(kind_of(blobs().get_container("a", "made")), Errc::not_found);
  ASSERT_TRUE(commit_all(nullptr));
  blobs_to_make.clear();
  ASSERT_TRUE(blobs().reclaim());
  EXPECT_THAT(names({}), ElementsAre("b0", "b1", "b2"));
  EXPECT_EQ(text_of("b1"), "abcdef");
  EXPECT_THAT(blobs().get_block_lists(key("b1")).value().committed, SizeIs(2));
  ASSERT_TRUE(database_->read([&](store::Reader& reader) -> Result<> {
    TRY(const auto found, blobs().find(reader, key("b1")));
    EXPECT_EQ(found.value().size, 6u);
    TRY(const auto absent, blobs().find(reader, key("none")));
    EXPECT_FALSE(absent);
    TRY(const auto nowhere, blobs().find(reader, key("b1", "none")));
    EXPECT_FALSE(nowhere);
    return ok();
  }));
}

TEST_F(BlobStore, ReadsHolesOfPageBlobsAsZeros) {
  Store::NewBlob blob{key("p"), Type::page, 4096, {}, {}, {}, {}};
  blob.parts.push_back({512, "", content(std::string(512, 'x'))});
  blob.parts.push_back({2048, "", content(std::string(1024, 'y'))});
  ASSERT_TRUE(blobs().flush({blob.parts[0].content.get(), blob.parts[1].content.get()}));
  ASSERT_TRUE(database_->write([&](store::Writer& writer) -> Result<> {
    TRY(blobs().commit(writer, blob));
    return ok();
  }));
  const auto expected = std::string(512, '\0') + std::string(512, 'x') + std::string(1024, '\0') +
                        std::string(1024, 'y') + std::string(1024, '\0');
  EXPECT_TRUE(text_of("p") == expected);
  const auto snapshot = blobs().open_blob(key("p")).value();
  EXPECT_EQ(snapshot->info().type, Type::page);
  for (std::size_t from = 0; from < 4096; from += 100) {
    Buffer into(700);
    const auto count = snapshot->read(from, into).value();
    EXPECT_TRUE(as_text(Bytes(into).first(count)) == expected.substr(from, 700)) << from;
  }
  // A page blob takes no blocks, but a new block blob may replace it.
  EXPECT_EQ(kind_of(stage("p", "AA==", "x")), Errc::unsupported);
  EXPECT_EQ(kind_of(list_of("p", {})), Errc::unsupported);
  ASSERT_TRUE(put("p", "block"));
  EXPECT_EQ(blobs().get_blob(key("p")).value().type, Type::block);
}

}  // namespace
}  // namespace quaymaster::blob
