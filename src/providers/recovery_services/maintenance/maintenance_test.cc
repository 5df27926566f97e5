#include "providers/recovery_services/maintenance/maintenance.h"

#include <fstream>

#include "base/log.h"
#include "providers/recovery_services/backups/backup_world_test.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/points/points.h"
#include "testing/store/dying_database.h"

namespace quaymaster::recovery_services {
namespace {

using http::Method;

class MaintenanceTest : public BackupWorld {
 protected:
  /// The operation's status once its job has ended.
  std::string result_of(const http::Reply& reply) {
    EXPECT_EQ(reply.status, 202) << reply.body;
    const auto target = followed(reply, "Azure-AsyncOperation");
    for (;;) {
      const auto body = fixture.get(target).body;
      if (body.find("InProgress") == std::string::npos) {
        return body;
      }
    }
  }
  std::uint64_t unfinished() {
    const auto count = look_up([](store::Reader& reader) { return jobs::count_unfinished(reader); }).value();
    return count.queued + count.running + count.paused;
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
  /// Every file below the vault's packs.
  std::vector<Path> packs() {
    std::vector<Path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "objects")) {
      if (entry.is_regular_file() && entry.path().string().find("/pack") != std::string::npos) {
        found.push_back(entry.path());
      }
    }
    return found;
  }
};

TEST_F(MaintenanceTest, ACheckReportsWhatItFound) {
  engine->start();
  back_up(machine);
  back_up(share);
  const auto started = fixture.post(at("v1", "/quaymasterCheck"), R"({"depth":"EveryByte"})");
  const auto status = result_of(started);
  EXPECT_TRUE(has(status, R"("status":"Succeeded")")) << status;
  EXPECT_TRUE(has(status, R"("objectType":"QuaymasterCheckReport","depth":"EveryByte")")) << status;
  EXPECT_TRUE(has(status, R"("damageCount":0,"damage":[])")) << status;
  EXPECT_FALSE(has(status, R"("chunks":0)")) << status;
  const auto result = fixture.get(followed(started, "Location"));
  EXPECT_EQ(result.status, 200);
  EXPECT_TRUE(has(result.body, "QuaymasterCheckReport"));
  const auto quick = result_of(fixture.post(at("v1", "/quaymasterCheck"), R"({"depth":"structure"})"));
  EXPECT_TRUE(has(quick, R"("depth":"Structure")")) << quick;
}

TEST_F(MaintenanceTest, DamageIsNamedWithItsLosses) {
  log::set_sink([](std::string_view) {});
  engine->start();
  back_up(machine);
  const auto point = points(machine).front();
  const auto files = packs();
  ASSERT_FALSE(files.empty());
  for (const auto& file : files) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(1000);
    stream.write("flipped", 7);
  }
  const auto status = result_of(fixture.post(at("v1", "/quaymasterCheck"), "{}"));
  EXPECT_TRUE(has(status, R"("status":"Succeeded")")) << status;
  EXPECT_FALSE(has(status, R"("damageCount":0)")) << status;
  EXPECT_TRUE(has(status, fmt::format(R"("item":"vm1","recoveryPoint":"{}")", point.name))) << status;
  EXPECT_FALSE(has(status, R"("bytesLost":0)")) << status;
  log::set_sink(nullptr);
}

TEST_F(MaintenanceTest, CollectFreesWhatNoPointNeeds) {
  engine->start();
  back_up(machine);
  ASSERT_TRUE(provider->points().expire(machine, points(machine)));
  const auto before = fixture.get(at("v1", "/quaymasterStats"));
  EXPECT_EQ(before.status, 200);
  EXPECT_TRUE(has(before.body, R"("points":0)")) << before.body;
  EXPECT_FALSE(has(before.body, R"("bytesPlain":0)")) << before.body;
  const auto status = result_of(fixture.post(at("v1", "/quaymasterCollect"), "{}"));
  EXPECT_TRUE(has(status, R"("objectType":"QuaymasterCollectReport")")) << status;
  EXPECT_FALSE(has(status, R"("bytesFreed":0)")) << status;
  EXPECT_TRUE(has(fixture.get(at("v1", "/quaymasterStats")).body, R"("bytesPlain":0)"));
}

TEST_F(MaintenanceTest, IsFollowedAndRefusedByName) {
  EXPECT_EQ(
      exchange("quaymaster_check/started", Method::post, at("v1", "/quaymasterCheck"), R"({"depth":"Structure"})"), "");
  EXPECT_EQ(exchange("quaymaster_check/second_while_one_runs", Method::post, at("v1", "/quaymasterCheck"), "{}"), "");
  EXPECT_EQ(exchange("quaymaster_collect/started", Method::post, at("v1", "/quaymasterCollect"), "{}"), "");
  EXPECT_EQ(exchange("quaymaster_maintenance/queued", Method::get, at("v1", "/quaymasterMaintenance")), "");
  EXPECT_EQ(exchange("quaymaster_stats/empty", Method::get, at("v1", "/quaymasterStats")), "");
  EXPECT_EQ(exchange("quaymaster_change_key/not_offered", Method::post, at("v1", "/quaymasterChangeKey"), "{}"), "");
  EXPECT_EQ(fixture.post(at("v1", "/quaymasterCheck"), R"({"depth":"some"})").status, 400);
  EXPECT_EQ(fixture.post(at("v2", "/quaymasterCheck"), "{}").status, 404);
  EXPECT_EQ(fixture.get(at("v2", "/quaymasterStats")).status, 404);
  EXPECT_EQ(fixture.get(at("v2", "/quaymasterMaintenance")).status, 404);
}

TEST_F(MaintenanceTest, EveryVaultIsCollectedOnceADay) {
  make_vault("v2");
  auto& maintenance = provider->maintenance();
  EXPECT_EQ(maintenance.collect_due(fixture.clock.now()).value(), 2);
  EXPECT_EQ(maintenance.collect_due(fixture.clock.now() + std::chrono::hours{48}).value(), 0) << "they wait to be run";
  engine->start();
  const auto is_done = [&] {
    const auto body =
        fixture.get(at("v1", "/quaymasterMaintenance")).body + fixture.get(at("v2", "/quaymasterMaintenance")).body;
    return !has(body, "InProgress");
  };
  while (!is_done()) {
  }
  fixture.clock.advance(std::chrono::hours{23});
  EXPECT_EQ(maintenance.collect_due(fixture.clock.now()).value(), 0);
  fixture.clock.advance(std::chrono::hours{1});
  EXPECT_EQ(maintenance.collect_due(fixture.clock.now()).value(), 2);
}

TEST_F(MaintenanceTest, ContinuesAfterAKillAtAnyWrite) {
  log::set_sink([](std::string_view) {});
  engine->start();
  back_up(machine);
  close();
  open(*fixture.database);
  const auto before = fixture.database->statistics().changes;
  close();
  open(*fixture.database);
  const int opening = static_cast<int>(fixture.database->statistics().changes - before);
  bool survived = false;
  for (int n = 0; !survived; ++n) {
    ASSERT_LT(n, 40);
    const auto check = fixture.post(at("v1", "/quaymasterCheck"), "{}");
    const auto collect = fixture.post(at("v1", "/quaymasterCollect"), "{}");
    close();
    store::DyingDatabase dying(*fixture.database, opening + n, n % 2 == 0);
    open(dying);
    engine->start();
    survived = !dying.await_death([&] { return unfinished() == 0; });
    close();
    open(*fixture.database);
    engine->start();
    EXPECT_TRUE(has(result_of(check), R"("damageCount":0)"));
    EXPECT_TRUE(has(result_of(collect), R"("status":"Succeeded")"));
    close();
    open(*fixture.database);
    ASSERT_FALSE(HasFailure()) << "died at write " << n;
  }
  EXPECT_EQ(disk_in(points(machine).front(), -1), workload::test::read(image_path("vm1-os")));
  log::set_sink(nullptr);
}

}  // namespace
}  // namespace quaymaster::recovery_services
