// A place of a chunk is kept until its successor is durable: whatever fails in between, every acknowledged point can be
// restored.

#include "testing/store/dying_database.h"
#include "testing/vault/case_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

/// A pack of ten chunks, of which a point needs three; the point that needed all of them is removed.
struct LooselyNeededPack : CaseVault {
  explicit LooselyNeededPack(std::size_t room = kRoomy, std::uint32_t packs = 1) : CaseVault(room) {
    for (std::uint32_t i = 0; i < packs; ++i) {
      const auto all = backup_of(chunks(10 * i, 10 * i + 10));
      backup_of(needed(i));
      forget(all);
    }
  }
  static Chunks needed(std::uint32_t pack = 0) { return chunks(10 * pack, 10 * pack + 3); }

  /// Collect condemns the packs and keeps them for a backup that ends later.
  void condemn() {
    const auto open = open_backup();
    ASSERT_TRUE(collect());
  }
};

TEST(LostChunk, ABackupOfCondemnedChunksIsAbandoned) {
  LooselyNeededPack v;
  v.condemn();
  v.abandon_backup_of(v.needed());
  EXPECT_TRUE(v.all_restore());
  ASSERT_TRUE(v.collect());
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(LostChunk, ABackupOfCondemnedChunksIsOpen) {
  LooselyNeededPack v;
  v.condemn();
  auto backup = v.open_backup();
  ASSERT_TRUE(backup.add(v.needed()));
  EXPECT_TRUE(v.all_restore());
  EXPECT_TRUE(v.is_clean());
  ASSERT_TRUE(v.collect());
  EXPECT_TRUE(v.all_restore());
  ASSERT_TRUE(backup.commit());
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(LostChunk, ABackupOfCondemnedChunksIsKilled) {
  LooselyNeededPack v;
  v.condemn();
  std::optional<CaseVault::Backup> backup(v.open_backup());
  ASSERT_TRUE(backup->add(v.needed()));
  v.kill([&] { backup.reset(); });
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(LostChunk, ABackupOfCondemnedChunksMeetsAFullDisk) {
  LooselyNeededPack v;
  v.condemn();
  v.disk.fail_from_now(0, Errc::no_space, true, FailingDisk::Only::what_takes_space);
  EXPECT_FALSE(v.try_backup(v.needed()));
  EXPECT_TRUE(v.all_restore());
  v.disk.heal();
  EXPECT_TRUE(v.all_restore());
  ASSERT_TRUE(v.collect());
  EXPECT_TRUE(v.is_whole_and_collects());
}

// Single failures of collect, at any disk operation or change of the records, are in fail_count_test.cc.

/// One size with so little room in memory that all chunks are in runs, and one where none is.
class LostChunkInRoom : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Rooms, LostChunkInRoom, testing::Values(5, CaseVault::kRoomy));

TEST_P(LostChunkInRoom, CollectMeetsADiskThatStaysFullAndIsRepeatedOnIt) {
  bool failed = true;
  for (int n = 0; failed; ++n) {
    LooselyNeededPack v(GetParam());
    v.disk.fail_from_now(n, Errc::no_space, true, FailingDisk::Only::what_takes_space);
    for (int repeated = 0; repeated < 3; ++repeated) {
      static_cast<void>(v.collect());
    }
    failed = v.disk.has_failed();
    EXPECT_TRUE(v.all_restore()) << "operation " << n;
    v.disk.heal();
    ASSERT_TRUE(v.collect()) << "operation " << n;
    ASSERT_TRUE(v.is_whole_and_collects()) << "operation " << n;
  }
}

/// Calls a function at one heartbeat, counted from 0, and records whether that heartbeat occurred.
struct AtHeartbeat {
  int at;
  std::function<Result<>()> act;
  bool reached = false;
  int next = 0;

  Heartbeat heartbeat() {
    return [this](std::uint64_t, std::uint64_t) -> Result<> {
      if (next++ != at) {
        return ok();
      }
      reached = true;
      return act();
    };
  }
};

TEST_P(LostChunkInRoom, CollectIsCancelledAtAnyHeartbeatAndRepeated) {
  bool cancelled = true;
  for (int n = 0; cancelled; ++n) {
    LooselyNeededPack v(GetParam(), 4);
    AtHeartbeat cancel{n, [] { return Result<>(Error(Errc::cancelled, "enough")); }};
    static_cast<void>(v.collect(cancel.heartbeat()));
    cancelled = cancel.reached;
    EXPECT_TRUE(v.all_restore()) << "heartbeat " << n;
    ASSERT_TRUE(v.collect()) << "heartbeat " << n;
    ASSERT_TRUE(v.is_whole_and_collects()) << "heartbeat " << n;
  }
}

TEST(LostChunk, ABackupThatWouldRepairAQuarantinedPackIsAbandoned) {
  for (const bool by_full_disk : {false, true}) {
    CaseVault v;
    auto backup = v.open_backup();
    ASSERT_TRUE(backup.add(chunks(0, 5)));
    backup.new_writer();
    ASSERT_TRUE(backup.add(chunks(5, 10)));
    const auto whole = backup.commit().value();
    const auto sound = v.backup_of(chunks(0, 5));
    v.damage_chunk(v.pack_with(5), 5);
    const auto found = v.check_every_byte();
    ASSERT_EQ(found.damage.size(), 1);
    EXPECT_EQ(found.damage[0].points, std::vector{whole});
    EXPECT_EQ(found.damage[0].bytes_lost, 5 * 900);
    EXPECT_TRUE(v.restores(sound));

    if (by_full_disk) {
      v.disk.fail_from_now(0, Errc::no_space, true, FailingDisk::Only::what_takes_space);
    }
    v.abandon_backup_of(chunks(0, 10));
    v.disk.heal();
    EXPECT_TRUE(v.restores(sound));
    ASSERT_TRUE(v.collect());
    EXPECT_TRUE(v.restores(sound));
    v.restart();
    EXPECT_TRUE(v.restores(sound));
    EXPECT_FALSE(v.restore(whole));

    v.forget(whole);
    ASSERT_TRUE(v.collect());
    EXPECT_TRUE(v.is_whole_and_collects());
  }
}

/// The three chunks are in a second pack; the only run has them as well, but in the first pack, which was removed.
struct MovedOutOfARun : CaseVault {
  MovedOutOfARun() : CaseVault(5) {
    const auto all = backup_of(chunks(0, 10));
    const auto four = backup_of(chunks(0, 4));
    forget(all);
    EXPECT_EQ(collect().value().packs_rewritten, 1);
    backup_of(chunks(0, 1));
    forget(four);  // one chunk of four is needed
  }
};

TEST(LostChunk, AnOldRunThatNamesARemovedPackIsIgnored) {
  {
    MovedOutOfARun v;
    const auto open = v.open_backup();
    ASSERT_TRUE(v.collect());
    v.abandon_backup_of(chunks(0, 1));
    EXPECT_TRUE(v.all_restore());
  }
  bool failed = true;
  for (int n = 0; failed; ++n) {
    MovedOutOfARun v;
    v.disk.fail_from_now(n, Errc::no_space, false, FailingDisk::Only::what_takes_space);
    static_cast<void>(v.collect());
    failed = v.disk.has_failed();
    v.disk.heal();
    EXPECT_TRUE(v.all_restore()) << "operation " << n;
    ASSERT_TRUE(v.collect()) << "operation " << n;
    ASSERT_TRUE(v.is_whole_and_collects()) << "operation " << n;
  }
}

// A backup that begins while collect runs.

TEST_P(LostChunkInRoom, BackupsThatBeginLateInACollectAreWholeOrNotAcknowledged) {
  enum class Last { abandoned, committed };
  for (const auto last : {Last::abandoned, Last::committed}) {
    bool reached = true;
    for (int n = 0; reached; ++n) {
      CaseVault v(GetParam());
      v.forget(v.backup_of(chunks(0, 10)));  // a pack that nothing needs
      v.backup_of(chunks(20, 30));
      v.forget(v.backup_of(chunks(30, 40)));
      AtHeartbeat late{n, [&]() -> Result<> {
                         std::optional<CaseVault::Backup> first(v.open_backup());
                         TRY(first->add(chunks(0, 10)));
                         auto second = v.open_backup();
                         TRY(second.add(chunks(0, 10)));
                         if (last == Last::abandoned) {
                           first.reset();
                         } else {
                           static_cast<void>(first->commit());
                         }
                         static_cast<void>(second.commit());  // completely, or refused
                         return ok();
                       }};
      ASSERT_TRUE(v.collect(late.heartbeat())) << "heartbeat " << n;
      reached = late.reached;
      ASSERT_TRUE(v.all_restore()) << "heartbeat " << n;
      ASSERT_TRUE(v.collect()) << "heartbeat " << n;
      ASSERT_TRUE(v.is_whole_and_collects()) << "heartbeat " << n;
    }
  }
}

TEST_P(LostChunkInRoom, ABackupThatSpansTheEndOfACollectIsWholeOrNotAcknowledged) {
  bool reached = true;
  for (int n = 0; reached; ++n) {
    CaseVault v(GetParam());
    v.forget(v.backup_of(chunks(0, 10)));
    v.forget(v.backup_of(chunks(10, 20)));
    v.backup_of(chunks(20, 30));
    std::optional<CaseVault::Backup> first;
    std::optional<CaseVault::Backup> second;
    AtHeartbeat late{n, [&]() -> Result<> {
                       first.emplace(v.open_backup());
                       second.emplace(v.open_backup());
                       TRY(first->add(chunks(0, 10)));
                       TRY(second->add(chunks(0, 20)));
                       return ok();
                     }};
    ASSERT_TRUE(v.collect(late.heartbeat())) << "heartbeat " << n;
    reached = late.reached;
    if (!reached) {
      break;
    }
    first.reset();
    static_cast<void>(second->commit());
    second.reset();
    ASSERT_TRUE(v.all_restore()) << "heartbeat " << n;
    ASSERT_TRUE(v.is_whole_and_collects()) << "heartbeat " << n;
  }
}

// The process dies at a change of the records.

TEST_P(LostChunkInRoom, AChangeOfTheRecordsIsReportedAsFailedButTookEffect) {
  for (const bool took_place : {false, true}) {
    bool died = true;
    for (int n = 0; died; ++n) {
      CaseVault v(GetParam());
      v.backup_of(chunks(0, 10));
      v.forget(v.backup_of(chunks(30, 40)));
      store::DyingDatabase dying(*v.database, n, took_place);
      if (v.try_reopen(v.disk, dying)) {
        if (v.try_backup(chunks(5, 20))) {
          static_cast<void>(v.collect());
        }
      }
      died = dying.await_death([] { return true; });
      v.restart();
      ASSERT_TRUE(v.adopt_points(20));
      EXPECT_TRUE(v.all_restore()) << "change " << n;
      EXPECT_TRUE(v.is_clean()) << "change " << n;
      const auto collected = v.collect();
      ASSERT_TRUE(collected) << "change " << n << ": " << collected.error().cause();
      ASSERT_TRUE(v.is_whole_and_collects()) << "change " << n;
    }
  }
}

TEST_P(LostChunkInRoom, AChangeDuringACollectIsReportedAsFailedButTookEffect) {
  for (int change = 0; change < 2; ++change) {  // the row of the pack, the row of the point
    bool reached = true;
    for (int n = 0; reached; ++n) {
      CaseVault v(GetParam());
      v.backup_of(chunks(0, 10));
      v.forget(v.backup_of(chunks(30, 40)));
      AtHeartbeat late{n, [&] {
                         v.records.die_at(change, true);
                         static_cast<void>(v.try_backup(chunks(5, 20)));
                         return Result<>(ok());
                       }};
      static_cast<void>(v.collect(late.heartbeat()));
      reached = late.reached;
      v.kill();
      ASSERT_TRUE(v.adopt_points(20));
      ASSERT_TRUE(v.is_whole_and_collects()) << "change " << change << " at heartbeat " << n;
    }
  }
}

}  // namespace
}  // namespace quaymaster::vault
