#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/encode.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "objects/directory/directory_store.h"
#include "providers/recovery_services/provider.h"
#include "testing/arm/arm_fixture.h"
#include "vault/engine/open_vault.h"
#include "workload/source.h"

namespace quaymaster::recovery_services {

/// The storage accounts of the tests: any name added to `names`, all in the group "store".
class SomeAccounts final : public arm::StorageAccounts {
 public:
  Result<arm::StorageAccount> by_id(store::Reader& reader, std::string_view id) override {
    TRY(const auto parsed, arm::parse_resource_id(id));
    return by_name(reader, parsed.name);
  }
  Result<arm::StorageAccount> by_name(store::Reader&, std::string_view name) override {
    for (const auto& one : names) {
      if (equal_ignoring_case(one, name)) {
        return arm::StorageAccount{one, id(one), "westeurope", "https://localhost:10000/" + one + "/"};
      }
    }
    return not_found("no account {}", name);
  }
  Result<std::vector<arm::StorageAccount>> in_subscription(store::Reader& reader, std::string_view,
                                                           std::string_view after, std::size_t limit) override {
    std::vector<arm::StorageAccount> found;
    for (const auto& one : names) {
      if (to_lower(id(one)) > after && found.size() < limit) {
        TRY(auto account, by_name(reader, one));
        found.push_back(std::move(account));
      }
    }
    return found;
  }
  static std::string id(std::string_view name) {
    return arm::resource_id(arm::ArmFixture::kSubscription, "store", "Microsoft.Storage/storageAccounts", name);
  }
  std::vector<std::string> names;
};

/// Virtual machines of the tests. Registering is not supported: the restore tests cover what restores create.
class SomeMachines final : public arm::Machines {
 public:
  Result<arm::Machine> by_id(store::Reader&, std::string_view id) override {
    for (const auto& machine : machines) {
      if (equal_ignoring_case(machine.id, id)) {
        return machine;
      }
    }
    return not_found("no machine {}", id);
  }
  Result<std::vector<arm::Machine>> in_subscription(store::Reader&, std::string_view, std::string_view after,
                                                    std::size_t limit) override {
    std::vector<arm::Machine> found;
    for (const auto& machine : machines) {
      if (to_lower(machine.id) > after && found.size() < limit) {
        found.push_back(machine);
      }
    }
    return found;
  }
  const std::vector<Path>& image_directories() const override { return directories; }
  Result<Path> allowed_image(const Path& path) const override { return path; }
  Result<OpenDirectory> open_image_directory(const Path& image, Missing) const override {
    if (on_image) {
      on_image(image);
    }
    return OpenDirectory::at(image.parent_path());
  }
  Result<arm::MachineDisk> add_disk(store::Writer&, const arm::NewMachineDisk&) override {
    return unsupported("not in these tests");
  }
  Result<arm::Machine> add_machine(store::Writer&, arm::Machine) override { return unsupported("not in these tests"); }
  Result<> swap_disks(store::Writer&, std::string_view, const std::vector<arm::MachineDisk>&) override {
    return unsupported("not in these tests");
  }

  void add(const std::string& group, const std::string& name, const std::string& location = "westeurope") {
    arm::Machine machine;
    machine.subscription = arm::ArmFixture::kSubscription;
    machine.group = group;
    machine.name = name;
    machine.location = location;
    machine.os_type = "Linux";
    machine.id = arm::resource_id(machine.subscription, group, "Microsoft.Compute/virtualMachines", name);
    machines.push_back(machine);
  }
  std::vector<arm::Machine> machines;
  std::vector<Path> directories;
  std::function<void(const Path&)> on_image;  // called before an image is opened
};

class SomeShares final : public arm::FileShares {
 public:
  Result<arm::FileShare> share(store::Reader& reader, std::string_view account, std::string_view name) override {
    TRY(const auto found, shares(reader, account));
    for (const auto& one : found) {
      if (equal_ignoring_case(one.name, name)) {
        return one;
      }
    }
    return not_found("no share {}", name);
  }
  Result<std::vector<arm::FileShare>> shares(store::Reader&, std::string_view account) override {
    std::vector<arm::FileShare> found;
    for (const auto& share : all) {
      if (equal_ignoring_case(share.account, account)) {
        found.push_back(share);
      }
    }
    return found;
  }
  Result<OpenDirectory> open_directory(const arm::FileShare& share) const override {
    return own.empty() ? OpenDirectory::at(share.directory)
                       : ConfinedPlaces({"/"}, own).open_directory(without_links(share.directory));
  }

  void add(const std::string& account, const std::string& name) {
    all.push_back({name, account, SomeAccounts::id(account), "/nowhere"});
  }
  std::vector<arm::FileShare> all;
  std::vector<Path> own;  // the server's: none of the shares may contain it
};

/// A complete Microsoft.RecoveryServices in memory, with objects in its own directory. The engine's workers run only
/// after `engine->start()`.
class World : public testing::Test {
 protected:
  static std::vector<store::Schema> all_schemas() {
    auto all = schemas();
    all.push_back(jobs::schema());
    all.push_back(blob::schema());
    all.push_back(vault::schema());
    return all;
  }

  World() : fixture(all_schemas()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "qm-rs-XXXXXX").string();
    check(::mkdtemp(pattern.data()) != nullptr);
    root = pattern;
    fixture.make_group("rg");
    for (int i = 0; i < 64; ++i) {
      job_ids.guid();  // so that no job has the id of an operation
    }
    open(*fixture.database);
  }
  ~World() override {
    close();
    std::filesystem::remove_all(root);
  }

  void open(store::Database& database) {
    objects = objects::open_directory(*object_disk, root / "objects").value();
    blobs = blob::open_store(database, *objects, fixture.clock).value();
    engine =
        std::make_unique<jobs::Engine>(database, fixture.clock, job_ids, jobs::Options{.workers = 2, .alone = true});
    vault::KeyEncryptionKey key;
    key.secret = Buffer(32, 7);
    vault::Options options;
    options.threads = 1;
    options.trace = workload::trace();
    provider = std::make_unique<RecoveryServices>(
        Services{database, *engine, *objects, *blobs, *fixture.groups, accounts,
                 other_machines != nullptr ? *other_machines : machines, shares, fixture.clock, random,
                 other_disk != nullptr ? *other_disk : disk, *fixture.issuer, key, options, "https://localhost:10000"});
    ASSERT_TRUE(provider->recover());
    fixture.serve({provider->registration()});
  }
  void close() {
    if (engine) {
      engine->drain();
    }
    provider = nullptr;
    engine = nullptr;
    blobs = nullptr;
    objects = nullptr;
  }

  /// "…/vaults/{name}{tail}?api-version=…"
  static std::string at(const std::string& vault, const std::string& tail = "",
                        const std::string& version = "2024-04-01") {
    return arm::ArmFixture::group_path("rg") + "/providers/Microsoft.RecoveryServices/vaults/" + vault + tail +
           (tail.find('?') == std::string::npos ? "?" : "&") + "api-version=" + version;
  }
  static constexpr std::string_view kPlain = R"({"location":"westeurope","sku":{"name":"Standard"},"properties":{}})";
  void make_vault(const std::string& name) { ASSERT_EQ(fixture.put(at(name), kPlain).status, 201); }
  /// The path of a header's address, for the next request.
  static std::string followed(const http::Reply& reply, std::string_view header) {
    const auto value = reply.headers.get(header);
    return value ? std::string(value->substr(arm::ArmFixture::kBase.size())) : "";
  }
  std::string exchange(const std::string& name, http::Method method, const std::string& target,
                       const std::string& body = "") {
    return fixture.golden("recovery_services/" + name, method, target, body);
  }

  Path root;
  SystemDisk disk;
  Disk* object_disk = &disk;  // where vaults and blobs are stored, from the next open()
  arm::ArmFixture fixture;
  SystemRandom random;
  CountingRandom job_ids;  // for the engine, so that golden files can name jobs
  SomeAccounts accounts;
  SomeMachines machines;
  arm::Machines* other_machines = nullptr;  // used instead from the next open() on
  Disk* other_disk = nullptr;               // the same, for everything except the objects
  SomeShares shares;
  std::unique_ptr<objects::ObjectStore> objects;
  std::unique_ptr<blob::Store> blobs;
  std::unique_ptr<jobs::Engine> engine;
  std::unique_ptr<RecoveryServices> provider;
};

}  // namespace quaymaster::recovery_services
