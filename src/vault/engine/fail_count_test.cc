// Every disk operation and every operation on the records of a backup, a collect, a check, an index rebuild and a start
// fails in turn, or kills the process. Then the same is tried again in the same process, unless it died, and the vault
// is restarted twice: all acknowledged data can be restored, check finds nothing, and a collect leaves exactly what is
// needed.

#include "testing/vault/case_vault.h"

namespace quaymaster::vault {
namespace {

using namespace test;

enum class What { backup, long_backup, collect, check, rebuild, start, start_with_a_damaged_index };
enum class Where { disk, full_disk, records, death_at_disk, death_at_records, death_after_records };
struct Case {
  What what;
  Where where;
  std::size_t room;
  bool from_then_on;
};

bool dies(const Case& c) {
  return c.where >= Where::death_at_disk;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  static constexpr const char* kWhat[] = {
      "Backup", "LongBackup", "Collect", "Check", "Rebuild", "Start", "StartWithADamagedIndex"};
  static constexpr const char* kWhere[] = {"Disk",        "FullDisk",       "Records",
                                           "DeathAtDisk", "DeathAtRecords", "DeathAfterRecords"};
  return fmt::format("{}{}{}{}", kWhat[static_cast<int>(info.param.what)], kWhere[static_cast<int>(info.param.where)],
                     info.param.room == CaseVault::kRoomy ? "Roomy" : "Tiny",
                     dies(info.param)          ? ""
                     : info.param.from_then_on ? "FromThenOn"
                                               : "Once");
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto what : {What::backup, What::long_backup, What::collect, What::check, What::rebuild, What::start,
                          What::start_with_a_damaged_index}) {
    for (const std::size_t room : {std::size_t{5}, CaseVault::kRoomy}) {
      for (const auto where : {Where::disk, Where::full_disk, Where::records}) {
        for (const bool from_then_on : {false, true}) {
          all.push_back({what, where, room, from_then_on});
        }
      }
      for (const auto where : {Where::death_at_disk, Where::death_at_records, Where::death_after_records}) {
        all.push_back({what, where, room, true});
      }
    }
  }
  return all;
}

/// One of each: a pack to pardon, one to move, one to remove, one left by a backup, and points.
struct Grown : CaseVault {
  explicit Grown(std::size_t room) : CaseVault(room) {
    const auto relied_on = backup_of(chunks(50, 60));
    auto open = open_backup();
    check(static_cast<bool>(open.add(chunks(50, 60))));
    forget(relied_on);
    check(static_cast<bool>(collect()));  // condemns it and keeps it
    check(static_cast<bool>(open.commit()));
    const auto all = backup_of(chunks(0, 10));
    backup_of(chunks(0, 3));
    forget(all);
    backup_of(chunks(10, 30));
    forget(backup_of(chunks(30, 40)));
    auto dropped = open_backup();
    check(dropped.add(chunks(40, 45)) && dropped.seal());
  }
};

class FailCount : public testing::TestWithParam<Case> {
 protected:
  /// Damages something that the start detects at once: the header of a run.
  static void prepare(Grown& v) {
    if (GetParam().what != What::start_with_a_damaged_index) {
      return;
    }
    v.vault.reset();
    for (const auto& run : v.files("index")) {
      flip(run, 30);
    }
  }

  template <class T>
  static Result<> outcome(const Result<T>& done) {
    return done ? Result<>(ok()) : Result<>(done.error());
  }
  static Result<> act(Grown& v) {
    switch (GetParam().what) {
      case What::backup:
        return outcome(v.try_backup(chunks(5, 25)));
      case What::long_backup: {
        auto backup = v.open_backup();
        TRY(backup.add(chunks(5, 15)));
        TRY(backup.seal());
        TRY(backup.add(both(chunks(0, 5), chunks(60, 70))));
        return outcome(backup.commit());
      }
      case What::collect:
        return outcome(v.collect());
      case What::check:
        return outcome(v.vault->check(CheckDepth::every_byte, {}));
      case What::rebuild:
        return v.vault->rebuild_index();
      case What::start:
      case What::start_with_a_damaged_index:
        return v.try_restart();
    }
    return ok();
  }

  static void begin_to_fail(Grown& v, int n) {
    const auto& [what, where, room, from_then_on] = GetParam();
    if (where == Where::disk) {
      v.disk.fail_from_now(n, Errc::io, from_then_on);
    }
    if (where == Where::full_disk) {
      v.disk.fail_from_now(n, Errc::no_space, from_then_on, FailingDisk::Only::what_takes_space);
    }
    if (where == Where::records) {
      v.records.fail_from_now(n, n % 2 == 0 ? Errc::no_space : Errc::io, from_then_on);
    }
    if (where == Where::death_at_disk) {
      v.disk.fail_from_now(n, Errc::io, true);
      v.records.die_when([&v] { return v.disk.has_failed(); });
    }
    if (where == Where::death_at_records || where == Where::death_after_records) {
      v.records.die_at(n, where == Where::death_after_records);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(All, FailCount, testing::ValuesIn(cases()), name_of);

TEST_P(FailCount, LosesNothingAndContinues) {
  bool failed = true;
  int n = 0;
  for (; failed; ++n) {
    Grown v(GetParam().room);
    prepare(v);
    begin_to_fail(v, n);
    static_cast<void>(act(v));
    failed = v.disk.has_failed() || v.records.has_failed();
    if (dies(GetParam())) {
      v.kill();
      ASSERT_TRUE(v.adopt_points(100));
    }
    v.disk.heal();
    v.records.heal();
    if (v.vault) {
      EXPECT_TRUE(v.all_restore()) << "operation " << n;
    }
    const auto again = act(v);
    ASSERT_TRUE(again) << "operation " << n << ": " << again.error().cause();
    ASSERT_TRUE(v.all_restore()) << "operation " << n;
    ASSERT_TRUE(v.is_clean()) << "operation " << n;
    for (int restarts = 1; restarts <= 2; ++restarts) {
      v.restart();
      ASSERT_TRUE(v.all_restore()) << "operation " << n << ", restart " << restarts;
    }
    ASSERT_TRUE(v.is_clean()) << "operation " << n;
    ASSERT_TRUE(v.collect()) << "operation " << n;
    ASSERT_TRUE(v.has_only_what_is_needed()) << "operation " << n;
    ASSERT_TRUE(v.all_restore()) << "operation " << n;
  }
}

}  // namespace
}  // namespace quaymaster::vault
