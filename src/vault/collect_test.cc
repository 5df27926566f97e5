#include "base/failing_disk.h"
#include "vault/test_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

TEST(Collect, GivesBackWhatNoPointNeeds) {
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

TEST(Collect, TakesNothingThatARunningBackupReliesOn) {
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

/// Backup, remove, collect with the n-th disk operation failing: after a restart the points that were acknowledged
/// restore, check is clean, and a collect leaves nothing behind.
TEST(Collect, SurvivesAFailureAtEveryOperation) {
  bool failed = true;
  for (int n = 0; failed && n < 400; ++n) {
    TestVault t;
    const auto kept_bytes = noise(700'000, 6);
    const auto kept = t.backup(kept_bytes).value();
    FailingDisk failing(t.real_disk, n, Errc::no_space, true);
    std::optional<Guid> fresh;
    const auto fresh_bytes = noise(900'000, 7);
    if (t.try_reopen(failing)) {
      if (const auto point = t.backup(fresh_bytes))
        fresh = point.value().id;
      static_cast<void>(t.vault->collect({}));
    }
    failed = failing.has_failed();
    t.reopen();
    EXPECT_EQ(t.restore(kept.id).value(), kept_bytes) << n;
    if (fresh)
      EXPECT_EQ(t.restore(*fresh).value(), fresh_bytes) << n;
    EXPECT_TRUE(t.vault->check(CheckDepth::every_byte, {}).value().damage.empty()) << n;
    ASSERT_TRUE(t.vault->collect({})) << n;
    EXPECT_EQ(t.object_names("packs").size(), fresh ? 2 : 1) << n;
    EXPECT_EQ(t.object_names("points").size(), fresh ? 2 : 1) << n;
  }
  EXPECT_FALSE(failed);
}

}  // namespace
}  // namespace quaymaster::vault
