#include "workload/bundle/bundle.h"

#include <algorithm>

#include "base/encode.h"
#include "testing/workload/test_place.h"

namespace quaymaster::workload {
namespace {

using namespace test;

Bundle machine() {
  return {R"({"disks":2})", {{"lun-1", Buffer{1, 2, 3}}, {"lun0", Buffer{}}}};
}

TEST(Bundle, IsRestoredUnchanged) {
  const auto root = bundle_root(machine()).value();
  ASSERT_TRUE(is_bundle_root(root));
  const auto back = read_bundle(root).value();
  EXPECT_EQ(back.document, machine().document);
  ASSERT_EQ(back.parts.size(), 2);
  EXPECT_EQ(back.parts[0].name, "lun-1");
  EXPECT_EQ(back.parts[0].root, (Buffer{1, 2, 3}));
  EXPECT_EQ(back.parts[1].name, "lun0");
  EXPECT_TRUE(back.parts[1].root.empty());
}

TEST(Bundle, IsByteForByteTheOneOnItsPage) {  // doc/formats/bundle-root.md, Example
  EXPECT_EQ(hex_lower(bundle_root({"{}", {{"lun0", {0xAB}}}}).value()),
            "514d42554e444c45"
            "01000000"
            "027b7d"
            "01"
            "046c756e30"
            "01ab");
}

TEST(Bundle, RefusesWhatNobodyCouldTellApart) {
  const auto refused = [](const Bundle& bundle) { return bundle_root(bundle).error().kind(); };
  EXPECT_EQ(refused({"", {{"a", {}}, {"a", {}}}}), Errc::invalid);
  EXPECT_EQ(refused({"", {{"", {}}}}), Errc::invalid);
  EXPECT_EQ(refused({"", {{"inner", bundle_root(machine()).value()}}}), Errc::invalid);
  Bundle many;
  for (std::size_t i = 0; i < kMostParts; ++i) {
    many.parts.push_back({fmt::format("lun{}", i), {}});
  }
  EXPECT_EQ(read_bundle(bundle_root(many).value()).value().parts.size(), kMostParts);
  many.parts.push_back({"one more", {}});
  EXPECT_EQ(refused(many), Errc::invalid);
}

TEST(Bundle, RefusesEveryTruncationAndTrailingBytes) {
  auto root = bundle_root(machine()).value();
  for (std::size_t size = 0; size < root.size(); ++size) {
    const auto cut = read_bundle(Bytes(root).first(size));
    ASSERT_FALSE(cut) << size;
    EXPECT_EQ(cut.error().kind(), size < 12 ? Errc::invalid : Errc::corrupt) << size;
  }
  root.push_back(0);
  EXPECT_EQ(read_bundle(root).error().kind(), Errc::corrupt);
}

TEST(Bundle, RefusesANewerVersionAndTwoPartsOfOneName) {
  auto newer = bundle_root(machine()).value();
  newer[8] = 2;
  EXPECT_EQ(read_bundle(newer).error().kind(), Errc::unsupported);
  auto twice = bundle_root({"", {{"a", {}}, {"b", {}}}}).value();
  std::ranges::replace(twice, std::uint8_t{'b'}, std::uint8_t{'a'});
  EXPECT_EQ(read_bundle(twice).error().kind(), Errc::corrupt);
}

TEST(Bundle, ItsPartsAreKeptByCollectAndRestoredOneByOne) {
  Place place;
  write_image(place.source / "disk");
  write(place.source / "tree" / "file", noise(500'000, 5));
  auto session = place.vault->begin().value();
  Bundle bundle{"{}", {}};
  for (const auto& source : {disk_source(place.source / "disk"), tree_source(place.source / "tree")}) {
    bundle.parts.push_back(
        {fmt::format("part{}", bundle.parts.size()), source->capture(*session, {}, {}).value().root});
  }
  const auto root = bundle_root(bundle).value();
  const auto point = place.vault->commit(std::move(session), "source", root, {}).value();
  ASSERT_TRUE(place.vault->collect({}));
  EXPECT_TRUE(place.is_whole());

  const auto back = read_bundle(place.vault->point(point.id).value().root).value();
  std::filesystem::create_directories(place.target);
  const auto disk = disk_target(place.target / "disk")->restore(back.parts[0].root, place.open(), {});
  ASSERT_TRUE(disk) << disk.error().cause();
  EXPECT_EQ(read(place.target / "disk"), read(place.source / "disk"));
  const auto tree = tree_target(place.target / "tree")->restore(back.parts[1].root, place.open(), {});
  ASSERT_TRUE(tree) << tree.error().cause();
  EXPECT_EQ(read(place.target / "tree" / "file"), noise(500'000, 5));

  ASSERT_TRUE(place.remove(point.id));
  EXPECT_GT(place.vault->collect({}).value().bytes_freed, 0);
}

}  // namespace
}  // namespace quaymaster::workload
