#include "providers/recovery_services/items/item_record.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/source_names.h"
#include "testing/store/memory_database.h"

namespace quaymaster::recovery_services {
namespace {

TEST(SourceNames, AContainerIsTakenApartInAnyCase) {
  const auto machine = parse_container("iaasvmcontainer;IaasVMContainerV2;Rg1;Vm1");
  ASSERT_TRUE(machine);
  EXPECT_EQ(machine->kind, SourceKind::machine);
  EXPECT_EQ(machine->group, "Rg1");
  EXPECT_EQ(machine->name, "Vm1");
  EXPECT_EQ(parse_container("IaasVMContainerV2;Rg1;Vm1")->name, "Vm1");
  const auto storage = parse_container("StorageContainer;Storage;rg;acct");
  ASSERT_TRUE(storage);
  EXPECT_EQ(storage->kind, SourceKind::file_share);
  EXPECT_EQ(storage->name, "acct");
  for (const auto* wrong :
       {"", "Azure", "VMAppContainer;Compute;rg;vm", "StorageContainer;ClassicStorage;rg;a",
        "StorageContainer;Storage;rg", "StorageContainer;Storage;;a", "StorageContainer;Storage;rg;",
        "StorageContainer;Storage;rg;a;b", "IaasVMContainer;iaasvmcontainerv2;rg"}) {
    EXPECT_FALSE(parse_container(wrong)) << wrong;
  }
}

TEST(SourceNames, AShareKeepsItsNameWhateverTheCase) {
  const auto name = share_item("/subscriptions/s/a", "Share");
  EXPECT_EQ(name.size(), std::string("AzureFileShare;").size() + 64);
  EXPECT_EQ(name, share_item("/SUBSCRIPTIONS/S/A", "share"));
  EXPECT_NE(name, share_item("/subscriptions/s/a", "other"));
}

class ItemRecordTest : public testing::Test {
 protected:
  ItemRecordTest() {
    vault.id = random.guid();
    const std::vector<store::Schema> schemas{items_schema()};
    database = store::open_in_memory(schemas).value();
  }
  ItemRecord machine(const std::string& name) {
    ItemRecord item;
    item.id = random.guid();
    item.vault = vault.id;
    item.container = machine_container("Rg", name);
    item.item = machine_item("Rg", name);
    item.friendly_name = name;
    item.source_id = "/subscriptions/s/resourceGroups/Rg/providers/Microsoft.Compute/virtualMachines/" + name;
    item.policy = "DefaultPolicy";
    item.data_id = 7;
    item.created = Time{Ticks{5}};
    return item;
  }
  ItemRecord share(const std::string& name) {
    auto item = machine(name);
    item.kind = SourceKind::file_share;
    item.source_id = "/subscriptions/s/accounts/acct";
    item.container = item_storage_container("Rg", "acct");
    item.item = share_item(item.source_id, name);
    return item;
  }
  void insert(const ItemRecord& item) {
    ASSERT_TRUE(database->write([&](store::Writer& writer) { return insert_item(writer, item); }));
  }
  template <class Look>
  auto read(Look look) {
    std::optional<decltype(look(std::declval<store::Reader&>()))> found;
    const auto done = database->read([&](store::Reader& reader) -> Result<> {
      found.emplace(look(reader));
      return ok();
    });
    check(done.has_value());
    return *std::move(found);
  }
  Result<ItemRecord> find(const std::string& container, const std::string& item) {
    return read([&](store::Reader& reader) { return find_item(reader, vault, container, item); });
  }

  SystemRandom random;
  VaultRecord vault;
  std::unique_ptr<store::Database> database;
};

TEST_F(ItemRecordTest, WhatIsStoredIsReadBack) {
  auto item = machine("Vm1");
  insert(item);
  item.protection = ItemRecord::Protection::active;
  item.disks = DiskChoice{true, {0, 3}};
  item.last_backup = LastBackup::completed_with_warnings;
  item.last_backup_time = Time{Ticks{11}};
  item.last_point_time = Time{Ticks{12}};
  item.deleted = Time{Ticks{13}};
  item.deferred_days = 14;
  item.policy_since = Time{Ticks{15}};
  item.last_run = Time{Ticks{16}};
  item.policy = "Other";
  ASSERT_TRUE(database->write([&](store::Writer& writer) { return update_item(writer, item); }));
  const auto found = read([&](store::Reader& reader) { return find_item(reader, item.id); });
  ASSERT_TRUE(found);
  const auto& back = found.value();
  EXPECT_EQ(back.vault, item.vault);
  EXPECT_EQ(back.kind, item.kind);
  EXPECT_EQ(back.container, item.container);
  EXPECT_EQ(back.item, item.item);
  EXPECT_EQ(back.source_id, item.source_id);
  EXPECT_EQ(back.policy, "Other");
  EXPECT_EQ(back.protection, item.protection);
  EXPECT_EQ(back.disks, item.disks);
  EXPECT_EQ(back.last_backup, item.last_backup);
  EXPECT_EQ(back.last_backup_time, item.last_backup_time);
  EXPECT_EQ(back.last_point_time, item.last_point_time);
  EXPECT_EQ(back.deleted, item.deleted);
  EXPECT_EQ(back.deferred_days, 14);
  EXPECT_EQ(back.policy_since, item.policy_since);
  EXPECT_EQ(back.last_run, item.last_run);
  EXPECT_EQ(back.created, item.created);
  EXPECT_EQ(back.data_id, 7);
  EXPECT_EQ(back.purge_time(), Time{Ticks{13}} + std::chrono::hours{24 * 14});
  EXPECT_EQ(back.short_container(), "iaasvmcontainerv2;Rg;Vm1");
}

TEST_F(ItemRecordTest, IsFoundByEveryNameItHas) {
  const auto vm = machine("Vm1");
  const auto one = share("Share1");
  insert(vm);
  insert(one);
  EXPECT_EQ(find("IAASVMCONTAINER;iaasvmcontainerv2;rg;vm1", "vm;iaasvmcontainerv2;RG;VM1").value().id, vm.id);
  EXPECT_EQ(find("iaasvmcontainerv2;rg;vm1", "iaasvmcontainerv2;rg;vm1").value().id, vm.id);
  EXPECT_EQ(find("StorageContainer;Storage;rg;acct", to_lower(one.item)).value().id, one.id);
  EXPECT_EQ(find("StorageContainer;Storage;rg;acct", "azurefileshare;SHARE1").value().id, one.id);
  EXPECT_EQ(one.account(), "acct");
  const auto missing = find("StorageContainer;Storage;rg;acct", "azurefileshare;other");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().published()->row, &errors::kItemNotFound);
  VaultRecord other;
  other.id = random.guid();
  EXPECT_FALSE(read([&](store::Reader& reader) { return find_item(reader, other, vm.container, vm.item); }));
}

TEST_F(ItemRecordTest, AVaultHasANameOnce) {
  insert(machine("vm1"));
  const auto again = database->write([&](store::Writer& writer) { return insert_item(writer, machine("VM1")); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind(), Errc::conflict);
}

TEST_F(ItemRecordTest, APolicyKnowsWhatItGoverns) {
  auto stopped = machine("stopped");
  stopped.policy.clear();
  insert(stopped);
  insert(machine("vm1"));
  EXPECT_EQ(
      read([&](store::Reader& r) { return items_of_policy(r, vault.id, "defaultpolicy", "", 10); }).value().size(), 1);
  EXPECT_TRUE(read([&](store::Reader& r) { return items_of_policy(r, vault.id, "", "", 10); }).value().empty());
  insert(machine("vm2"));
  const auto first = read([&](store::Reader& r) { return scheduled_items(r, "", 1); }).value();
  ASSERT_EQ(first.size(), 1);
  const auto rest = read([&](store::Reader& r) { return scheduled_items(r, first[0].id.text(), 10); }).value();
  ASSERT_EQ(rest.size(), 1);
  EXPECT_NE(rest[0].friendly_name, first[0].friendly_name);
  EXPECT_TRUE(read([&](store::Reader& r) { return scheduled_items(r, rest[0].id.text(), 10); }).value().empty());
  EXPECT_EQ(read([&](store::Reader& r) { return items_of_source(r, to_lower(stopped.source_id)); }).value().size(), 1);
}

TEST_F(ItemRecordTest, ARemovedItemCannotBeWritten) {
  auto item = machine("vm1");
  insert(item);
  for (int repeated = 0; repeated < 2; ++repeated) {
    EXPECT_TRUE(database->write([&](store::Writer& writer) { return delete_item(writer, item.id); }));
  }
  const auto written = database->write([&](store::Writer& writer) { return update_item(writer, item); });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind(), Errc::not_found);
}

TEST_F(ItemRecordTest, AVaultIsWalkedByName) {
  for (const auto* name : {"b", "A", "c"}) {
    insert(machine(name));
  }
  const auto first = read([&](store::Reader& r) { return items_of_vault(r, vault.id, "", 2); }).value();
  ASSERT_EQ(first.size(), 2);
  EXPECT_EQ(first[0].friendly_name, "A");
  const auto rest = read([&](store::Reader& r) { return items_of_vault(r, vault.id, lower_name(first[1]), 2); });
  ASSERT_EQ(rest.value().size(), 1);
  EXPECT_EQ(rest.value()[0].friendly_name, "c");
  auto gone = first[0];
  gone.deleted = Time{Ticks{1}};
  gone.deferred_days = 14;
  ASSERT_TRUE(database->write([&](store::Writer& writer) { return update_item(writer, gone); }));
  EXPECT_EQ(read([&](store::Reader& r) { return soft_deleted_items(r, vault.id, 9); }).value().size(), 1);
  EXPECT_EQ(read([&](store::Reader& r) { return soft_deleted_items(r, random.guid(), 9); }).value().size(), 0);
  const auto due = [&](Time now) {
    return read([&](store::Reader& r) { return due_items(r, now, 9); }).value().size();
  };
  EXPECT_EQ(due(gone.purge_time() - Ticks{1}), 0);
  EXPECT_EQ(due(gone.purge_time()), 1);
}

}  // namespace
}  // namespace quaymaster::recovery_services
