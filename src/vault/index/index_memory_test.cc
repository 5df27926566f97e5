// The memory of the index is bounded, even within one session, and so is that of a single pack's index.

#include <thread>

#include "testing/vault/case_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

TEST(IndexMemory, RunsAreWrittenWhileASessionRuns) {
  CaseVault v(100, kAlignedChunk);  // a pack is full after 128 chunks
  auto backup = v.open_backup();
  ASSERT_TRUE(backup.add(chunks(0, 4 * 128)));
  // Four packs less what is in flight: at least one of them is finished or about to be.
  for (int patience = 100'000; v.object_names("index").empty() && patience > 0; --patience) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(v.object_names("index").empty());
  ASSERT_TRUE(backup.commit());
  v.restart();
  EXPECT_TRUE(v.all_restore());
}

TEST(IndexMemory, RemovedPacksUseNoMemory) {
  CaseVault v(1000);
  v.forget(v.backup_of(chunks(0, 999)));
  ASSERT_TRUE(v.collect());
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < 20; ++i) {
    v.backup_of(chunks(2000 + i, 2001 + i));
    for (const auto& name : v.object_names("index")) {
      seen.insert(name);
    }
  }
  EXPECT_LE(seen.size(), 1);
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexMemory, AnAbandonedClaimUsesNoMemory) {
  CaseVault v(100);
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < 30; ++i) {
    v.abandon_backup_of(chunks(1000 * i, 1000 * i + 90));
    ASSERT_TRUE(v.collect());
    v.backup_of(chunks(500'000 + i, 500'001 + i));
    for (const auto& name : v.object_names("index")) {
      seen.insert(name);
    }
  }
  EXPECT_LE(seen.size(), 1);
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexMemory, ThereAreFewRunsHoweverMuchIsWritten) {
  CaseVault v(10);
  for (std::uint32_t i = 0; i < 60; ++i) {
    v.backup_of(chunks(12 * i, 12 * i + 12));
  }
  EXPECT_LE(v.object_names("index").size(), 8);
  while (v.points.size() > 3) {
    v.forget(v.points.begin()->first);
  }
  ASSERT_TRUE(v.collect());
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexMemory, APackEndsWhenItsIndexIsLarge) {
  CaseVault v(CaseVault::kRoomy, 8);
  constexpr std::uint32_t kMany = 300'000;  // their entries take 8 MB; seven times as many do not fit into an object
  auto backup = v.open_backup();
  for (std::uint32_t at = 0; at < kMany; at += 100'000) {
    ASSERT_TRUE(backup.add(chunks(at, at + 100'000)));
  }
  const auto point = backup.commit();
  ASSERT_TRUE(point) << point.error().cause();
  EXPECT_GT(v.vault->stats().value().packs, 1);
  v.restart();
  EXPECT_TRUE(v.vault->check(CheckDepth::structure, {}).value().damage.empty());
  const auto extents = read_root(v.vault->point(point.value()).value().root);
  for (std::uint32_t at = 0; at < kMany; at += kMany / 100) {
    Buffer read(8);
    ASSERT_EQ(v.vault->read({extents[at]})->read(0, read).value(), 8);
    EXPECT_EQ(read, v.bytes_of(at));
  }
}

}  // namespace
}  // namespace quaymaster::vault
