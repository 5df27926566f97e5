#include "providers/recovery_services/points/points.h"

#include "providers/recovery_services/backups/backup_world_test.h"
#include "providers/recovery_services/points/points_filter.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;

class PointTest : public BackupWorld {
 protected:
  static constexpr std::string_view kDocument =
      R"({"id":"/vm1","name":"vm1","osType":"Linux","vmSize":"Standard_DS1_v2","disks":[)"
      R"({"lun":-1,"name":"vm1-os","size":2097152,"included":true},)"
      R"({"lun":0,"name":"data0","size":2097152,"included":true},)"
      R"({"lun":1,"name":"data1","size":1,"included":false}]})";

  PointRecord make(const ItemRecord& item, std::int64_t name, std::chrono::hours age) {
    PointRecord point;
    point.id = random.guid();
    point.item = item.id;
    point.name = name;
    point.time = fixture.clock.now() - age + Ticks{1'234'567};
    point.on_demand = true;
    point.expiry = parse_time("2026-12-23").value();
    point.policy_type = "V1";
    point.source = item.kind == SourceKind::machine ? std::string(kDocument) : "{}";
    point.bytes = 3ULL << 30;
    change([&](store::Writer& writer) { return insert_point(writer, point); });
    return point;
  }
  std::string points_at(const ItemRecord& item, const std::string& tail = "",
                        const std::string& version = "2024-04-01") {
    return item_at(item, "/recoveryPoints" + tail, version);
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
};

TEST_F(PointTest, MatchTheRecording) {
  auto young = make(machine, 26083826328862, std::chrono::hours{1});
  make(machine, 11083826328863, std::chrono::hours{100});
  make(share, 36083826328864, std::chrono::hours{1});
  change([&](store::Writer& writer) -> Result<> {
    TRY(writer.change("UPDATE rs_points SET instant_until = ? WHERE item = ?",
                      fixture.clock.now() - std::chrono::hours{10}, machine.id.text()));
    TRY(writer.change("UPDATE rs_points SET instant_until = ? WHERE id = ?",
                      fixture.clock.now() + std::chrono::hours{10}, young.id.text()));
    return ok();
  });
  EXPECT_EQ(exchange("recovery_points_list/machine", Method::get, points_at(machine)), "");
  EXPECT_EQ(exchange("recovery_points_list/share", Method::get, points_at(share)), "");
  EXPECT_EQ(exchange("recovery_points_get/machine", Method::get, points_at(machine, "/26083826328862")), "");
  EXPECT_EQ(
      exchange("recovery_points_get/old_version", Method::get, points_at(machine, "/26083826328862", "2020-10-01")),
      "");
  EXPECT_EQ(exchange("recovery_points_get/missing", Method::get, points_at(machine, "/1")), "");
  EXPECT_EQ(exchange("recovery_points_move/refused", Method::post, points_at(machine, "/26083826328862/move"),
                     R"({"sourceTierType":"HardenedRP","targetTierType":"ArchivedRP"})"),
            "");
  EXPECT_EQ(exchange("recovery_points_recommended_for_move/none", Method::post,
                     item_at(machine, "/recoveryPointsRecommendedForMove"), R"({"excludedRPList":[]})"),
            "");
  EXPECT_EQ(exchange("recovery_points_provision_instant_item_recovery/not_offered", Method::post,
                     points_at(machine, "/26083826328862/provisionInstantItemRecovery"), "{}"),
            "");
}

TEST_F(PointTest, APolicySaysHowLongAScheduledPointLives) {
  auto point = make(machine, 5, std::chrono::hours{1});
  change([&](store::Writer& writer) -> Result<> {
    TRY(writer.change("UPDATE rs_points SET on_demand = 0, expiry = NULL WHERE id = ?", point.id.text()));
    return ok();
  });
  const auto governed = fixture.get(points_at(machine, "/5")).body;
  EXPECT_TRUE(has(governed, R"("expiryTime":"2026-12-22T20:00:00.0000000","ruleName":"Daily")"))
      << "30 days from the start of the policy's day, 20:00: " << governed;
  machine.protection = ItemRecord::Protection::stopped;
  machine.policy = "";
  change([&](store::Writer& writer) { return update_item(writer, machine); });
  const auto stopped = fixture.get(points_at(machine, "/5")).body;
  EXPECT_TRUE(has(stopped, R"("recoveryPointProperties":{"ruleName":"Daily")")) << "it never expires: " << stopped;
}

TEST_F(PointTest, ASlashAtTheEndOfTheListIsTaken) {
  make(machine, 5, std::chrono::hours{1});
  EXPECT_TRUE(has(fixture.get(points_at(machine, "/")).body, R"("name":"5")"));
}

TEST_F(PointTest, AreFilteredByTheirTime) {
  make(machine, 1, std::chrono::hours{1});   // 2026-11-23 04:29:30 AM
  make(machine, 2, std::chrono::hours{25});  // 2026-11-22
  const auto names = [&](const std::string& filter) {
    const auto body = fixture.get(points_at(machine, "?$filter=" + percent_encode(filter))).body;
    return std::string(has(body, R"("name":"1")") ? "1" : "") + (has(body, R"("name":"2")") ? "2" : "");
  };
  EXPECT_EQ(names("startDate eq '2026-11-23 12:00:00 AM' and endDate eq '2026-11-24 12:00:00 AM'"), "1");
  EXPECT_EQ(names("endDate eq '2026-11-23 12:00:00 AM' and startDate eq '2026-11-22 12:00:00 AM'"), "2");
  EXPECT_EQ(names("restorePointQueryType eq 'Full' and extendedInfo eq 'True'"), "12");
  EXPECT_EQ(names("restorePointQueryType eq 'Log'"), "");
  EXPECT_EQ(names("moveReadyRPOnly eq 'True'"), "");
  EXPECT_EQ(names("moveReadyRPOnly eq 'False' and includeSoftDeletedRP eq 'true'"), "12");
  for (const auto* wrong :
       {"startDate eq '2026-11-23 12:00:00 AM'", "endDate eq '2026-11-23 12:00:00 AM'",
        "startDate eq 'soon' and endDate eq 'later'", "restorePointQueryType eq 'Some'", "colour eq 'red'",
        "startDate ge '2026-11-23 12:00:00 AM' and endDate eq '2026-11-24 12:00:00 AM'", "extendedInfo eq 'perhaps'",
        "extendedInfo eq 'True' or moveReadyRPOnly eq 'True'", "startDate eq"}) {
    const auto reply = fixture.get(points_at(machine, "?$filter=" + percent_encode(wrong)));
    EXPECT_EQ(reply.status, 400) << wrong;
    EXPECT_TRUE(has(reply.body, "BMSUserErrorInvalidInput")) << reply.body;
  }
}

TEST_F(PointTest, AreListedPageByPage) {
  for (int i = 1; i <= 5; ++i) {
    make(machine, i, std::chrono::hours{i / 2});  // two at the same instant
  }
  std::string names;
  auto target = points_at(machine, "?$top=2");
  for (int pages = 0; !target.empty(); ++pages) {
    ASSERT_LT(pages, 4);
    const auto body = fixture.get(target).body;
    for (std::size_t at = 0; (at = body.find(R"("name":")", at)) != std::string::npos; ++at) {
      names += body.substr(at + 8, 1);
    }
    const auto next = body.find(R"("nextLink":")");
    target = next == std::string::npos
                 ? ""
                 : body.substr(next + 12 + arm::ArmFixture::kBase.size(), body.find('"', next + 12) - next - 12 - 22);
  }
  EXPECT_EQ(names, "13254");
  EXPECT_EQ(fixture.get(points_at(machine, "?$skipToken=foreign")).status, 400);
}

TEST_F(PointTest, WhatIsUnknownIsNotFound) {
  auto other = machine;
  other.item = machine_item("rg", "vm9");
  EXPECT_TRUE(has(fixture.get(points_at(other)).body, "BMSUserErrorDataSourceObjectNotFound"));
  EXPECT_EQ(fixture.get(points_at(other, "/1")).status, 404);
  EXPECT_EQ(fixture.get(points_at(machine, "/abc")).status, 404);
  EXPECT_EQ(fixture.post(points_at(machine, "/1/move"), "{}").status, 404);
  EXPECT_EQ(fixture.get(at("v9", item_path({}, machine) + "/recoveryPoints")).status, 404);
}

TEST_F(PointTest, ExpiryRemovesAPointAndItsBytes) {
  engine->start();
  back_up(machine);
  fixture.clock.advance(std::chrono::hours{1});
  workload::test::overwrite(image_path("vm1-os"), 0, "changed");
  back_up(machine);
  auto made = points(machine);
  ASSERT_EQ(made.size(), 2U);
  ASSERT_TRUE(provider->points().expire(machine, {made[1]}));
  ASSERT_TRUE(provider->points().expire(machine, {made[1]})) << "repeating it changes nothing";
  ASSERT_EQ(points(machine).size(), 1U);
  EXPECT_EQ(engines_vault().stats().value().points, 1U);
  EXPECT_EQ(disk_in(made[0], -1), workload::test::read(image_path("vm1-os")));
}

TEST_F(PointTest, NothingExpiresWhileARestoreRuns) {
  engine->start();
  back_up(machine);
  const auto made = points(machine);
  NewBackupJob restore;
  restore.vault = vault.id;
  restore.operation = JobOperation::restore;
  restore.item = machine.id;
  change([&](store::Writer& writer) -> Result<> {
    TRY(start_job(writer, *engine, restore, {"a kind that nobody added", "", "{}"}, fixture.clock.now()));
    return ok();
  });
  ASSERT_TRUE(provider->points().expire(machine, made));
  EXPECT_EQ(points(machine).size(), 1U);
}

}  // namespace
}  // namespace quaymaster::recovery_services
