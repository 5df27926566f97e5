#pragma once

#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/source_names.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/jobs/job_record.h"
#include "providers/recovery_services/points/machine_document.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/policies/policy_store.h"
#include "providers/recovery_services/world_test.h"
#include "testing/workload/test_place.h"
#include "wire/json.h"
#include "workload/bundle/bundle.h"

namespace quaymaster::recovery_services {

/// The World with a vault "v1", a machine "vm1" (two raw images in root/images), a share "share1" of the account
/// "sa1" (the directory root/share), and both protected in it.
class BackupWorld : public World {
 protected:
  void SetUp() override {
    make_vault("v1");
    ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(vault, find_vault(reader, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"}));
      return ok();
    }));
    machines.add("rg", "vm1");
    auto& described = machines.machines.back();
    described.size = "Standard_DS1_v2";
    described.os_disk = image("vm1-os", -1);
    described.data_disks = {image("data0", 0)};
    accounts.names = {"sa1"};
    shares.add("sa1", "share1");
    shares.all.back().directory = root / "share";
    workload::test::write(root / "share/a.txt", "alpha");
    workload::test::write(root / "share/dir/b.bin", workload::test::noise(300'000, 5));
    machine =
        protect(SourceKind::machine, machine_container("rg", "vm1"), machine_item("rg", "vm1"), "vm1", described.id);
    const auto account = SomeAccounts::id("sa1");
    share = protect(SourceKind::file_share, item_storage_container("store", "sa1"), share_item(account, "share1"),
                    "share1", account);
    put(share, "Shares", share_policy(kRetention));
  }

  static constexpr std::string_view kDaily =
      R"({"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{"retentionTimes":["2026-01-01T20:00:00Z"],)"
      R"("retentionDuration":{"count":30,"durationType":"Days"}}})";
  static inline const std::string kRetention = fmt::format(R"("retentionPolicy":{})", kDaily);
  static inline const std::string kVaultRetention =
      fmt::format(R"("vaultRetentionPolicy":{{"vaultRetention":{},"snapshotRetentionInDays":5}})", kDaily);
  static std::string share_policy(const std::string& retention) {
    return R"({"backupManagementType":"AzureStorage","workLoadType":"AzureFileShare","schedulePolicy":{)"
           R"("schedulePolicyType":"SimpleSchedulePolicy","scheduleRunFrequency":"Daily",)"
           R"("scheduleRunTimes":["2026-01-01T20:00:00Z"]},"timeZone":"UTC",)" +
           retention + "}";
  }
  /// Puts the item under a policy of these properties, made or replaced.
  void put(ItemRecord& item, const std::string& policy, const std::string& properties) {
    item.policy = policy;
    change([&](store::Writer& writer) -> Result<> {
      TRY(put_policy(writer, {vault.id, policy, std::string(wire::text_of(item.kind)), properties, fixture.clock.now(),
                              fixture.clock.now()}));
      return update_item(writer, item);
    });
  }

  Path image_path(const std::string& name) const { return root / "images" / (name + ".raw"); }
  arm::MachineDisk image(const std::string& name, std::int64_t lun) {
    const auto path = image_path(name);
    workload::test::write(path, workload::test::noise(700'000, static_cast<std::uint32_t>(lun + 10)));
    std::filesystem::resize_file(path, 2 << 20);
    return {name, "/disks/" + name, lun, path, "raw", 2 << 20};
  }

  ItemRecord protect(SourceKind kind, const std::string& container, const std::string& name,
                     const std::string& friendly_name, const std::string& source) {
    ItemRecord item;
    item.id = random.guid();
    item.vault = vault.id;
    item.kind = kind;
    item.container = container;
    item.item = name;
    item.friendly_name = friendly_name;
    item.source_id = source;
    item.policy = "DefaultPolicy";
    item.created = fixture.clock.now();
    change([&](store::Writer& writer) { return insert_item(writer, item); });
    return item;
  }

  void change(const std::function<Result<>(store::Writer&)>& act) {
    const auto changed = fixture.database->write([&](store::Writer& writer) { return act(writer); });
    ASSERT_TRUE(changed) << changed.error().cause();
  }
  template <class Look>
  auto look_up(const Look& look) {
    decltype(look(std::declval<store::Reader&>())) answer = not_found("not read");
    check(static_cast<bool>(fixture.database->read([&](store::Reader& reader) -> Result<> {
      answer = look(reader);
      return ok();
    })));
    return answer;
  }
  BackupJob job(const Guid& id) {
    return look_up([&](store::Reader& reader) { return find_job(reader, id); }).value();
  }
  ItemRecord now(const ItemRecord& item) {
    return look_up([&](store::Reader& reader) { return find_item(reader, item.id); }).value();
  }
  std::vector<PointRecord> points(const ItemRecord& item) {
    return look_up([&](store::Reader& reader) { return points_of(reader, item.id); }).value();
  }

  std::string item_at(const ItemRecord& item, const std::string& tail, const std::string& version = "2024-04-01") {
    return at("v1", item_path({}, item) + tail, version);
  }
  static std::string body_of(const ItemRecord& item, const std::string& more = "") {
    return fmt::format(R"({{"properties":{{"objectType":"{}"{}}}}})",
                       item.kind == SourceKind::machine ? "IaasVMBackupRequest" : "AzureFileShareBackupRequest", more);
  }
  http::Reply ask(const ItemRecord& item) { return fixture.post(item_at(item, "/backup"), body_of(item)); }
  /// The job that an accepted request's operation names.
  Guid job_of(const http::Reply& reply) {
    EXPECT_EQ(reply.status, 202) << reply.body;
    const auto status = fixture.get(followed(reply, "Azure-AsyncOperation")).body;
    constexpr std::string_view kMark = R"("jobId":")";
    const auto found = status.find(kMark);
    EXPECT_NE(found, std::string::npos) << status;
    return found == std::string::npos ? Guid{} : parse_guid(status.substr(found + kMark.size(), 36)).value();
  }
  Guid trigger(const ItemRecord& item) { return job_of(ask(item)); }
  BackupJob ended(const Guid& id) {
    EXPECT_TRUE(engine->wait(id, Time::max()));
    return job(id);
  }
  /// Triggers and waits; the engine has been started.
  BackupJob back_up(const ItemRecord& item) { return ended(trigger(item)); }

  static std::string bag(const BackupJob& job, std::string_view key) {
    for (const auto& pair : job.history.bag) {
      if (pair.at(0) == key) {
        return pair.at(1);
      }
    }
    return "absent";
  }

  vault::Vault& engines_vault() { return *provider->open_vaults().open(vault.id).value(); }
  /// What the point has of a disk.
  Buffer disk_in(const PointRecord& point, std::int64_t lun) {
    auto& in = engines_vault();
    const auto bundle = workload::read_bundle(in.point(point.id).value().root).value();
    for (const auto& part : bundle.parts) {
      if (part.name == part_name(lun)) {
        const auto view = workload::DiskView::open(part.root, workload::open_with(in)).value();
        Buffer bytes(view->size());
        EXPECT_EQ(view->read(0, bytes).value(), bytes.size());
        return bytes;
      }
    }
    ADD_FAILURE() << "no disk " << lun;
    return {};
  }
  std::unique_ptr<workload::TreeView> tree_in(const PointRecord& point) {
    auto& in = engines_vault();
    return workload::TreeView::open(in.point(point.id).value().root, workload::open_with(in)).value();
  }
  void expect_whole() {
    const auto report = engines_vault().check(vault::CheckDepth::every_byte, {});
    ASSERT_TRUE(report) << report.error().cause();
    for (const auto& damage : report.value().damage) {
      ADD_FAILURE() << damage.object << ": " << damage.what;
    }
  }

  VaultRecord vault;
  ItemRecord machine;
  ItemRecord share;
};

}  // namespace quaymaster::recovery_services
