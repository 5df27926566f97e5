#include "testing/vault/test_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

TEST(Collect, FreesWhatNoPointNeeds) {
  TestVault t;
  const auto first = t.backup(noise(4'000'000, 1)).value();
  const auto bytes = noise(3'000'000, 2);
  const auto second = t.backup(bytes).value();
  ASSERT_TRUE(t.remove(first.id));
  const auto report = t.vault->collect({}).value();
  EXPECT_EQ(report.packs_removed, 1);
  EXPECT_GT(report.bytes_freed, 4'000'000);
  EXPECT_EQ(t.restore(second.id).value(), bytes);
  EXPECT_EQ(t.object_names("packs").size(), 1);
  EXPECT_EQ(t.object_names("points").size(), 1);
  EXPECT_TRUE(t.vault->check(CheckDepth::every_byte, {}).value().damage.empty());
}

TEST(Collect, MovesWhatIsStillNeededOfAPack) {
  TestVault t;
  auto both = noise(2'000'000, 3);
  const auto shared = noise(1'000'000, 4);
  append(both, shared);
  const auto first = t.backup(both, Cut::aligned).value();
  const Buffer tail(both.end() - 3 * kAlignedChunk, both.end());
  auto session = t.vault->begin().value();
  auto stream = session->stream(Cut::aligned);
  const Buffer begin(both.begin(), both.begin() + 3 * kAlignedChunk);
  ASSERT_TRUE(stream->append(begin));
  const auto extents = stream->finish().value();
  stream.reset();
  const auto second = t.vault->commit(std::move(session), "s", write_root(extents), {}).value();
  EXPECT_EQ(second.totals.chunks_new, 0);
  ASSERT_TRUE(t.remove(first.id));
  const auto report = t.vault->collect({}).value();
  EXPECT_EQ(report.packs_rewritten, 1);
  EXPECT_EQ(t.restore(second.id).value(), begin);
  t.reopen();
  EXPECT_EQ(t.restore(second.id).value(), begin);
  EXPECT_EQ(t.vault->stats().value().bytes_plain, begin.size());
}

TEST(Collect, OnAFullDiskRemovesWhatNeedsNoRewritingAndResumesWhenThereIsSpace) {
  bool has_room = false;
  Options options;
  options.has_room = [&] { return has_room; };
  TestVault t(options);
  const auto dead = t.backup(noise(4'000'000, 1)).value();
  auto both = noise(2'000'000, 3);
  append(both, noise(1'000'000, 4));
  const auto whole = t.backup(both, Cut::aligned).value();
  const Buffer part(both.begin(), both.begin() + 3 * kAlignedChunk);
  const auto kept = t.backup(part, Cut::aligned).value();
  ASSERT_EQ(t.object_names("packs").size(), 2);
  ASSERT_TRUE(t.remove(dead.id));
  ASSERT_TRUE(t.remove(whole.id));
  const auto before = t.object_names("packs");

  const auto refused = t.vault->collect({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Errc::no_space);
  const auto after = t.object_names("packs");
  EXPECT_EQ(after.size(), 1) << "what nothing is needed of is gone";
  EXPECT_NE(std::ranges::find(before, after.front()), before.end()) << "nothing was written";
  EXPECT_EQ(t.restore(kept.id).value(), part);
  t.reopen();
  EXPECT_EQ(t.restore(kept.id).value(), part);

  has_room = true;
  EXPECT_EQ(t.vault->collect({}).value().packs_rewritten, 1);
  EXPECT_EQ(t.restore(kept.id).value(), part);
  EXPECT_EQ(t.vault->stats().value().bytes_plain, part.size());
  EXPECT_TRUE(t.vault->check(CheckDepth::every_byte, {}).value().damage.empty());
}

TEST(Collect, RemovesNothingThatARunningBackupReliesOn) {
  TestVault t;
  const auto bytes = noise(3'000'000, 5);
  const auto first = t.backup(bytes).value();
  auto session = t.vault->begin().value();
  auto stream = session->stream(Cut::content);
  ASSERT_TRUE(stream->append(bytes));
  const auto extents = stream->finish().value();
  stream.reset();
  ASSERT_TRUE(t.remove(first.id));
  ASSERT_TRUE(t.vault->collect({}));
  const auto second = t.vault->commit(std::move(session), "s", write_root(extents), {}).value();
  EXPECT_EQ(t.restore(second.id).value(), bytes);
  ASSERT_TRUE(t.vault->collect({}));
  EXPECT_EQ(t.restore(second.id).value(), bytes);
  EXPECT_EQ(t.backup(bytes).value().totals.bytes_new, 0);  // pardoned: its chunks count as known again
}

}  // namespace
}  // namespace quaymaster::vault
