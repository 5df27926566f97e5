// Readers, checks, backups and collects run concurrently: none may report damage that does not exist.

#include <thread>

#include "testing/vault/case_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

/// Forty packs of ten chunks each, of which a point needs three.
struct MostlyUnneeded : CaseVault {
  static constexpr std::uint32_t kPacks = 40;
  explicit MostlyUnneeded(std::size_t room) : CaseVault(room) {
    for (std::uint32_t i = 0; i < kPacks; ++i) {
      const auto all = backup_of(chunks(10 * i, 10 * i + 10));
      backup_of(chunks(10 * i, 10 * i + 3));
      forget(all);
    }
  }
};

/// Restores all points and checks, repeatedly until `over` and once more.
void read_until(CaseVault& v, const std::atomic<bool>& over) {
  const auto points = v.points;
  for (bool last = false; !last;) {
    last = over;
    for (const auto& [id, taken] : points) {
      const auto read = v.restore(id);
      ASSERT_TRUE(read) << read.error().cause();
      ASSERT_EQ(read.value(), v.content_of(taken));
    }
    ASSERT_TRUE(v.is_clean());
  }
}

class Concurrent : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Rooms, Concurrent, testing::Values(10, CaseVault::kRoomy));

TEST_P(Concurrent, RestoresAndChecksDuringACollect) {
  MostlyUnneeded v(GetParam());
  std::atomic<bool> over{false};
  std::jthread reader([&] { read_until(v, over); });
  const auto report = v.collect();
  over = true;
  reader.join();
  ASSERT_TRUE(report) << report.error().cause();
  EXPECT_EQ(report.value().packs_rewritten, MostlyUnneeded::kPacks);
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST_P(Concurrent, RestoresAtEveryStepOfACollect) {
  MostlyUnneeded v(GetParam());
  ASSERT_TRUE(v.collect([&](std::uint64_t, std::uint64_t) -> Result<> {
    EXPECT_TRUE(v.all_restore());
    return ok();
  }));
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST_P(Concurrent, RestoresAndChecksDuringABackupOfCondemnedChunks) {
  MostlyUnneeded v(GetParam());
  {
    const auto open = v.open_backup();
    ASSERT_TRUE(v.collect());  // condemns all packs
  }
  std::atomic<bool> over{false};
  std::jthread reader([&] { read_until(v, over); });
  for (std::uint32_t round = 0; round < 3; ++round) {
    auto backup = v.open_backup();
    for (std::uint32_t i = 0; i < MostlyUnneeded::kPacks; ++i) {
      ASSERT_TRUE(backup.add(chunks(10 * i, 10 * i + 2 + round)));
    }
    if (round == 2) {
      ASSERT_TRUE(backup.commit());
    }
  }
  over = true;
  reader.join();
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST_P(Concurrent, BackupsDuringARebuildOfTheIndex) {
  CaseVault v(GetParam());
  for (std::uint32_t i = 0; i < 10; ++i) {
    v.backup_of(chunks(20 * i, 20 * i + 20));
  }
  std::atomic<bool> over{false};
  std::jthread rebuilding([&] {
    for (bool last = false; !last;) {
      last = over;
      const auto rebuilt = v.vault->rebuild_index();
      ASSERT_TRUE(rebuilt) << rebuilt.error().cause();
    }
  });
  for (std::uint32_t i = 0; i < 60; ++i) {
    auto backup = v.open_backup();
    ASSERT_TRUE(backup.add(both(chunks(5 * i, 5 * i + 10), chunks(1000 + 10 * i, 1010 + 10 * i))));
    ASSERT_TRUE(backup.commit());
    EXPECT_TRUE(v.restores(v.points.rbegin()->first));
  }
  over = true;
  rebuilding.join();
  EXPECT_TRUE(v.stores_of(chunks(0, 200), 0));
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST_P(Concurrent, BackupsRemovalsCollectsChecksAndRestores) {
  CaseVault v(GetParam());
  std::mutex mutex;  // of points
  std::atomic<int> working{2};
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t who = 0; who < 2; ++who) {
      threads.emplace_back([&, who] {
        std::mt19937 random(who);
        for (int round = 0; round < 40; ++round) {
          const auto from = random() % 60;
          const auto taken = chunks(from, from + 1 + random() % 30);
          auto session = v.vault->begin().value();
          auto writer = session->stream(Cut::aligned);
          std::vector<StreamPart> extents;
          for (const auto number : taken) {
            extents.push_back(writer->finish(v.bytes_of(number)).value().at(0));
          }
          writer.reset();
          if (random() % 4 == 0) {
            continue;  // abandoned
          }
          const auto point = v.vault->commit(std::move(session), "s", write_root(extents), {});
          if (!point) {
            ASSERT_EQ(point.error().kind(), Errc::busy) << point.error().cause();
            continue;
          }
          std::optional<Guid> oldest;
          {
            const std::lock_guard lock(mutex);
            v.points[point.value().id] = taken;
            if (v.points.size() > 8) {
              oldest = v.points.begin()->first;
              v.points.erase(*oldest);
            }
          }
          if (oldest) {
            ASSERT_TRUE(v.remove(*oldest));
          }
        }
        --working;
      });
    }
    threads.emplace_back([&] {
      while (working > 0) {
        const auto collected = v.collect();
        // Removing a point while it is being read is not damage.
        ASSERT_TRUE(collected) << collected.error().cause();
      }
    });
    threads.emplace_back([&] {
      while (working > 0) {
        const auto report = v.vault->check(CheckDepth::every_byte, {});
        ASSERT_TRUE(report) << report.error().cause();
        for (const auto& damage : report.value().damage) {
          FAIL() << CaseVault::text_of(damage);
        }
        std::map<Guid, Chunks> points;
        {
          const std::lock_guard lock(mutex);
          points = v.points;
        }
        for (const auto& [id, taken] : points) {
          const auto read = v.restore(id);
          const std::lock_guard lock(mutex);
          if (!v.points.contains(id)) {
            continue;  // removed meanwhile
          }
          ASSERT_TRUE(read) << read.error().cause();
          ASSERT_EQ(read.value(), v.content_of(taken));
        }
      }
    });
  }
  EXPECT_TRUE(v.is_whole_and_collects());
}

}  // namespace
}  // namespace quaymaster::vault
