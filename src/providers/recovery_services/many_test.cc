// Vaults with many entries: no transaction may grow with their number, since every other writer waits for it, and
// reading a page of a list costs only that page.
#include <mutex>
#include <set>

#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/points/points.h"
#include "providers/recovery_services/protection/items.h"
#include "providers/recovery_services/protection/items_world_test.h"
#include "testing/store/forwarding_database.h"

namespace quaymaster::recovery_services {
namespace {

/// Records how many rows the largest transaction changed.
class MeasuredDatabase final : public store::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  /// Since the last call.
  std::int64_t largest() {
    const std::lock_guard lock(mutex_);
    return std::exchange(largest_, 0);
  }

 private:
  void enqueue(store::Keys keys, Change change, Done done) override {
    real().submit(
        std::move(keys),
        [this, change = std::move(change)](store::Writer& writer) mutable -> Result<> {
          const auto before = rows(writer);
          auto result = change(writer);
          const std::lock_guard lock(mutex_);
          largest_ = std::max(largest_, rows(writer) - before);
          return result;
        },
        std::move(done));
  }

  static std::int64_t rows(store::Writer& writer) {
    std::int64_t count = 0;
    check(static_cast<bool>(
        writer.first("SELECT total_changes()", [&](const store::Row& row) { count = row.integer(0); })));
    return count;
  }
  std::mutex mutex_;
  std::int64_t largest_ = 0;
};

class ManyTest : public ItemsWorld {
 protected:
  ManyTest() {
    close();
    real_ = std::move(fixture.database);
    auto measuring = std::make_unique<MeasuredDatabase>(*real_);
    measured = measuring.get();
    fixture.database = std::move(measuring);
    open(*fixture.database);
  }
  ~ManyTest() override {
    close();
    fixture.face = nullptr;
    fixture.database = std::move(real_);
  }

  static std::string numbered(const std::string& name, int i) { return fmt::format("{}{:05}", name, i); }
  ItemRecord make_item(SourceKind kind, int i) {
    ItemRecord item;
    item.id = random.guid();
    item.vault = vault.id;
    item.kind = kind;
    const auto name = numbered("m", i);
    const bool is_machine = kind == SourceKind::machine;
    item.container = is_machine ? machine_container("Rg", name) : item_storage_container("store", name);
    item.item = is_machine ? machine_item("Rg", name) : share_item(SomeAccounts::id(name), "docs");
    item.friendly_name = is_machine ? name : "docs";
    item.source_id =
        is_machine ? arm::resource_id(arm::ArmFixture::kSubscription, "Rg", "Microsoft.Compute/virtualMachines", name)
                   : SomeAccounts::id(name);
    item.created = fixture.clock.now();
    return item;
  }
  void add_items(SourceKind kind, int count, bool deleted) {
    change([&](store::Writer& writer) -> Result<> {
      for (int i = 0; i < count; ++i) {
        auto item = make_item(kind, i);
        if (deleted) {
          item.deleted = fixture.clock.now();
          item.deferred_days = 14;
        }
        TRY(insert_item(writer, item));
      }
      return ok();
    });
    measured->largest();
  }
  /// The names on all pages of a list, each once, and the number on the largest page.
  std::pair<std::set<std::string>, std::size_t> walk(const std::string& list) {
    std::set<std::string> names;
    std::size_t most = 0;
    for (auto target = at("v1", list); !target.empty();) {
      const auto reply = fixture.get(target);
      EXPECT_EQ(reply.status, 200) << reply.body;
      std::size_t count = 0;
      constexpr std::string_view kName = R"("friendlyName":")";
      for (auto found = reply.body.find(kName); found != std::string::npos; found = reply.body.find(kName, found + 1)) {
        const auto begin = found + kName.size();
        EXPECT_TRUE(names.insert(reply.body.substr(begin, reply.body.find('"', begin) - begin)).second);
        ++count;
      }
      most = std::max(most, count);
      const auto link = reply.body.find(R"("nextLink":")");
      target = link == std::string::npos ? "" : reply.body.substr(link + 12 + arm::ArmFixture::kBase.size());
      target = target.substr(0, target.find('"'));
    }
    return {names, most};
  }

  MeasuredDatabase* measured = nullptr;

 private:
  std::unique_ptr<store::Database> real_;
};

TEST_F(ManyTest, ContainersAreListedPageByPage) {
  add_items(SourceKind::machine, 450, false);
  change([&](store::Writer& writer) -> Result<> {
    for (int i = 0; i < 450; ++i) {
      ContainerRecord container;
      container.vault = vault.id;
      container.name = storage_container("store", numbered("m", i));
      container.source_id = SomeAccounts::id(numbered("m", i));
      TRY(put_container(writer, container));
    }
    return ok();
  });
  const std::string list = "/backupProtectionContainers?$filter=backupManagementType%20eq%20";
  for (const auto* kind : {"'AzureIaasVM'", "'AzureStorage'"}) {
    const auto [names, most] = walk(list + kind);
    EXPECT_EQ(names.size(), 450U) << kind;
    EXPECT_EQ(most, 200U) << kind;
  }
  EXPECT_EQ(walk(list + "'AzureIaasVM'%20and%20friendlyName%20eq%20'm00333'").first.size(), 1U);
  const std::string deleted = "/backupDeletedProtectionContainers?$filter=backupManagementType%20eq%20'AzureIaasVM'";
  EXPECT_EQ(walk(deleted).first.size(), 0U);
}

TEST_F(ManyTest, SharesOfManyAccountsAreListedPageByPage) {
  for (int i = 0; i < 600; ++i) {
    shares.add(numbered("m", i), numbered("s", i));
  }
  change([&](store::Writer& writer) -> Result<> {
    for (int i = 0; i < 600; ++i) {
      const auto account = numbered("m", i);
      ContainerRecord container;
      container.vault = vault.id;
      container.name = storage_container("store", account);
      container.source_id = SomeAccounts::id(account);
      TRY(put_container(writer, container));
      TRY(know_source(writer, vault.id, kKnownShare, container.source_id + "/" + numbered("s", i)));
    }
    return ok();
  });
  const auto [names, most] = walk("/backupProtectableItems?$filter=backupManagementType%20eq%20'AzureStorage'");
  EXPECT_EQ(names.size(), 600U);
  EXPECT_EQ(most, 200U);
}

TEST_F(ManyTest, ARefreshWritesAPartAtATime) {
  for (int i = 0; i < 1700; ++i) {
    machines.add("Rg", numbered("x", i));
  }
  const auto refresh = [&] {
    measured->largest();
    EXPECT_EQ(fixture.post(at("v1", "/backupFabrics/Azure/refreshContainers")).status, 202);
    return measured->largest();
  };
  EXPECT_LE(refresh(), 1100);
  EXPECT_LE(refresh(), 1100) << "again, over what is known";
  EXPECT_EQ(rows("rs_known_sources"), 1701);
  machines.machines.resize(1000);  // the others no longer exist
  refresh();
  EXPECT_EQ(rows("rs_known_sources"), 1000);
}

TEST_F(ManyTest, SwitchingSoftDeleteOffPurgesAPartAtATime) {
  add_items(SourceKind::machine, 1000, true);
  ASSERT_EQ(
      fixture.patch(at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      200);
  EXPECT_EQ(rows("rs_items"), 800) << "the first are gone with the answer";
  work();
  EXPECT_EQ(rows("rs_items"), 0) << "and the others soon";
  EXPECT_LE(measured->largest(), 1000);
}

TEST_F(ManyTest, AChangeOfAPolicyReachesItsItemsAPartAtATime) {
  change([&](store::Writer& writer) -> Result<> {
    for (int i = 0; i < 450; ++i) {
      auto item = make_item(SourceKind::machine, i);
      item.policy = "EnhancedPolicy";
      TRY(insert_item(writer, item));
    }
    return ok();
  });
  measured->largest();
  const auto policy = fixture.get(at("v1", "/backupPolicies/EnhancedPolicy")).body;
  EXPECT_TRUE(has(policy, R"("protectedItemsCount":450)")) << policy;
  const auto put = fixture.put(at("v1", "/backupPolicies/EnhancedPolicy"), policy);
  ASSERT_EQ(put.status, 202) << put.body;
  const auto status = followed(put, "Azure-AsyncOperation");
  EXPECT_TRUE(has(fixture.get(status).body, R"("status":"InProgress")"));
  EXPECT_EQ(rows("rs_policy_jobs"), 101) << "the first hundred, and one that starts the others";
  for (int i = 0; rows("rs_policy_jobs") > 0; ++i) {
    ASSERT_LT(i, 10);
    work();
  }
  EXPECT_LE(measured->largest(), 700);
  const auto done = fixture.get(status).body;
  EXPECT_TRUE(has(done, R"("status":"Succeeded")"));
  std::size_t jobs = 0;
  for (auto found = done.find("4000"); found != std::string::npos; found = done.find("4000", found + 1)) {
    ++jobs;
  }
  EXPECT_GE(jobs, 450U);
}

TEST_F(ManyTest, PointsAreRemovedAPartAtATime) {
  protect_machine();
  auto item = machine_item_record();
  const auto add_points = [&](int count) {
    change([&](store::Writer& writer) -> Result<> {
      for (int i = 0; i < count; ++i) {
        PointRecord point;
        point.id = random.guid();
        point.item = item.id;
        point.name = new_point_name(random);
        point.time = fixture.clock.now() - std::chrono::hours{i};
        point.source = "{}";
        TRY(insert_point(writer, point));
      }
      return ok();
    });
    measured->largest();
  };
  const auto all = [&] {
    std::vector<PointRecord> points;
    change([&](store::Writer& writer) -> Result<> {
      TRY(points, points_of(writer, item.id));
      return ok();
    });
    return points;
  };
  add_points(350);
  ASSERT_TRUE(provider->points().expire(item, all()));
  EXPECT_LE(measured->largest(), 150);
  EXPECT_TRUE(all().empty());

  add_points(350);
  ASSERT_EQ(
      fixture.patch(at("v1", "/backupconfig/vaultconfig"), R"({"properties":{"softDeleteFeatureState":"Disabled"}})")
          .status,
      200);
  ASSERT_EQ(fixture.del(at("v1", machine_path())).status, 202);
  work();
  EXPECT_LE(measured->largest(), 150);
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(fixture.get(at("v1", machine_path())).status, 404);
  EXPECT_TRUE(has(body_of("/backupJobs"), R"("operation":"DeleteBackupData","status":"Completed")"));
}

/// A record that could not be read back is rejected and changes nothing.
TEST_F(ManyTest, AVaultDoesNotGrowBeyondItsRecord) {
  const std::string name(3'000'000, 'n');
  const auto grow = [&](const std::string& id) {
    return fixture.patch(
        at("v1"), R"({"identity":{"type":"UserAssigned","userAssignedIdentities":{"/)" + id + name + R"(":{}}}})");
  };
  EXPECT_EQ(grow("a").status, 200);
  EXPECT_EQ(grow("b").status, 413) << "each was small enough, together they are not";
  EXPECT_EQ(fixture.get(at("v1")).status, 200);
}

}  // namespace
}  // namespace quaymaster::recovery_services
