// The number of a removed pack is never reused: runs of the index may still refer to it.

#include "store/sqlite/open_sqlite.h"
#include "testing/vault/case_vault.h"
#include "vault/engine/open_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

TEST(PackNumbers, ABackupOfRemovedDataAfterARestartStoresIt) {
  CaseVault v(10);
  v.backup_of(chunks(0, 20));
  v.forget(v.backup_of(chunks(20, 40)));
  ASSERT_TRUE(v.collect());
  v.restart();
  v.backup_of(chunks(40, 60));  // would take the free number
  auto again = v.open_backup();
  ASSERT_TRUE(again.add(chunks(20, 40)));
  ASSERT_TRUE(again.commit());
  EXPECT_EQ(again.totals().chunks_new, 20);
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(PackNumbers, TheSameWithinOneBackupOfTwoPacks) {
  CaseVault v(10);
  v.backup_of(chunks(0, 20));
  v.forget(v.backup_of(chunks(20, 40)));
  ASSERT_TRUE(v.collect());
  v.restart();
  auto backup = v.open_backup();
  ASSERT_TRUE(backup.add(chunks(40, 60)));
  ASSERT_TRUE(backup.seal());
  ASSERT_TRUE(backup.add(chunks(20, 40)));
  ASSERT_TRUE(backup.commit());
  EXPECT_EQ(backup.totals().chunks_new, 40);
  EXPECT_TRUE(v.is_whole_and_collects());
}

TEST(PackNumbers, AllIsRemovedAndStoredAgainInAnotherOrder) {
  for (const std::size_t room : {std::size_t{5}, std::size_t{10}, CaseVault::kRoomy}) {
    CaseVault v(room);
    for (std::uint32_t i = 0; i < 5; ++i) {
      v.backup_of(chunks(20 * i, 20 * i + 20));
    }
    while (!v.points.empty()) {
      v.forget(v.points.begin()->first);
    }
    ASSERT_TRUE(v.collect());
    EXPECT_TRUE(v.object_names("packs").empty());
    v.restart();
    for (const std::uint32_t i : {3, 0, 4, 2, 1}) {
      v.backup_of(chunks(20 * i, 20 * i + 20));
    }
    EXPECT_TRUE(v.is_whole_and_collects());
  }
}

TEST(PackNumbers, PacksOfABackupThatFailedAtItsEnd) {
  enum class End { point_not_stored, record_refused, killed };
  for (const auto end : {End::point_not_stored, End::record_refused, End::killed}) {
    CaseVault v(10);
    v.backup_of(chunks(0, 20));
    std::optional<CaseVault::Backup> backup(v.open_backup());
    ASSERT_TRUE(backup->add(chunks(20, 60)));
    ASSERT_TRUE(backup->seal());
    if (end == End::point_not_stored) {
      v.disk.fail_from_now(0, Errc::no_space, true, FailingDisk::Only::what_takes_space);
    }
    if (end == End::record_refused) {
      v.records.fail_from_now(0, Errc::no_space, true, store::FailingDatabase::Only::changes);
    }
    if (end == End::killed) {
      v.kill([&] { backup.reset(); });
    } else {
      EXPECT_FALSE(backup->commit());
      backup.reset();
    }
    v.disk.heal();
    v.records.heal();
    ASSERT_TRUE(v.collect());
    EXPECT_EQ(v.object_names("packs").size(), 1);
    v.restart();
    v.backup_of(both(chunks(60, 80), chunks(20, 30)));
    v.backup_of(both(chunks(30, 60), chunks(80, 90)));
    EXPECT_TRUE(v.is_whole_and_collects());
  }
}

TEST(PackNumbers, ManyTimesRemovedAndRestarted) {
  CaseVault v(10);
  for (std::uint32_t round = 0; round < 12; ++round) {
    const auto kept = v.backup_of(both(chunks(5 * round, 5 * round + 15), chunks(0, 5)));
    v.restart();
    EXPECT_TRUE(v.all_restore()) << round;
    v.forget(kept);
    ASSERT_TRUE(v.collect());
    v.restart();
    v.backup_of(chunks(100 + round, 115 + round));
    EXPECT_TRUE(v.all_restore()) << round;
    if (v.points.size() > 2) {
      v.forget(v.points.begin()->first);
    }
  }
  EXPECT_TRUE(v.is_whole_and_collects());
}

/// The tables as created by the first version.
constexpr std::string_view kFirstTables = R"(
CREATE TABLE vault_packs (
  vault TEXT NOT NULL, number INTEGER NOT NULL, id BLOB NOT NULL, state INTEGER NOT NULL,
  size INTEGER NOT NULL, plain_size INTEGER NOT NULL, chunks INTEGER NOT NULL, indexed INTEGER NOT NULL,
  PRIMARY KEY (vault, number));
CREATE TABLE vault_runs (
  vault TEXT NOT NULL, id BLOB NOT NULL, parts INTEGER NOT NULL, age INTEGER NOT NULL, PRIMARY KEY (vault, id));
CREATE TABLE vault_points (
  vault TEXT NOT NULL, id BLOB NOT NULL, source TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (vault, id));
CREATE INDEX vault_points_by_source ON vault_points (vault, source, created);
)";
constexpr std::string_view kFirstSteps[] = {kFirstTables};

/// A vault with records of the first version, which reused the numbers of removed packs: a run may refer to a pack by a
/// number that another one has now.
class OfTheFirstVersion : public CaseVault {
 public:
  OfTheFirstVersion() : CaseVault(10) {}

  /// The same records in the tables of the first version; then the vault is opened as after an update. `reused`: the
  /// pack of this chunk was removed, and the pack with the other one has its number.
  Result<> update(std::uint32_t gone, std::uint32_t successor) {
    const auto lost = pack_with(gone);
    const auto kept = pack_with(successor);
    vault.reset();
    const auto path = root / "records" / "records.db";
    {
      const store::Schema first[] = {{"vault", kFirstSteps}};
      TRY(const auto old, store::open_sqlite(path, first));
      TRY(copy(*old));
      TRY(old->write([&](store::Writer& writer) -> Result<> {
        std::int64_t number = 0;
        TRY(writer.first(
            "SELECT number FROM vault_packs WHERE id = ?", [&](const store::Row& row) { number = row.integer(0); },
            Bytes(id_in(lost).bytes)));
        TRY(writer.change("DELETE FROM vault_packs WHERE number = ?", number));
        TRY(writer.change("UPDATE vault_packs SET number = ? WHERE id = ?", number, Bytes(id_in(kept).bytes)));
        return ok();
      }));
    }
    std::filesystem::remove(lost.file);
    const store::Schema now[] = {schema()};
    TRY(updated_, store::open_sqlite(path, now));
    return try_again();
  }
  Result<> try_again() { return try_reopen(disk, *updated_); }
  Result<> remove_point(const Guid& id) {
    return updated_->write([&](store::Writer& writer) { return vault->remove_point(writer, id); });
  }
  ~OfTheFirstVersion() { vault.reset(); }

 private:
  static PackId id_in(const PackOnDisk& pack) {
    PackId id;
    std::ranges::copy(decode_hex(pack.file.filename().string()).value(), id.bytes.begin());
    return id;
  }
  Result<> copy(store::Database& old) {
    struct Pack {
      std::int64_t number, state, size, plain_size, chunks, indexed;
      Buffer id;
    };
    struct Run {
      std::int64_t parts, age;
      Buffer id;
    };
    struct PointRow {
      std::int64_t created;
      Buffer id;
    };
    std::vector<Pack> packs;
    std::vector<Run> runs;
    std::vector<PointRow> rows;
    const auto buffer = [](Bytes bytes) { return Buffer(bytes.begin(), bytes.end()); };
    TRY(database->read([&](store::Reader& reader) -> Result<> {
      TRY(reader.each("SELECT number, state, size, plain_size, chunks, indexed, id FROM vault_packs",
                      [&](const store::Row& row) -> Result<> {
                        packs.push_back({row.integer(0), row.integer(1), row.integer(2), row.integer(3), row.integer(4),
                                         row.integer(5), buffer(row.blob(6))});
                        return ok();
                      }));
      TRY(reader.each("SELECT parts, age, id FROM vault_runs", [&](const store::Row& row) -> Result<> {
        runs.push_back({row.integer(0), row.integer(1), buffer(row.blob(2))});
        return ok();
      }));
      return reader.each("SELECT created, id FROM vault_points", [&](const store::Row& row) -> Result<> {
        rows.push_back({row.integer(0), buffer(row.blob(1))});
        return ok();
      });
    }));
    return old.write([&](store::Writer& writer) -> Result<> {
      for (const auto& pack : packs) {
        TRY(writer.change("INSERT INTO vault_packs VALUES ('v', ?, ?, ?, ?, ?, ?, ?)", pack.number, pack.id, pack.state,
                          pack.size, pack.plain_size, pack.chunks, pack.indexed));
      }
      for (const auto& run : runs) {
        TRY(writer.change("INSERT INTO vault_runs VALUES ('v', ?, ?, ?)", run.id, run.parts, run.age));
      }
      for (const auto& point : rows) {
        TRY(writer.change("INSERT INTO vault_points VALUES ('v', ?, 's', ?)", point.id, point.created));
      }
      return ok();
    });
  }

  std::unique_ptr<store::Database> updated_;
};

TEST(PackNumbers, AVaultOfTheFirstVersionKnowsOnlyWhatItsPacksHold) {
  OfTheFirstVersion v;
  v.backup_of(chunks(0, 20));
  v.forget(v.backup_of(chunks(20, 40)));  // runs refer to its pack
  v.backup_of(chunks(40, 60));
  ASSERT_TRUE(v.update(20, 40));
  EXPECT_TRUE(v.all_restore());
  EXPECT_TRUE(v.is_clean());
  v.backup_of(chunks(20, 40));
  EXPECT_TRUE(v.all_restore());
  EXPECT_TRUE(v.is_clean());
  for (int restarts = 0; restarts < 2; ++restarts) {
    ASSERT_TRUE(v.try_again());
    EXPECT_TRUE(v.all_restore());
    EXPECT_TRUE(v.is_clean());
    ASSERT_TRUE(v.collect());
  }
}

TEST(PackNumbers, CheckNamesWhatTheFirstVersionLostByThem) {
  OfTheFirstVersion v;
  v.backup_of(chunks(0, 20));
  const auto lost = v.backup_of(chunks(20, 40));  // acknowledged, but attributed to a pack that does not have it
  v.backup_of(chunks(40, 60));
  ASSERT_TRUE(v.update(20, 40));
  for (int restarts = 0; restarts < 2; ++restarts) {
    for (const auto depth : {CheckDepth::structure, CheckDepth::every_byte}) {
      const auto report = v.vault->check(depth, {}).value();
      ASSERT_EQ(report.damage.size(), 1);
      EXPECT_EQ(report.damage[0].points, std::vector{lost});
      EXPECT_EQ(report.damage[0].bytes_lost, 20 * 900);
    }
    for (const auto& [id, taken] : v.points) {
      if (id != lost) {
        EXPECT_TRUE(v.restores(id));
      }
    }
    ASSERT_TRUE(v.try_again());
  }
  v.backup_of(chunks(20, 40));  // heals it
  EXPECT_TRUE(v.all_restore());
  EXPECT_TRUE(v.is_clean());
}

}  // namespace
}  // namespace quaymaster::vault
