#include "providers/recovery_services/maintenance/scheduler.h"

#include <set>

#include "providers/recovery_services/policies/policy_store.h"
#include "providers/recovery_services/world_test.h"

namespace quaymaster::recovery_services {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using Protection = ItemRecord::Protection;

/// Daily at 22:00 in Berlin; kept 7 days, Sundays 4 weeks, first Sundays 12 months.
constexpr std::string_view kPolicy =
    R"({"backupManagementType":"AzureIaasVM","schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy",)"
    R"("scheduleRunFrequency":"Daily","scheduleRunTimes":["2026-11-23T22:00:00Z"],"scheduleWeeklyFrequency":0},)"
    R"("retentionPolicy":{"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{"retentionTimes":)"
    R"(["2026-11-23T22:00:00Z"],"retentionDuration":{"count":7,"durationType":"Days"}},"weeklySchedule":)"
    R"({"daysOfTheWeek":["Sunday"],"retentionTimes":["2026-11-23T22:00:00Z"],"retentionDuration":{"count":4,)"
    R"("durationType":"Weeks"}},"monthlySchedule":{"retentionScheduleFormatType":"Weekly","retentionScheduleWeekly":)"
    R"({"daysOfTheWeek":["Sunday"],"weeksOfTheMonth":["First"]},"retentionTimes":["2026-11-23T22:00:00Z"],)"
    R"("retentionDuration":{"count":12,"durationType":"Months"}}},"instantRpRetentionRangeInDays":2,)"
    R"("timeZone":"W. Europe Standard Time"})";

Time utc(std::string_view text) {
  return parse_time(text).value();
}

/// One item under kPolicy, created at noon on 1 January 2026, and backups that create a point at once.
class SchedulerTest : public World {
 protected:
  SchedulerTest() {
    make_vault("v1");
    fixture.clock.set(utc("2026-01-01T12:00Z"));
    change([&](store::Writer& writer) -> Result<> {
      TRY(const auto vault, find_vault(writer, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"}));
      TRY(put_policy(writer,
                     {vault.id, "p", "AzureIaasVM", std::string(kPolicy), fixture.clock.now(), fixture.clock.now()}));
      ItemRecord item;
      item.id = item_;
      item.vault = vault.id;
      item.container = "IaasVMContainer;iaasvmcontainerv2;rg;vm1";
      item.item = "VM;iaasvmcontainerv2;rg;vm1";
      item.friendly_name = "vm1";
      item.source_id = "/machines/vm1";
      item.policy = "p";
      item.data_id = 1;
      item.created = fixture.clock.now();
      return insert_item(writer, item);
    });
    begin();
  }
  void begin() {
    SchedulerWork work;
    work.start_backup = [this](const ItemRecord& item, Time scheduled) { return back_up(item, scheduled); };
    work.expire_points = [this](const ItemRecord&, const std::vector<PointRecord>& points) -> Result<> {
      return fixture.database->write([&](store::Writer& writer) -> Result<> {
        for (const auto& point : points) {
          TRY(writer.change("DELETE FROM rs_points WHERE id = ?", point.id.text()));
        }
        return ok();
      });
    };
    work.purge_deleted_items = [this](Time) -> Result<> {
      ++purges_;
      return ok();
    };
    work.collect = [this](Time) -> Result<> {
      ++collects_;
      return ok();
    };
    scheduler_ = std::make_unique<Scheduler>(*fixture.database, fixture.clock, std::move(work));
  }
  Result<Guid> back_up(const ItemRecord& item, Time scheduled) {
    if (fails_with_) {
      return Error(*fails_with_, "as the test says");
    }
    started_.push_back(format_time_short(scheduled));
    const auto id = random.guid();
    TRY(fixture.database->write([&, name = ++names_](store::Writer& writer) -> Result<> {
      PointRecord point;
      point.id = id;
      point.item = item.id;
      point.name = name;
      point.time = fixture.clock.now();
      point.source = "{}";
      return insert_point(writer, point);
    }));
    return id;
  }
  void change(const std::function<Result<>(store::Writer&)>& act) {
    const auto changed = fixture.database->write([&](store::Writer& writer) { return act(writer); });
    ASSERT_TRUE(changed) << changed.error().cause();
  }
  void change_item(const std::function<void(ItemRecord&)>& act) {
    change([&](store::Writer& writer) -> Result<> {
      TRY(auto item, find_item(writer, item_));
      act(item);
      return update_item(writer, item);
    });
  }
  void tick_at(std::string_view time) {
    fixture.clock.set(utc(time));
    scheduler_->tick(fixture.clock.now());
  }
  std::vector<Time> points() {
    std::vector<Time> times;
    EXPECT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(const auto all, points_of(reader, item_));
      for (const auto& point : all) {
        times.push_back(point.time);
      }
      return ok();
    }));
    return times;
  }

  const Guid item_ = random.guid();
  std::unique_ptr<Scheduler> scheduler_;
  std::vector<std::string> started_;
  std::optional<Errc> fails_with_;
  std::int64_t names_ = 0;
  int purges_ = 0;
  int collects_ = 0;
};
using Texts = std::vector<std::string>;

TEST_F(SchedulerTest, ABackupStartsOnceAtItsTime) {
  tick_at("2026-01-01T20:59:59Z");
  EXPECT_EQ(started_, Texts{});
  tick_at("2026-01-01T21:00:00Z");
  tick_at("2026-01-01T21:00:00Z");
  tick_at("2026-01-01T23:00:00Z");
  EXPECT_EQ(started_, Texts{"2026-01-01T21:00:00Z"});
  begin();  // a restart remembers it
  tick_at("2026-01-02T20:00:00Z");
  EXPECT_EQ(started_.size(), 1U);
  tick_at("2026-01-02T21:30:00Z");
  EXPECT_EQ(started_.back(), "2026-01-02T21:00:00Z");
}

TEST_F(SchedulerTest, MoreItemsThanOneReadHoldsAreAllBackedUp) {
  change([&](store::Writer& writer) -> Result<> {
    const auto first = find_item(writer, item_).value();
    for (int i = 0; i < 600; ++i) {
      auto another = first;
      another.id = random.guid();
      another.item += std::to_string(i);
      another.friendly_name += std::to_string(i);
      TRY(insert_item(writer, another));
    }
    return ok();
  });
  tick_at("2026-01-01T21:00:00Z");
  EXPECT_EQ(started_.size(), 601U);
  tick_at("2026-01-01T21:01:00Z");
  EXPECT_EQ(started_.size(), 601U);
}

TEST_F(SchedulerTest, WhatWasMissedIsMadeUpForOnce) {
  tick_at("2026-01-06T03:00:00Z");
  EXPECT_EQ(started_, Texts{"2026-01-05T21:00:00Z"});
  tick_at("2026-01-06T03:01:00Z");
  EXPECT_EQ(started_.size(), 1U);
}

TEST_F(SchedulerTest, RunsBeforeThePolicyDoNotCount) {
  change_item([](ItemRecord& item) { item.policy_since = utc("2026-01-03T22:00Z"); });
  tick_at("2026-01-04T12:00:00Z");
  EXPECT_EQ(started_, Texts{});
  tick_at("2026-01-04T21:00:00Z");
  EXPECT_EQ(started_, Texts{"2026-01-04T21:00:00Z"});
}

TEST_F(SchedulerTest, RunsBeforeAChangeOfThePolicyDoNotCount) {
  change([&](store::Writer& writer) -> Result<> {
    TRY(const auto item, find_item(writer, item_));
    return put_policy(
        writer, {item.vault, "p", "AzureIaasVM", std::string(kPolicy), fixture.clock.now(), utc("2026-01-03T22:00Z")});
  });
  tick_at("2026-01-04T12:00:00Z");
  EXPECT_EQ(started_, Texts{});
  tick_at("2026-01-04T21:00:00Z");
  EXPECT_EQ(started_, Texts{"2026-01-04T21:00:00Z"});
}

TEST_F(SchedulerTest, ARunningBackupTakesThePlaceOfTheNextAndOtherFailuresAreTriedAgain) {
  fails_with_ = Errc::io;
  tick_at("2026-01-01T21:00:00Z");
  fails_with_.reset();
  tick_at("2026-01-01T21:01:00Z");
  EXPECT_EQ(started_, Texts{"2026-01-01T21:00:00Z"});
  fails_with_ = Errc::conflict;
  tick_at("2026-01-02T21:00:00Z");
  fails_with_.reset();
  tick_at("2026-01-02T21:01:00Z");
  EXPECT_EQ(started_.size(), 1U);
  tick_at("2026-01-03T21:00:00Z");
  EXPECT_EQ(started_.size(), 2U);
}

TEST_F(SchedulerTest, OnlyProtectedItemsAreBackedUp) {
  for (const auto state : {Protection::stopped, Protection::suspended}) {
    change_item([&](ItemRecord& item) { item.protection = state; });
    tick_at("2026-01-01T21:00:00Z");
    EXPECT_EQ(started_, Texts{});
  }
  change_item([](ItemRecord& item) {
    item.protection = Protection::active;
    item.deleted = item.created;
  });
  tick_at("2026-01-01T21:00:00Z");
  EXPECT_EQ(started_, Texts{});
  change_item([](ItemRecord& item) { item.deleted.reset(); });
  tick_at("2026-01-01T21:00:00Z");
  EXPECT_EQ(started_.size(), 1U);
}

TEST_F(SchedulerTest, SuspendedItemsLosePointsStoppedOnesDoNot) {
  for (const auto* day : {"2026-01-01T21:00Z", "2026-01-02T21:00Z", "2026-01-03T21:00Z"}) {
    tick_at(day);
  }
  change_item([](ItemRecord& item) { item.protection = Protection::stopped; });
  tick_at("2027-06-01T12:00Z");
  EXPECT_EQ(points().size(), 3U);
  change_item([](ItemRecord& item) { item.protection = Protection::suspended; });
  tick_at("2027-06-01T14:00Z");
  EXPECT_EQ(points(), std::vector{utc("2026-01-03T21:00Z")});  // the newest stays
}

TEST_F(SchedulerTest, TenYearsInSeconds) {
  const auto berlin = TimeZone::of_windows_name("W. Europe Standard Time").value();
  std::vector<Time> made;
  const auto end = utc("2036-01-01T12:00Z");
  int ticks = 0;
  for (auto now = fixture.clock.now();; now = std::min<Time>(now + hours{23}, end)) {
    fixture.clock.set(now);
    ++ticks;
    const auto before = started_.size();
    scheduler_->tick(now);
    if (started_.size() > before) {
      made.push_back(now);
    }
    if (now == end) {
      break;
    }
  }
  EXPECT_EQ(made.size(), 3652U);
  // The same computed by hand: a point belongs to the day that began at 22:00 before it.
  std::set<Time> wanted;
  for (const auto time : made) {
    const LocalTime wall = berlin.local(time) - hours{22};
    const auto day = std::chrono::floor<days>(wall);
    const std::chrono::year_month_day date{day};
    const bool sunday = std::chrono::weekday(day) == std::chrono::Sunday;
    const bool first = sunday && static_cast<unsigned>(date.day()) <= 7;
    const auto age = std::chrono::floor<days>(berlin.local(end) - hours{22}) - day;
    if (age < days{7} || (sunday && age < days{28}) || (first && age < days{365})) {
      wanted.insert(time);
    }
  }
  const auto kept = points();
  EXPECT_EQ(std::set<Time>(kept.begin(), kept.end()), wanted);
  EXPECT_NEAR(collects_, ticks / 2, 1) << "once a day: every second look, these being 23 hours apart";
}

TEST_F(SchedulerTest, HousekeepingRepeatsAndSurvivesARestart) {
  tick_at("2026-01-01T12:00:00Z");
  EXPECT_EQ(purges_, 1);
  EXPECT_EQ(collects_, 1);
  tick_at("2026-01-01T12:30:00Z");
  EXPECT_EQ(purges_, 1);
  tick_at("2026-01-01T13:00:00Z");
  EXPECT_EQ(purges_, 2);
  begin();
  tick_at("2026-01-02T11:59:00Z");
  EXPECT_EQ(collects_, 1);
  tick_at("2026-01-02T13:00:00Z");
  EXPECT_EQ(collects_, 2);
  tick_at("2025-01-01T00:00:00Z");  // the clock was set back
  EXPECT_EQ(purges_, 5);
  EXPECT_EQ(collects_, 3);
}

TEST_F(SchedulerTest, ItsThreadFollowsTheClock) {
  scheduler_->start();
  for (int day = 1; day <= 5; ++day) {
    fixture.clock.set(utc("2026-01-01T21:00Z") + days{day});
    // The thread has seen the day once it has started its backup; only the clock wakes it.
    while (points().size() < static_cast<std::size_t>(day)) {
      std::this_thread::yield();
    }
  }
  scheduler_->stop();
  EXPECT_EQ(started_.size(), 5U);
  EXPECT_EQ(started_.back(), "2026-01-06T21:00:00Z");
}

TEST_F(SchedulerTest, APolicyThatCannotBeReadDoesNotStopOthers) {
  change([&](store::Writer& writer) -> Result<> {
    TRY(auto other, find_item(writer, item_));
    TRY(put_policy(writer, {other.vault, "broken", "AzureIaasVM", "{}", fixture.clock.now(), fixture.clock.now()}));
    other.id = random.guid();
    other.container += "0";
    other.policy = "broken";
    return insert_item(writer, other);
  });
  tick_at("2026-01-01T21:00:00Z");
  EXPECT_EQ(started_, Texts{"2026-01-01T21:00:00Z"});
}

}  // namespace
}  // namespace quaymaster::recovery_services
