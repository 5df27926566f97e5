#pragma once

#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/points/machine_document.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/world_test.h"
#include "testing/store/dying_database.h"
#include "testing/store/switched_database.h"
#include "wire/json.h"
#include "workload/bundle/bundle.h"
#include "workload/disk/disk.h"
#include "workload/tree.h"

namespace quaymaster::recovery_services {

/// Machines and disks that can be registered, stored as rows: a failed transaction undoes them.
class StoredMachines final : public arm::Machines {
 public:
  explicit StoredMachines(Path directory) : directories({std::move(directory)}) {}

  static Result<> make_tables(store::Writer& writer) {
    TRY(writer.change(
        "CREATE TABLE IF NOT EXISTS test_disks (id TEXT PRIMARY KEY, name TEXT, image TEXT, size INTEGER)"));
    TRY(writer.change("CREATE TABLE IF NOT EXISTS test_machines (id TEXT PRIMARY KEY, name TEXT, grp TEXT)"));
    TRY(
        writer.change("CREATE TABLE IF NOT EXISTS test_places (machine TEXT, lun INTEGER, disk TEXT, "
                      "PRIMARY KEY (machine, lun))"));
    return ok();
  }

  Result<arm::Machine> by_id(store::Reader& reader, std::string_view id) override {
    arm::Machine machine;
    TRY(reader.each(
        "SELECT id, name, grp FROM test_machines WHERE id = ?",
        [&](const store::Row& row) -> Result<> {
          machine.id = row.text(0);
          machine.name = row.text(1);
          machine.group = row.text(2);
          return ok();
        },
        to_lower(id)));
    if (machine.id.empty()) {
      return not_found("no machine {}", id);
    }
    TRY(reader.each(
        "SELECT p.lun, d.id, d.name, d.image, d.size FROM test_places p JOIN test_disks d ON d.id = p.disk "
        "WHERE p.machine = ? ORDER BY p.lun",
        [&](const store::Row& row) -> Result<> {
          arm::MachineDisk disk{std::string(row.text(2)),
                                std::string(row.text(1)),
                                row.integer(0),
                                std::string(row.text(3)),
                                "raw",
                                static_cast<std::uint64_t>(row.integer(4))};
          if (disk.lun < 0) {
            machine.os_disk = disk;
          } else {
            machine.data_disks.push_back(disk);
          }
          return ok();
        },
        machine.id));
    machine.subscription = arm::ArmFixture::kSubscription;
    machine.location = "westeurope";
    machine.os_type = "Linux";
    machine.size = "Standard_DS1_v2";
    return machine;
  }
  Result<std::vector<arm::Machine>> in_subscription(store::Reader&, std::string_view, std::string_view,
                                                    std::size_t) override {
    return std::vector<arm::Machine>{};
  }
  const std::vector<Path>& image_directories() const override { return directories; }
  Result<Path> allowed_image(const Path& path) const override {
    if (looked) {
      looked(path);
    }
    return ConfinedPlaces(directories, own).resolve(path);
  }
  Result<OpenDirectory> open_image_directory(const Path& image, Missing missing) const override {
    if (looked) {
      looked(image);
    }
    const auto directory = image.parent_path();
    const ConfinedPlaces places(directories, own);
    return missing == Missing::is_made ? places.open_or_make_directory(directory) : places.open_directory(directory);
  }
  Result<arm::MachineDisk> add_disk(store::Writer& writer, const arm::NewMachineDisk& disk) override {
    const auto id = to_lower(arm::resource_id(disk.subscription, disk.group, "Microsoft.Compute/disks", disk.name));
    if (!std::filesystem::is_regular_file(disk.image)) {
      return invalid("{} is no image", disk.image.native());
    }
    const auto size = std::filesystem::file_size(disk.image);
    TRY(writer.change("INSERT INTO test_disks (id, name, image, size) VALUES (?, ?, ?, ?)", id, disk.name,
                      disk.image.native(), static_cast<std::int64_t>(size)));
    return arm::MachineDisk{disk.name, id, -1, disk.image, "raw", size};
  }
  Result<arm::Machine> add_machine(store::Writer& writer, arm::Machine machine) override {
    machine.id = to_lower(
        arm::resource_id(machine.subscription, machine.group, "Microsoft.Compute/virtualMachines", machine.name));
    TRY(writer.change("INSERT INTO test_machines (id, name, grp) VALUES (?, ?, ?)", machine.id, machine.name,
                      machine.group));
    auto disks = machine.data_disks;
    disks.push_back(machine.os_disk);
    TRY(swap_disks(writer, machine.id, disks));
    return machine;
  }
  Result<> swap_disks(store::Writer& writer, std::string_view machine,
                      const std::vector<arm::MachineDisk>& disks) override {
    for (const auto& disk : disks) {
      TRY(writer.change("INSERT OR REPLACE INTO test_places (machine, lun, disk) VALUES (?, ?, ?)", to_lower(machine),
                        disk.lun, disk.id));
    }
    return ok();
  }

  std::vector<Path> directories;
  std::vector<Path> own;                    // the server's
  std::function<void(const Path&)> looked;  // called before every lookup
};

/// A vault "v1" with the machine "vm1" (operating system disk, a data disk at LUN 0) and the share "docs" of the
/// account "sa1", each with one recovery point "1001", which is created without running a backup.
class RestoreWorld : public World {
 protected:
  RestoreWorld() : stored(make_directory("images")) {
    check(static_cast<bool>(
        fixture.database->write([](store::Writer& writer) { return StoredMachines::make_tables(writer); })));
    fixture.make_group("other");
    accounts.names = {"sa1", "sa2"};
    reopen(*fixture.database);
    make_vault("v1");
    vault_id = with<VaultRecord>([](store::Reader& reader) {
                 return find_vault(reader, VaultPath{std::string(arm::ArmFixture::kSubscription), "rg", "v1"});
               }).id;
    make_machine();
    make_share();
  }

  ~RestoreWorld() override { close(); }  // running jobs use what is about to be destroyed

  Path make_directory(const std::string& name) {
    std::filesystem::create_directories(root / name);
    return std::filesystem::canonical(root / name);
  }
  /// The same database with everything else recreated, as after a crash.
  void reopen(store::Database& database) {
    close();
    other_machines = &stored;
    open(database);
  }

  /// Runs the job in a process that dies at its n-th write, and then in one that survives; returns whether the first
  /// died. Both start after the job was requested.
  bool run_and_die(const Guid& job, int n, bool last_one_is_kept) {
    bool died = false;
    {
      store::SwitchedDatabase mortal(*fixture.database);
      store::DyingDatabase dying(*fixture.database, n, last_one_is_kept);
      reopen(mortal);
      mortal.become(dying);
      engine->start();
      died = dying.await_death([&] {
        bool ended = false;
        EXPECT_TRUE(fixture.database->read([&](store::Reader& reader) -> Result<> {
          TRY(const auto record, engine->get(reader, job));
          ended = jobs::is_final(record.state);
          return ok();
        }));
        return ended;
      });
      close();
    }
    reopen(*fixture.database);
    is_running = false;
    const auto record = finish(job);
    EXPECT_EQ(record.state, jobs::State::succeeded) << record.reason;
    return died;
  }

  template <class T, class Look>
  T with(const Look& look) {
    std::optional<T> found;
    const auto read = fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(found, look(reader));
      return ok();
    });
    EXPECT_TRUE(read) << (read ? "" : read.error().cause());
    return *std::move(found);
  }
  void write(const std::function<Result<>(store::Writer&)>& change) {
    const auto done = fixture.database->write(change);
    ASSERT_TRUE(done) << done.error().cause();
  }

  static std::string noise(std::size_t size, unsigned seed) {
    std::string text(size, '\0');
    std::uint64_t state = seed * 7919 + 1;
    for (auto& c : text) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      c = static_cast<char>(state >> 56);
    }
    return text;
  }
  static void put_file(const Path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  static std::string read_text(const Path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static std::set<std::string> names_below(const Path& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      names.insert(entry.path().lexically_relative(directory).native());
    }
    return names;
  }

  ItemRecord add_item(SourceKind kind, const std::string& container, const std::string& item, const std::string& name,
                      const std::string& source) {
    ItemRecord record;
    record.id = random.guid();
    record.vault = vault_id;
    record.kind = kind;
    record.container = container;
    record.item = item;
    record.friendly_name = name;
    record.source_id = source;
    record.policy = "DefaultPolicy";
    record.protection = ItemRecord::Protection::active;
    record.data_id = kind == SourceKind::machine ? 1 : 2;
    record.created = fixture.clock.now();
    write([record](store::Writer& writer) { return insert_item(writer, record); });
    return record;
  }
  void add_point(const ItemRecord& item, std::unique_ptr<vault::Session> session, const Buffer& root_bytes,
                 const std::string& source, std::int64_t name = 1001) {
    const auto vault = provider->open_vaults().open(vault_id).value();
    PointRecord record;
    record.item = item.id;
    record.name = name;
    record.time = fixture.clock.now();
    record.source = source;
    record.policy_type = "V1";
    // The engine's id is known once it has committed; the provider's row follows.
    const auto point = vault->commit(std::move(session), item.id.text(), root_bytes, {}).value();
    record.id = point.id;
    write([record](store::Writer& writer) { return insert_point(writer, record); });
  }

  void make_machine() {
    os_bytes = noise(700'000, 1) + std::string(3'000'000, '\0') + noise(500'000, 2);
    os_bytes.resize(5 * kMiB, '\0');
    data_bytes = noise(2 * kMiB, 3);
    const auto images = stored.directories.front() / "vm1";
    put_file(images / "os.raw", os_bytes);
    put_file(images / "data.raw", data_bytes);
    MachineDocument document;
    arm::Machine machine;
    machine.subscription = arm::ArmFixture::kSubscription;
    machine.group = "rg";
    machine.name = "vm1";
    write([&](store::Writer& writer) -> Result<> {
      const std::string subscription(arm::ArmFixture::kSubscription);
      TRY(machine.os_disk, stored.add_disk(writer, {subscription, "rg", "vm1-os", "westeurope", images / "os.raw"}));
      TRY(auto data, stored.add_disk(writer, {subscription, "rg", "vm1-data", "westeurope", images / "data.raw"}));
      data.lun = 0;
      machine.data_disks = {data};
      TRY(machine, stored.add_machine(writer, machine));
      return ok();
    });
    machine_id = machine.id;
    document.id = machine.id;
    document.name = "vm1";
    document.group = "rg";
    document.location = "westeurope";
    document.os_type = "Linux";
    document.vm_size = "Standard_DS1_v2";
    document.disks = {{-1, "vm1-os", machine.os_disk.id, machine.os_disk.image.native(), "raw", os_bytes.size(), true},
                      {0, "vm1-data", machine.data_disks[0].id, machine.data_disks[0].image.native(), "raw",
                       data_bytes.size(), true}};
    const auto vault = provider->open_vaults().open(vault_id).value();
    auto session = vault->begin().value();
    workload::Bundle bundle;
    bundle.document = wire::to_json(document);
    for (const auto& disk : document.disks) {
      auto captured = workload::disk_source(Path(disk.image))->capture(*session, {}, {}).value();
      bundle.parts.push_back({part_name(disk.lun), std::move(captured.root)});
    }
    machine_item = add_item(SourceKind::machine, "IaasVMContainer;iaasvmcontainerv2;rg;vm1",
                            "VM;iaasvmcontainerv2;rg;vm1", "vm1", machine.id);
    add_point(machine_item, std::move(session), workload::bundle_root(bundle).value(), bundle.document);
  }

  void make_share() {
    const auto directory = make_directory("docs");
    put_file(directory / "a.txt", "alpha");
    put_file(directory / "dir/b.txt", "beta");
    put_file(directory / "dir/deep/c.bin", noise(300'000, 4));
    std::filesystem::create_symlink("a.txt", directory / "link");
    shares.all.push_back({"docs", "sa1", SomeAccounts::id("sa1"), directory});
    shares.all.push_back({"other", "sa2", SomeAccounts::id("sa2"), make_directory("elsewhere")});
    const auto vault = provider->open_vaults().open(vault_id).value();
    auto session = vault->begin().value();
    auto captured = workload::tree_source(directory)->capture(*session, {}, {}).value();
    const std::string hex(64, 'a');
    share_item = add_item(SourceKind::file_share, "StorageContainer;storage;store;sa1", "AzureFileShare;" + hex, "docs",
                          SomeAccounts::id("sa1"));
    add_point(share_item, std::move(session), captured.root, "");
  }

  static std::string point_path(const ItemRecord& item, const std::string& tail = "",
                                const std::string& point = "1001") {
    return at("v1", item_path("", item) + "/recoveryPoints/" + point + tail);
  }
  /// Requests a restore; returns the job's id, or nothing with the error in `refused`.
  std::optional<Guid> ask(const ItemRecord& item, const std::string& properties) {
    refused = fixture.post(point_path(item, "/restore"), R"({"properties":{)" + properties + "}}");
    if (refused.status != 202) {
      return std::nullopt;
    }
    const auto status = fixture.get(followed(refused, "Azure-AsyncOperation")).body;
    const auto at = status.find("\"jobId\":\"");
    EXPECT_NE(at, std::string::npos) << status;
    return parse_guid(std::string_view(status).substr(at + 9, 36)).value();
  }
  jobs::Record finish(const Guid& job) {
    if (!std::exchange(is_running, true)) {
      engine->start();
    }
    return engine->wait(job, fixture.clock.now() + std::chrono::hours{1}).value();
  }
  /// Requests a restore, runs it and expects success.
  Guid restore(const ItemRecord& item, const std::string& properties) {
    const auto job = ask(item, properties);
    EXPECT_TRUE(job) << refused.body;
    if (!job) {
      return {};
    }
    const auto record = finish(*job);
    EXPECT_EQ(record.state, jobs::State::succeeded) << record.reason << " " << record.error_code;
    return *job;
  }
  std::string code() const {
    const auto at = refused.body.find("\"code\":\"");
    return at == std::string::npos ? std::to_string(refused.status)
                                   : refused.body.substr(at + 8, refused.body.find('"', at + 8) - at - 8);
  }
  std::vector<std::string> held_targets() {
    std::vector<std::string> held;
    EXPECT_TRUE(fixture.database->read([&](store::Reader& reader) {
      return reader.each("SELECT target FROM rs_restore_targets", [&](const store::Row& row) -> Result<> {
        held.emplace_back(row.text(0));
        return ok();
      });
    }));
    return held;
  }

  static constexpr std::string_view kDisks = R"("objectType":"IaasVMRestoreRequest","recoveryType":"RestoreDisks")";
  static std::string group_id(std::string_view group) { return arm::ArmFixture::group_path(group); }

  StoredMachines stored;
  Guid vault_id;
  std::string machine_id;
  ItemRecord machine_item;
  ItemRecord share_item;
  std::string os_bytes;
  std::string data_bytes;
  http::Reply refused;
  bool is_running = false;
};

}  // namespace quaymaster::recovery_services
