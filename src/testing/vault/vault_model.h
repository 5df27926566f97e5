#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "testing/vault/case_vault.h"
#include "testing/vault/damage_ledger.h"
#include "testing/vault/model_step.h"

namespace quaymaster::vault::test {

/// A vault, and a model of what it must contain: points and their contents, and the damage done. After every step: a
/// point without damage restores byte for byte; a damaged one restores byte for byte or fails; and nothing that is
/// needed was removed because it was damaged, since damage can be repaired.
class VaultModel {
 public:
  VaultModel(std::size_t room, std::uint64_t seed, bool checks_often, const Path& place)
      : v_(room, seed, place),
        universe_(static_cast<std::uint32_t>(std::clamp<std::size_t>(2 * room, 30, 200))),
        checks_often_(checks_often) {
    for (std::uint32_t number = 0; number < universe_; ++number) {
      numbers_[v_.id_of(number)] = number;
    }
  }

  void run(const Step& step) {
    begin_fault(step);
    act(step);
    end_fault(step);
    verify();
    if (checks_often_ && !is_full_) {
      check(CheckDepth::every_byte);
    }
  }

  /// Repairs everything; then the vault must be intact, and a collect leaves exactly what is needed.
  void end() {
    check_unless_full();
    make_room();
    while (!damage_.empty()) {
      damage_.mend(0);
    }
    check(CheckDepth::every_byte);
    drop_backups();
    for (int restarts = 0; restarts < 2; ++restarts) {
      demand(v_.try_restart(), "restart at the end");
      verify();
      check(CheckDepth::structure);
      demand(v_.collect(), "collect at the end");
      verify();
      demand(v_.has_only_what_is_needed());
    }
    demand(v_.is_whole());
  }

 private:
  static constexpr std::size_t kMostPoints = 7;

  struct InProgress {
    CaseVault::Backup backup;
    bool harmed = false;  // something failed while it was open: it may fail later
  };

  // Steps.

  void act(const Step& step) {
    using Kind = Step::Kind;
    switch (step.kind) {
      case Kind::backup:
        return backup(some(step));
      case Kind::incremental:
        return incremental(step);
      case Kind::begin:
        return begin(step.a);
      case Kind::append:
        begin(step.a);
        return on_backup(step.a, [&](auto& b) {
          if (step.b % 4 == 1) {
            b.new_writer();
          }
          return step.b % 5 == 0 ? b.add_known(some(step)) : b.add(some(step));
        });
      case Kind::seal:
        return on_backup(step.a, [](auto& b) { return b.seal(); });
      case Kind::commit:
        return commit(step.a);
      case Kind::abandon:
        return open_[step.a % open_.size()].reset();
      case Kind::remove:
        return remove(step.a);
      case Kind::collect:
        return collect({});
      case Kind::cancelled_collect:
        return cancelled_collect(static_cast<int>(step.a % 12));
      case Kind::busy_collect:
        return busy_collect(step);
      case Kind::check:
        return check(step.a % 3 == 0 ? CheckDepth::structure : CheckDepth::every_byte);
      case Kind::damage_pack:
        return damage_.flip_in_pack(step.a, step.b);
      case Kind::damage_run:
        return damage_.flip_in_run(step.a, step.b);
      case Kind::hide_pack:
        damage_.hide_pack(step.a);
        return step.c % 3 == 0 ? restart_orderly() : void();
      case Kind::damage_point:
        return damage_.flip_in_point(step.a, step.b);
      case Kind::mend:
        damage_.mend(step.a);
        return step.c % 3 == 0 ? restart_orderly() : void();
      case Kind::fill_disk:
        is_full_ = true;
        return fill(static_cast<int>(step.a % 10));
      case Kind::make_room:
        return make_room();
      case Kind::restart:
        return restart_orderly();
      case Kind::kill:
        return kill();
    }
  }

  Chunks some(const Step& step) const {
    const auto stride = step.b % 3 == 0 ? 3U : 1U;
    Chunks taken;
    for (std::uint32_t i = 0; i <= step.c % std::min(40U, universe_ / 2); ++i) {
      taken.push_back((step.b + i * stride) % universe_);
    }
    return taken;
  }

  void backup(const Chunks& taken) {
    if (v_.points.size() >= kMostPoints) {
      return remove(0);
    }
    const auto point = v_.try_backup(taken);
    allow(point, "backup", has_backups());
    if (!point) {
      return;
    }
    fill_ids();
    if (const auto number = touched(taken, damage_.lost().known_to_be)) {
      throw Wrong(fmt::format("a backup took the damaged copy of chunk {} for sound", *number));
    }
  }

  void incremental(const Step& step) {
    if (v_.points.empty() || v_.points.size() >= kMostPoints) {
      return;
    }
    const auto& [id, before] = *std::next(v_.points.begin(), step.a % v_.points.size());
    if (damage_.is_damaged(id)) {
      return;
    }
    auto backup = v_.open_backup();
    auto known = backup.reuse(id);
    Result<> added = ok();
    if (!known) {
      added = known.error();
    } else if (!known.value()) {
      added = backup.add_known(before);
    }
    if (added) {
      added = backup.add(some(step));
    }
    if (added) {
      if (auto point = backup.commit(); !point) {
        added = point.error();
      }
    }
    allow(added, "incremental backup", has_backups());
  }

  void begin(std::uint32_t which) {
    auto& backup = open_[which % open_.size()];
    if (!backup) {
      backup.emplace(InProgress{v_.open_backup()});
    }
  }

  void on_backup(std::uint32_t which, const std::function<Result<>(CaseVault::Backup&)>& act) {
    auto& backup = open_[which % open_.size()];
    if (!backup) {
      return;
    }
    const auto done = act(backup->backup);
    const bool may_fail = backup->harmed;
    if (!done) {
      backup.reset();
    }
    allow(done, "a step of a backup", true, may_fail);
  }

  void commit(std::uint32_t which) {
    auto& backup = open_[which % open_.size()];
    if (!backup || v_.points.size() >= kMostPoints) {
      return;
    }
    const auto point = backup->backup.commit();
    const bool may_fail = backup->harmed;
    backup.reset();
    allow(point, "commit", true, may_fail);
  }

  void remove(std::uint32_t which) {
    if (v_.points.empty()) {
      return;
    }
    const auto id = std::next(v_.points.begin(), which % v_.points.size())->first;
    demand(v_.remove(id), "removal of a point");
    v_.points.erase(id);
  }

  void collect(const Heartbeat& heartbeat) {
    const bool undisturbed = !has_backups() && !damage_.has_packs() && !damage_.has_points() && !heartbeat;
    const auto collected = v_.collect(heartbeat);
    // A point committed meanwhile lacks chunks: it removes nothing, and the next collect continues.
    const bool met_damage =
        heartbeat && damage_.has_packs() && !collected && collected.error().kind() == Errc::conflict;
    allow(collected, "collect", false, met_damage || stops_at_a_point(collected));
    if (collected) {
      damage_.note_looked();
    }
    if (collected && undisturbed && !is_troubled()) {
      demand(v_.has_only_what_is_needed());
    }
  }

  void cancelled_collect(int at) {
    int next = 0;
    const auto collected = v_.collect([&](std::uint64_t, std::uint64_t) -> Result<> {
      return next++ == at ? Result<>(Error(Errc::cancelled, "enough")) : Result<>(ok());
    });
    if (!collected && collected.error().kind() == Errc::cancelled && next > at) {
      return;
    }
    allow(collected, "cancelled collect", false, stops_at_a_point(collected));
  }
  /// The needs of a point with a damaged object are unknown.
  bool stops_at_a_point(const Result<CollectReport>& collected) const {
    if (collected || !damage_.has_points()) {
      return false;
    }
    const auto kind = collected.error().kind();
    return kind == Errc::corrupt || kind == Errc::unsupported;  // of its version
  }

  void busy_collect(const Step& step) {
    std::string wrong;  // no exception may pass through the engine
    int next = 0;
    collect([&](std::uint64_t, std::uint64_t) -> Result<> {
      if (next++ != static_cast<int>(step.a % 12) || !wrong.empty()) {
        return ok();
      }
      try {
        concurrent_with_collect(step);
        if (!has_fault_) {
          verify_points();
        }
      } catch (const Wrong& e) {
        wrong = e.what();
      }
      return ok();
    });
    if (!wrong.empty()) {
      throw Wrong("beside collect: " + wrong);
    }
  }

  void concurrent_with_collect(const Step& step) {
    const auto other = (step.b + 1) % static_cast<std::uint32_t>(open_.size());
    switch (step.b % 7) {
      case 0:
        return backup(some(step));
      case 1:
        begin(step.b);
        return on_backup(step.b, [&](auto& b) { return b.add(some(step)); });
      case 2:
        return commit(step.b);
      case 3:
        return open_[step.b % open_.size()].reset();
      case 4:
        return remove(step.c);
      case 5:
        return incremental(step);
      default:  // one of two backups relies on what the other claims and abandons
        begin(step.b);
        on_backup(step.b, [&](auto& b) { return b.add(some(step)); });
        begin(other);
        on_backup(other, [&](auto& b) { return b.add(some(step)); });
        open_[step.b % open_.size()].reset();
        return commit(other);
    }
  }

  // The disk, the records and the process.

  void fill(int from) { v_.disk.fail_from_now(from, Errc::no_space, true, FailingDisk::Only::what_takes_space); }
  void make_room() {
    is_full_ = false;
    v_.disk.heal();
  }

  void begin_fault(const Step& step) {
    using Fault = Step::Fault;
    has_fault_ = step.fault != Fault::none;
    switch (step.fault) {
      case Fault::none:
        break;
      case Fault::disk_fails_once:
        v_.disk.fail_from_now(step.at, Errc::io);
        break;
      case Fault::disk_is_full_once:
        v_.disk.fail_from_now(step.at, Errc::no_space, false, FailingDisk::Only::what_takes_space);
        break;
      case Fault::record_fails_once:
        v_.records.fail_from_now(step.at % 10, step.at % 2 == 0 ? Errc::no_space : Errc::io);
        break;
      case Fault::killed_at_disk:
        v_.disk.fail_from_now(step.at, Errc::io, true);
        v_.records.die_when([this] { return v_.disk.has_failed(); });
        break;
      case Fault::killed_at_record:
      case Fault::killed_after_record:
        v_.records.die_at(step.at % 10, step.fault == Fault::killed_after_record);
        break;
    }
    harm_backups();
  }

  void end_fault(const Step& step) {
    using Fault = Step::Fault;
    if (!has_fault_) {
      return;
    }
    harm_backups();  // those started meanwhile
    const bool struck = v_.disk.has_failed() || v_.records.has_failed();
    has_fault_ = false;
    if (struck && (step.fault == Fault::killed_at_disk || step.fault == Fault::killed_at_record ||
                   step.fault == Fault::killed_after_record)) {
      kill();
      if (step.fault == Fault::killed_after_record) {
        demand(v_.adopt_points(universe_), "looking for points that took place");
      }
      return;
    }
    v_.records.heal();
    v_.disk.heal();
    if (is_full_) {
      fill(0);
    }
    if (!v_.vault) {
      restart();  // a restart that failed
    }
  }

  void restart_orderly() {
    drop_backups();
    restart();
  }
  void restart() {
    const auto opened = v_.try_restart();
    if (opened) {
      return damage_.note_looked();
    }
    if (has_fault_) {
      return;  // retried after it
    }
    if (!is_full_) {
      throw Wrong("the vault does not open: " + opened.error().cause());
    }
    make_room();
    demand(v_.try_restart(), "start after room was made");
    damage_.note_looked();
  }

  void kill() {
    v_.disk.fail_from_now(0, Errc::io, true);
    v_.records.die();
    drop_backups();
    v_.vault.reset();
    v_.records.heal();
    make_room();
    demand(v_.try_restart(), "start after a kill");
    damage_.note_looked();
  }

  bool has_backups() const {
    return std::ranges::any_of(open_, [](const auto& backup) { return backup.has_value(); });
  }
  void drop_backups() {
    for (auto& backup : open_) {
      backup.reset();
    }
  }
  void harm_backups() {
    if (!is_troubled()) {
      return;
    }
    for (auto& backup : open_) {
      if (backup) {
        backup->harmed = true;
      }
    }
  }
  bool is_troubled() const { return has_fault_ || is_full_; }

  // Invariants.

  template <class T>
  static void demand(const Result<T>& done, const char* what) {
    if (!done) {
      throw Wrong(fmt::format("{} fails: {}", what, done.error().cause()));
    }
  }
  static void demand(const testing::AssertionResult& good) {
    if (!good) {
      throw Wrong(good.message());
    }
  }
  /// An error is allowed only when something was made to fail. `shares`: the backup may have relied on another one.
  template <class T>
  void allow(const Result<T>& done, const char* what, bool shares, bool may_fail = false) {
    harm_backups();
    if (done || may_fail || is_troubled() || (shares && done.error().kind() == Errc::busy)) {
      return;
    }
    throw Wrong(fmt::format("{} fails: {}", what, done.error().cause()));
  }

  std::optional<std::uint32_t> touched(const Chunks& taken, const std::set<ChunkId>& lost) {
    for (const auto number : taken) {
      if (lost.contains(ids_[number])) {
        return number;
      }
    }
    return std::nullopt;
  }

  void verify_points() {
    fill_ids();
    const auto lost = damage_.lost().for_now;
    for (const auto& [id, taken] : v_.points) {
      const auto read = v_.restore(id);
      if (damage_.is_damaged(id)) {
        if (read) {
          throw Wrong(id.text() + " restores though its object is damaged");
        }
        continue;
      }
      if (!read && !touched(taken, lost)) {
        throw Wrong(fmt::format("{} does not restore: {}", id.text(), read.error().cause()));
      }
      if (read && read.value() != v_.content_of(taken)) {
        throw Wrong(id.text() + " restores other bytes");
      }
    }
  }

  void verify() {
    const auto listed = v_.vault->points("s");
    demand(listed, "listing points");
    std::set<Guid> ids;
    for (const auto& point : listed.value()) {
      ids.insert(point.id);
    }
    for (const auto& [id, taken] : v_.points) {
      if (ids.erase(id) == 0) {
        throw Wrong(id.text() + " is not there any more");
      }
    }
    if (!ids.empty()) {
      throw Wrong(ids.begin()->text() + " was not acknowledged and is there");
    }
    verify_points();
  }

  void check_unless_full() {
    if (!is_full_) {
      check(CheckDepth::every_byte);
    }
  }

  /// Check must find exactly the damage. A check of the structure alone may miss damage in frames.
  void check(CheckDepth depth) {
    fill_ids();
    const auto lost = damage_.lost().for_good;
    const auto known = damage_.rows();
    const auto report = v_.vault->check(depth, {});
    allow(report, "check", false);
    if (report) {
      damage_.note_looked();
    }
    if (!report || is_troubled()) {
      return;
    }
    std::set<std::string> named;
    std::set<Guid> points;
    std::uint64_t bytes = 0;
    for (const auto& damage : report.value().damage) {
      named.insert(damage.object);
      points.insert(damage.points.begin(), damage.points.end());
      bytes += damage.bytes_lost;
      if (!damage_.names(damage.object) && !damage.object.starts_with("v/points/")) {
        throw Wrong("check names what was not damaged: " + CaseVault::text_of(damage));
      }
    }
    std::uint64_t bytes_lost = 0;
    std::set<std::uint32_t> counted;
    for (const auto& [id, taken] : v_.points) {
      if (damage_.is_damaged(id)) {
        if (!points.contains(id) || !named.contains(point_name("v", id))) {
          throw Wrong("check misses the damaged point " + id.text());
        }
        continue;
      }
      const auto what = touched(taken, lost);
      if (what && !points.contains(id) && depth == CheckDepth::every_byte) {
        throw Wrong(fmt::format("check misses that {} has lost chunk {}", id.text(), *what));
      }
      if (!what && points.contains(id)) {
        throw Wrong(fmt::format("check says that {} has lost something: {}", id.text(), all_damage(report.value())));
      }
      for (const auto number : taken) {
        if (lost.contains(ids_[number]) && counted.insert(number).second) {
          bytes_lost += v_.size_of(number);
        }
      }
    }
    if (depth != CheckDepth::every_byte) {
      return;
    }
    damage_.note_found();
    if (bytes != bytes_lost) {
      throw Wrong(
          fmt::format("check counts {} bytes lost, it is {}: {}", bytes, bytes_lost, all_damage(report.value())));
    }
    for (const auto& name : damage_.packs()) {
      if (known.packs.contains(name) && !named.contains(name)) {
        throw Wrong("check does not name the damaged " + name);
      }
    }
    for (const auto& name : damage_.runs()) {
      if (known.runs.contains(name) && !named.contains(name) && !is_named_by_a_later_check(name)) {
        throw Wrong("no check names the damaged run " + name);
      }
    }
  }
  /// A run has its row an instant before it is in use, and a pack of an open session is indexed in the background: a
  /// check in that instant rightly ignores the run, but the damage must not stay hidden.
  bool is_named_by_a_later_check(const std::string& run) {
    constexpr int kChecks = 20;
    for (int i = 0; i < kChecks; ++i) {
      const auto report = v_.vault->check(CheckDepth::structure, {});
      demand(report, "check");
      if (!damage_.rows().runs.contains(run) ||
          std::ranges::any_of(report.value().damage, [&](const auto& damage) { return damage.object == run; })) {
        return true;
      }
    }
    return false;
  }
  static std::string all_damage(const CheckReport& report) {
    std::string all;
    for (const auto& damage : report.damage) {
      all += CaseVault::text_of(damage) + "; ";
    }
    return all;
  }

  void fill_ids() {
    if (!ids_.empty()) {
      return;
    }
    for (const auto& [id, number] : numbers_) {
      ids_[number] = id;
    }
  }

  CaseVault v_;
  DamageLedger damage_{v_};
  const std::uint32_t universe_;
  const bool checks_often_;
  std::map<ChunkId, std::uint32_t> numbers_;
  std::map<std::uint32_t, ChunkId> ids_;
  std::array<std::optional<InProgress>, 3> open_;
  bool is_full_ = false;
  bool has_fault_ = false;  // one is armed and the step is running
};

}  // namespace quaymaster::vault::test
