// A run marks a pack as covered only when it has all its chunks, and the index is rebuilt completely from the packs
// whenever part of it is damaged.

#include <thread>

#include "testing/vault/case_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

TEST(IndexFaults, ADamagedRunIsRebuiltPermanently) {
  for (std::size_t which = 0; which < 7; ++which) {
    CaseVault v(300);
    for (std::uint32_t i = 0; i < 12; ++i) {
      v.backup_of(chunks(60 * i, 60 * i + 60));
    }
    const auto runs = v.files("index");
    ASSERT_FALSE(runs.empty());
    if (which >= runs.size()) {
      break;
    }
    std::filesystem::resize_file(runs[which], std::filesystem::file_size(runs[which]) - 100);
    for (int restarts = 0; restarts < 3; ++restarts) {
      v.restart();
      ASSERT_TRUE(v.all_restore()) << "restart " << restarts;
    }
    ASSERT_TRUE(v.is_clean());
    v.forget(v.points.begin()->first);
    EXPECT_EQ(v.collect().value().packs_removed, 1);
    EXPECT_EQ(v.object_names("packs").size(), 11);
    EXPECT_TRUE(v.is_whole_and_collects());
  }
}

TEST(IndexFaults, PacksThatBackupsLeftBehindAreCoveredWhole) {
  CaseVault v(200, 6700);  // a frame of 157 chunks is full: it is in a pack although its backup is abandoned
  constexpr std::uint32_t kFrame = 157;
  for (std::uint32_t i = 0; i < 3; ++i) {
    v.abandon_backup_of(chunks(kFrame * i, kFrame * i + kFrame));
  }
  v.restart();
  for (std::uint32_t i = 0; i < 3; ++i) {
    v.backup_of(chunks(kFrame * i, kFrame * i + 100));
  }
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexFaults, APackThatWasNotThereAtOneStart) {
  CaseVault v(300);
  const auto away = v.backup_of(chunks(0, 60));
  const auto pack = v.pack_with(0);
  const auto aside = v.root / "aside";
  v.vault.reset();
  std::filesystem::rename(pack.file, aside);
  v.restart();
  for (std::uint32_t i = 1; i < 12; ++i) {
    v.backup_of(chunks(60 * i, 60 * i + 60));
  }
  EXPECT_FALSE(v.object_names("index").empty());
  EXPECT_FALSE(v.restore(away));
  v.vault.reset();
  std::filesystem::rename(aside, pack.file);
  v.restart();
  EXPECT_TRUE(v.all_restore());
  ASSERT_TRUE(v.collect());
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexFaults, APackThatIsBeingMadeKnownWhileRunsAreWritten) {
  for (int round = 0; round < 5; ++round) {
    CaseVault v(30'000, 26);  // the pack alone exceeds the limit
    auto large = v.open_backup();
    ASSERT_TRUE(large.add(chunks(0, 40'000)));
    std::vector<Chunks> small;
    std::vector<Guid> ids;
    {
      std::atomic<bool> over{false};
      std::jthread others([&] {
        for (std::uint32_t next = 100'000; !over || ids.size() < 20; next += 50) {
          small.push_back(chunks(next, next + 50));
          auto session = v.vault->begin().value();
          auto writer = session->stream(Cut::aligned);
          std::vector<StreamPart> extents;
          for (const auto number : small.back()) {
            extents.push_back(writer->finish(v.bytes_of(number)).value().at(0));
          }
          writer.reset();
          ids.push_back(v.vault->commit(std::move(session), "s", write_root(extents), {}).value().id);
        }
      });
      EXPECT_TRUE(large.commit());
      over = true;
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      v.points[ids[i]] = small[i];
    }
    v.restart();
    const auto report = v.vault->check(CheckDepth::structure, {}).value();
    for (const auto& damage : report.damage) {
      FAIL() << CaseVault::text_of(damage) << " in round " << round;
    }
  }
}

/// Four backups of 100 chunks, all in runs; one byte of each page of each run is changed in turn.
struct InRuns : CaseVault {
  InRuns() : CaseVault(50) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      backup_of(chunks(100 * i, 100 * i + 100));
    }
  }
  static constexpr std::uint64_t kHeader = 64;
  static constexpr std::uint64_t kPage = 4096;
  /// Changes a byte of the first page of every run.
  void damage_pages() {
    for (const auto& run : files("index")) {
      flip(run, kHeader + kPage / 2);
    }
  }
};

TEST(IndexFaults, ADamagedPageCostsNothing) {
  for (const bool restarted : {true, false}) {
    InRuns v;
    ASSERT_FALSE(v.files("index").empty());
    v.damage_pages();
    if (restarted) {
      v.restart();
    }
    EXPECT_TRUE(v.all_restore());
    EXPECT_TRUE(v.stores_of(chunks(0, 400), 0));
    EXPECT_TRUE(v.try_backup(both(chunks(50, 150), chunks(1000, 1010))));
    EXPECT_TRUE(v.collect());
    EXPECT_TRUE(v.is_whole_and_collects());
  }
}

TEST(IndexFaults, ADamagedPageOnAFullDiskDoesNotPreventRestores) {
  InRuns v;
  v.damage_pages();
  v.restart();
  v.disk.fail_from_now(0, Errc::no_space, true, FailingDisk::Only::what_takes_space);
  EXPECT_TRUE(v.all_restore());
  v.disk.heal();
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexFaults, CheckNamesDamagedRunsAndTheNextStartRepairsThem) {
  InRuns v;
  v.damage_pages();
  const auto damaged = v.object_names("index");
  const auto report = v.check_every_byte();
  std::set<std::string> named;
  for (const auto& damage : report.damage) {
    named.insert(damage.object);
    EXPECT_TRUE(damage.points.empty()) << CaseVault::text_of(damage);
    EXPECT_EQ(damage.bytes_lost, 0) << CaseVault::text_of(damage);
  }
  EXPECT_EQ(named, std::set<std::string>(damaged.begin(), damaged.end()));
  EXPECT_TRUE(v.all_restore());
  EXPECT_TRUE(v.collect());
  v.restart();
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexFaults, CollectWithADamagedPageTakesNothingThatIsNeeded) {
  InRuns v;
  v.damage_pages();
  v.forget(v.points.begin()->first);
  static_cast<void>(v.collect());
  EXPECT_TRUE(v.all_restore());
  v.restart();
  ASSERT_TRUE(v.collect());
  EXPECT_EQ(v.object_names("packs").size(), 3);
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(IndexFaults, AMissingRunIsRebuilt) {
  InRuns v;
  v.vault.reset();
  for (const auto& run : v.files("index")) {
    std::filesystem::remove(run);
  }
  v.restart();
  EXPECT_TRUE(v.is_whole_and_collects());
}

}  // namespace
}  // namespace quaymaster::vault
