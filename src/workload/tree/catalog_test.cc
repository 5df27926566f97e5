#include "workload/tree/catalog.h"

#include <algorithm>

#include "testing/workload/test_place.h"

namespace quaymaster::workload {
namespace {

using namespace test;
using namespace std::literals;

CatalogEntry some_entry() {
  CatalogEntry entry;
  entry.entry.path = "dir/name";
  entry.entry.kind = EntryKind::file;
  entry.entry.mode = 04755;
  entry.entry.uid = 4'000'000'000;
  entry.entry.gid = 7;
  entry.entry.modified = {-5, 999'999'999};  // before 1970
  entry.entry.changed = {1'700'000'000, 1};
  entry.entry.inode = ~0ULL;
  entry.entry.device = 42;
  entry.entry.links = 3;
  entry.entry.attributes = {{"user.a", {1, 2, 3}}, {"user.b", {}}};
  entry.entry.changed_meanwhile = true;
  entry.racy = true;
  entry.content.extents = {{vault::ChunkId{{1, 2, 3}}, 1000}, {std::nullopt, std::uint64_t{1} << 40}};
  entry.content.size = 1000 + (std::uint64_t{1} << 40);
  return entry;
}

TEST(Catalog, EntriesAreReadBackUnchanged) {
  const auto entry = some_entry();
  Buffer bytes;
  append_entry(bytes, entry, "name", 2);
  const auto head = read_head(bytes).value().value();
  EXPECT_EQ(head.name, "name");
  EXPECT_EQ(head.depth, 2);
  EXPECT_EQ(head.size, bytes.size());
  const auto back = read_entry(bytes, "dir/name").value();
  Buffer again;
  append_entry(again, back, "name", 2);
  EXPECT_EQ(again, bytes);
  EXPECT_EQ(back.entry.modified, entry.entry.modified);
  EXPECT_EQ(back.entry.changed, entry.entry.changed);
  EXPECT_EQ(back.entry.uid, entry.entry.uid);
  EXPECT_EQ(back.entry.inode, entry.entry.inode);
  EXPECT_EQ(back.entry.size, entry.content.size);
  EXPECT_EQ(back.entry.attributes, entry.entry.attributes);
  EXPECT_TRUE(back.racy);
}

TEST(Catalog, AnIncompleteEntryIsWaitedFor) {
  Buffer bytes;
  append_entry(bytes, some_entry(), "name", 2);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_head(Bytes(bytes).first(size)).value()) << size;
  }
}

TEST(Catalog, NamesThatLeadElsewhereAreDamage) {
  for (const auto name : {""sv, "."sv, ".."sv, "a/b"sv, "a\0b"sv}) {
    Buffer bytes;
    append_entry(bytes, some_entry(), name, 1);
    EXPECT_EQ(read_head(bytes).error().kind(), Errc::corrupt);
  }
  Buffer nameless;
  append_entry(nameless, some_entry(), "root", 0);
  EXPECT_EQ(read_head(nameless).error().kind(), Errc::corrupt);
}

TEST(Catalog, ChangedBytesAreRefusedOrReadAsAnotherEntry) {
  Buffer bytes;
  append_entry(bytes, some_entry(), "name", 2);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      auto changed = bytes;
      changed[at] ^= static_cast<std::uint8_t>(1 << bit);
      const auto head = read_head(changed);
      if (head && head.value()) {
        EXPECT_LE(head.value()->size, changed.size());
        static_cast<void>(read_entry(changed, "dir/name"));  // the sanitizers detect accesses outside
      }
    }
  }
}

TEST(Catalog, PathsAreOrderedAsATreeIsWalked) {
  const std::vector<std::string> order{"", "a", "a/b", "a/b/c", "a/c", "a\x01", "a b", "a-b", "a.b", "a0", "b", "\xFF"};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t k = 0; k < order.size(); ++k) {
      EXPECT_EQ(compare_paths(order[i], order[k]), i <=> k) << order[i] << " and " << order[k];
    }
  }
  EXPECT_TRUE(is_within("a/b", "a"));
  EXPECT_TRUE(is_within("a", "a"));
  EXPECT_TRUE(is_within("a", ""));
  EXPECT_FALSE(is_within("a-b", "a"));
  EXPECT_FALSE(is_within("", "a"));
}

TEST(Catalog, EntriesWithoutAParentAreDamage) {
  Place p;
  const auto stored = [&](const std::vector<std::pair<std::string_view, std::uint64_t>>& entries) {
    Buffer bytes;
    for (const auto& [name, depth] : entries) {
      append_entry(bytes, some_entry(), name, depth);
    }
    auto session = p.vault->begin().value();
    auto extents = session->stream(vault::Cut::content)->finish(bytes).value();
    check(static_cast<bool>(session->seal()));
    return p.vault->read(std::move(extents));
  };
  const auto read_all = [](vault::StreamReader& stream) -> Result<std::vector<std::string>> {
    std::vector<std::string> paths;
    CatalogReader reader(stream);
    for (;;) {
      TRY(const auto more, reader.next());
      if (!more) {
        return paths;
      }
      paths.push_back(reader.path());
    }
  };
  const auto good = stored({{"", 0}, {"a", 1}, {"b", 2}, {"c", 3}, {"d", 1}});
  EXPECT_EQ(read_all(*good).value(), (std::vector<std::string>{"", "a", "a/b", "a/b/c", "d"}));
  const auto gap = stored({{"", 0}, {"a", 1}, {"c", 3}});
  EXPECT_EQ(read_all(*gap).error().kind(), Errc::corrupt);
  const auto no_root = stored({{"a", 1}});
  EXPECT_EQ(read_all(*no_root).error().kind(), Errc::corrupt);
  const auto two_roots = stored({{"", 0}, {"", 0}});
  EXPECT_EQ(read_all(*two_roots).error().kind(), Errc::corrupt);
}

TEST(PartList, LongListsMoveIntoStreams) {
  Place p;
  for (const std::size_t count : {0UL, 1UL, 512UL, 513UL, 5000UL, 100'000UL}) {
    auto session = p.vault->begin().value();
    std::vector<vault::StreamPart> extents;
    const auto ids = noise(16 * count, 1);
    for (std::size_t i = 0; i < count; ++i) {
      vault::ChunkId id;
      std::ranges::copy(Bytes(ids).subspan(16 * i, 16), id.bytes.begin());
      extents.push_back({i % 7 == 3 ? std::nullopt : std::optional(id), i * i + 1});
    }
    PartGatherer gatherer(*session);
    for (std::size_t at = 0; at < count; at += 100) {
      const auto some = std::span(extents).subspan(at, std::min<std::size_t>(100, count - at));
      ASSERT_TRUE(gatherer.append(some));
    }
    const auto list = gatherer.finish().value();
    ASSERT_TRUE(session->seal());
    EXPECT_LE(list.extents.size(), kMostDirectExtents);
    Buffer bytes;
    append_list(bytes, list);
    EXPECT_LT(bytes.size(), 16'000);
    Cursor cursor(bytes);
    const auto back = read_list(cursor);
    ASSERT_FALSE(cursor.failed());
    const auto all = all_extents(back, p.open()).value();
    ASSERT_EQ(all.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(all[i].chunk, extents[i].chunk);
      ASSERT_EQ(all[i].size, extents[i].size);
    }
    PartReader reader(back, p.open());
    std::vector<vault::StreamPart> some;
    std::size_t seen = 0;
    while (reader.next(some).value()) {
      EXPECT_LE(some.size(), 256);
      seen += some.size();
    }
    EXPECT_EQ(seen, count);
  }
}

}  // namespace
}  // namespace quaymaster::workload
