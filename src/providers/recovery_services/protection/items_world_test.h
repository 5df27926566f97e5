#pragma once

#include <map>
#include <string>
#include <vector>

#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/source_names.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/policies/policy_store.h"
#include "providers/recovery_services/world_test.h"

namespace quaymaster::recovery_services {

/// A vault "v1" with a machine "Vm1" of the group "Rg", an account "acct" with a share "docs", and a policy for
/// shares. Jobs run only after `work` is called.
class ItemsWorld : public World {
 protected:
  ItemsWorld() {
    make_vault("v1");
    machines.add("Rg", "Vm1");
    accounts.names = {"acct"};
    shares.add("acct", "docs");
    change([&](store::Writer& writer) -> Result<> {
      TRY(vault, find_vault(writer, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"}));
      return put_policy(writer, {vault.id, "Shares", "AzureStorage", "{}", fixture.clock.now(), fixture.clock.now()});
    });
  }

  void change(const std::function<Result<>(store::Writer&)>& act) {
    const auto changed = fixture.database->write([&](store::Writer& writer) { return act(writer); });
    ASSERT_TRUE(changed) << changed.error().cause();
  }
  /// Runs every job of the vault to its end.
  void work() {
    if (!started_) {
      engine->start();
      started_ = true;
    }
    std::vector<jobs::Record> all;
    ASSERT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(all, engine->list(reader, vault.id.text(), 1000));
      return ok();
    }));
    for (const auto& job : all) {
      const auto ended = engine->wait(job.id, Time::max());
      ASSERT_TRUE(ended || ended.error().kind() == Errc::not_found) << "those of a deleted vault may be gone already";
    }
  }

  std::string machine_id() const { return machines.machines[0].id; }
  static std::string policy_id(const std::string& policy, const std::string& of = "v1") {
    const auto path = at(of);
    return path.substr(0, path.find('?')) + "/backupPolicies/" + policy;
  }
  static std::string machine_path(const std::string& machine = "Vm1") {
    return "/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;Rg;" + machine +
           "/protectedItems/VM;iaasvmcontainerv2;Rg;" + machine;
  }
  static std::string share_container() {
    return "/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;store;acct";
  }
  static std::string share_path() {
    return share_container() + "/protectedItems/" + share_item(SomeAccounts::id("acct"), "docs");
  }
  std::string machine_body(const std::string& more = "") const {
    return R"({"properties":{"protectedItemType":"Microsoft.Compute/virtualMachines","sourceResourceId":")" +
           machine_id() + R"(","policyId":")" + policy_id("DefaultPolicy") + "\"" + more + "}}";
  }
  static std::string share_body() {
    return R"({"properties":{"protectedItemType":"AzureFileShareProtectedItem","sourceResourceId":")" +
           SomeAccounts::id("acct") + R"(","policyId":")" + policy_id("Shares") + "\"}}";
  }
  static std::string state_body(const std::string& state) {
    return R"({"properties":{"policyId":"","protectionState":")" + state + "\"}}";
  }
  static constexpr std::string_view kUndelete =
      R"({"properties":{"policyId":"","isRehydrate":true,"protectionState":"ProtectionStopped"}})";

  void register_account() {
    const auto reply =
        fixture.put(at("v1", share_container()),
                    R"({"properties":{"backupManagementType":"AzureStorage","containerType":"StorageContainer",)"
                    R"("sourceResourceId":")" +
                        SomeAccounts::id("acct") + "\"}}");
    ASSERT_EQ(reply.status, 202) << reply.body;
    work();
  }
  void protect_machine() {
    const auto reply = fixture.put(at("v1", machine_path()), machine_body());
    ASSERT_EQ(reply.status, 202) << reply.body;
    work();
  }
  void protect_share() {
    register_account();
    const auto reply = fixture.put(at("v1", share_path()), share_body());
    ASSERT_EQ(reply.status, 202) << reply.body;
    work();
  }
  ItemRecord machine_item_record() {
    ItemRecord item;
    change([&](store::Writer& writer) -> Result<> {
      TRY(item, find_item(writer, vault, machine_container("Rg", "Vm1"), machine_item("Rg", "Vm1")));
      return ok();
    });
    return item;
  }
  /// Adds a point of the machine, as a backup would.
  void add_point() {
    auto item = machine_item_record();
    const auto opened = provider->open_vaults().open(vault.id).value();
    const auto made = opened->commit(opened->begin().value(), item.id.text(), {},
                                     [&](store::Writer& writer, const vault::Point& point) -> Result<> {
                                       PointRecord record;
                                       record.id = point.id;
                                       record.item = item.id;
                                       record.name = new_point_name(random);
                                       record.time = fixture.clock.now();
                                       record.source = "{}";
                                       TRY(insert_point(writer, record));
                                       item.protection = ItemRecord::Protection::active;
                                       item.last_backup = LastBackup::completed;
                                       item.last_backup_time = fixture.clock.now();
                                       item.last_point_time = fixture.clock.now();
                                       return update_item(writer, item);
                                     });
    ASSERT_TRUE(made) << made.error().cause();
  }
  std::int64_t count_points_in_engine(const Guid& item) {
    return static_cast<std::int64_t>(
        provider->open_vaults().open(vault.id).value()->points(item.text()).value().size());
  }
  std::int64_t rows(const std::string& table) {
    static std::map<std::string, std::string> statements;  // are kept by their address
    const auto& statement = statements.try_emplace(table, "SELECT count(*) FROM " + table).first->second;
    std::int64_t count = -1;
    change([&](store::Writer& writer) {
      return writer.each(statement.c_str(), [&](const store::Row& row) -> Result<> {
        count = row.integer(0);
        return ok();
      });
    });
    return count;
  }
  std::string body_of(const std::string& path) { return fixture.get(at("v1", path)).body; }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  VaultRecord vault;
  bool started_ = false;
};

}  // namespace quaymaster::recovery_services
