// A damaged or missing pack must cost exactly the points that need its chunks, and never the same chunks again.

#include "testing/vault/case_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

/// A pack of 20 chunks, and a backup in progress that relies on all of them.
struct ReliedOn : CaseVault {
  explicit ReliedOn(std::size_t room = kRoomy) : CaseVault(room) {
    all = backup_of(chunks(0, 20));
    open.emplace(open_backup());
    check(static_cast<bool>(open->add(chunks(0, 20))));
  }
  ~ReliedOn() { open.reset(); }

  Guid all;
  std::optional<Backup> open;
};

TEST(DamagedPack, APardonDoesNotEndAQuarantine) {
  for (const std::size_t room : {std::size_t{5}, CaseVault::kRoomy}) {
    for (const bool condemned_first : {false, true}) {
      ReliedOn v(room);
      const auto find_damage = [&] {
        v.damage_chunk(v.pack_with(7), 7);
        EXPECT_FALSE(v.check_every_byte().damage.empty());
      };
      if (!condemned_first) {
        find_damage();
      }
      v.forget(v.all);
      ASSERT_TRUE(v.collect());  // during the open backup
      if (condemned_first) {
        find_damage();
      }
      static_cast<void>(v.open->commit());  // committed or refused: it was offered the chunks before the damage
      v.open.reset();
      ASSERT_TRUE(v.collect());
      // Chunks known to be damaged are stored again, which heals the point too.
      v.backup_of(chunks(0, 20));
      EXPECT_TRUE(v.all_restore());
      v.restart();
      EXPECT_TRUE(v.all_restore());
      ASSERT_TRUE(v.collect());
      EXPECT_TRUE(v.is_whole_and_collects());
    }
  }
}

TEST(DamagedPack, AQuarantineOutlivesRestarts) {
  CaseVault v;
  v.backup_of(chunks(0, 20));
  v.damage_chunk(v.pack_with(3), 3);
  ASSERT_FALSE(v.check_every_byte().damage.empty());
  v.restart();
  v.restart();
  EXPECT_TRUE(v.stores_of(chunks(0, 20), 20));
}

/// Five chunks are in two live packs: the second was written while the first was condemned.
struct TwoCopies : ReliedOn {
  explicit TwoCopies(std::size_t room) : ReliedOn(room) {
    const auto first_file = files("packs").at(0);
    forget(all);
    check(static_cast<bool>(collect()));
    five = backup_of(chunks(0, 5));
    relying = open->commit().value();
    open.reset();
    check(static_cast<bool>(collect()));
    for (const auto& pack : packs_on_disk()) {
      if (pack.file != first_file) {
        second = pack;
      }
    }
  }
  Guid five;
  Guid relying;
  PackOnDisk second;
};

TEST(DamagedPack, TheSoundOneOfTwoCopiesIsFoundAndKept) {
  enum class How { flipped, gone };
  for (const std::size_t room : {std::size_t{5}, CaseVault::kRoomy}) {
    for (const auto how : {How::flipped, How::gone}) {
      for (const int variant : {0, 1, 2, 3}) {
        const bool restarted = variant % 2 == 1;
        const bool checked = variant < 2 || how == How::flipped;  // only a check verifies the bytes of frames
        TwoCopies v(room);
        if (v.second.name.empty()) {
          continue;  // collect merged the two copies: nothing to lose
        }
        if (how == How::flipped) {
          v.damage_chunk(v.second, 0);
        } else {
          std::filesystem::remove(v.second.file);
        }
        if (restarted) {
          v.restart();
        }
        EXPECT_TRUE(v.all_restore());
        for (const auto& damage : checked ? v.check_every_byte().damage : std::vector<Damage>()) {
          EXPECT_EQ(damage.object, v.second.name);
          EXPECT_TRUE(damage.points.empty()) << CaseVault::text_of(damage);
          EXPECT_EQ(damage.bytes_lost, 0);
        }
        EXPECT_TRUE(v.all_restore());
        // Of the chunks only in the first pack, eight of fifteen are needed.
        v.backup_of(chunks(0, 13));
        v.forget(v.relying);
        ASSERT_TRUE(v.collect());
        EXPECT_TRUE(v.all_restore());
        v.restart();
        EXPECT_TRUE(v.all_restore());
        ASSERT_TRUE(v.collect());
        EXPECT_TRUE(v.is_whole_and_collects());
      }
    }
  }
}

TEST(DamagedPack, TheMissingOneOfTwoCopiesIsNotReliedUpon) {
  for (const std::size_t room : {std::size_t{5}, CaseVault::kRoomy}) {
    for (const bool another_is_missing : {false, true}) {
      CaseVault v(room);
      const auto lost = v.backup_of(chunks(50, 60));
      const auto first_point = v.backup_of(chunks(0, 10));
      const auto first = v.pack_with(0);
      const auto aside = v.root / "aside";
      std::filesystem::rename(first.file, aside);
      ASSERT_FALSE(v.check_every_byte().damage.empty());
      const auto second_point = v.backup_of(chunks(0, 10));
      const auto second = v.pack_with(0);
      std::filesystem::rename(aside, first.file);
      ASSERT_TRUE(v.is_clean());  // two complete copies now
      v.backup_of(chunks(0, 5));
      v.forget(first_point);
      v.forget(second_point);
      std::filesystem::remove(second.file);
      if (another_is_missing) {
        std::filesystem::remove(v.pack_with(50).file);
      }
      v.restart();
      ASSERT_TRUE(v.collect());
      if (another_is_missing) {
        v.forget(lost);
      }
      v.restart();
      EXPECT_TRUE(v.all_restore());
      ASSERT_TRUE(v.collect());
      EXPECT_TRUE(v.is_whole_and_collects());
    }
  }
}

TEST(DamagedPack, AMissingFileIsDetectedThoughItIsOpen) {
  for (const auto depth : {CheckDepth::structure, CheckDepth::every_byte}) {
    CaseVault v;
    const auto lost = v.backup_of(chunks(0, 10));
    v.backup_of(chunks(10, 20));
    ASSERT_TRUE(v.all_restore());  // its file is open now
    const auto pack = v.pack_with(0);
    std::filesystem::remove(pack.file);
    const auto report = v.vault->check(depth, {}).value();
    ASSERT_EQ(report.damage.size(), 1);
    EXPECT_EQ(report.damage[0].object, pack.name);
    EXPECT_EQ(report.damage[0].points, std::vector{lost});
    EXPECT_EQ(report.damage[0].bytes_lost, 10 * 900);
    v.restart();
    const auto again = v.vault->check(depth, {}).value();
    ASSERT_EQ(again.damage.size(), 1);
    EXPECT_EQ(again.damage[0].points, std::vector{lost});
  }
}

TEST(DamagedPack, CollectDoesNotTrustAMissingFileThatIsOpen) {
  CaseVault v;
  const auto first = v.backup_of(chunks(0, 10));
  const auto pack = v.pack_with(0);
  {
    const auto open = v.open_backup();
    v.forget(first);
    ASSERT_TRUE(v.collect());  // condemns it
  }
  v.backup_of(chunks(0, 10));
  ASSERT_TRUE(v.all_restore());  // from the second copy, whose file is open now
  for (const auto& other : v.packs_on_disk()) {
    if (other.name != pack.name) {
      std::filesystem::remove(other.file);
    }
  }
  ASSERT_TRUE(v.collect());
  v.restart();
  EXPECT_TRUE(v.all_restore());
}

TEST(DamagedPack, CollectFreesTheRestWhileAPackIsMissing) {
  enum class How { gone, cut_short, index_changed };
  for (const std::size_t room : {std::size_t{5}, CaseVault::kRoomy}) {
    for (const auto how : {How::gone, How::cut_short, How::index_changed}) {
      for (const bool restarted : {false, true}) {
        CaseVault v(room);
        const auto all = v.backup_of(chunks(0, 10));
        const auto three = v.backup_of(chunks(0, 3));
        const auto unneeded = v.backup_of(chunks(20, 40));
        v.backup_of(chunks(40, 50));
        v.forget(all);
        v.forget(unneeded);
        const auto pack = v.pack_with(0);
        const auto size = std::filesystem::file_size(pack.file);
        if (how == How::gone) {
          std::filesystem::remove(pack.file);
        } else if (how == How::cut_short) {
          std::filesystem::resize_file(pack.file, size - 1);
        } else {
          flip(pack.file, size - kPackTrailerSize - 3);
        }
        if (restarted) {
          v.restart();
        }
        for (int repeated = 0; repeated < 2; ++repeated) {
          const auto collected = v.collect();
          ASSERT_TRUE(collected) << collected.error().cause();
          const auto report = v.check_every_byte();
          bool named = false;
          for (const auto& damage : report.damage) {
            if (damage.points.empty()) {
              continue;
            }
            named = true;
            EXPECT_EQ(damage.points, std::vector{three}) << CaseVault::text_of(damage);
            EXPECT_EQ(damage.bytes_lost, 3 * 900) << CaseVault::text_of(damage);
          }
          EXPECT_TRUE(named);
        }
        // The pack that nothing needs is removed; one that cannot be read stays in case it can be repaired.
        EXPECT_EQ(v.files("packs").size(), how == How::gone ? 1 : 2);
        EXPECT_EQ(v.points.size(), 2);
        v.forget(three);
        ASSERT_TRUE(v.collect());
        EXPECT_TRUE(v.is_whole_and_collects());
      }
    }
  }
}

TEST(DamagedPack, APackThatIsMissingStaysWhileTheOtherCopyIsDamaged) {
  for (const bool restarted : {false, true}) {
    CaseVault v;
    v.backup_of(chunks(0, 10));
    const auto first = v.pack_with(0);
    v.damage_chunk(first, 0);
    ASSERT_FALSE(v.check_every_byte().damage.empty());
    v.backup_of(chunks(0, 10));  // heals the point
    ASSERT_TRUE(v.all_restore());
    for (const auto& second : v.packs_on_disk()) {
      if (second.name == first.name) {
        continue;
      }
      const auto aside = v.root / "aside";
      std::filesystem::rename(second.file, aside);
      if (restarted) {
        v.restart();
      }
      ASSERT_TRUE(v.collect());
      ASSERT_TRUE(v.collect());
      std::filesystem::rename(aside, second.file);
    }
    v.restart();
    EXPECT_TRUE(v.all_restore());
    const auto found = v.check_every_byte();  // the second is sound again
    ASSERT_EQ(found.damage.size(), 1);
    EXPECT_EQ(found.damage[0].object, first.name);
    EXPECT_TRUE(found.damage[0].points.empty());
    ASSERT_TRUE(v.collect());
    EXPECT_TRUE(v.is_whole_and_collects());
  }
}

TEST(DamagedPack, ARestoredPackHasLostNothing) {
  for (const std::size_t room : {std::size_t{5}, CaseVault::kRoomy}) {
    for (const bool found_by_collect : {false, true}) {
      CaseVault v(room);
      const auto all = v.backup_of(chunks(0, 10));
      v.backup_of(chunks(0, 8));
      v.forget(all);
      const auto pack = v.pack_with(0);
      const auto aside = v.root / "aside";
      std::filesystem::rename(pack.file, aside);
      ASSERT_TRUE(v.collect());
      ASSERT_FALSE(v.check_every_byte().damage.empty());
      v.restart();
      ASSERT_TRUE(v.collect());
      std::filesystem::rename(aside, pack.file);
      if (found_by_collect) {  // otherwise the next start finds it
        ASSERT_TRUE(v.collect());
      } else {
        v.restart();
      }
      EXPECT_TRUE(v.all_restore());
      EXPECT_TRUE(v.is_whole());
    }
  }
}

}  // namespace
}  // namespace quaymaster::vault
