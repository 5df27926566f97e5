#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/encode.h"
#include "base/files/space.h"
#include "base/log.h"
#include "blob/blob_store.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "drive/import/test_drive_test.h"
#include "drive/manifest/drive_id.h"
#include "drive/read/scratch_test.h"
#include "jobs/engine.h"
#include "objects/directory/directory_store.h"
#include "ports/storage_accounts.h"
#include "providers/import_export/provider.h"
#include "testing/arm/arm_fixture.h"
#include "wire/json.h"

namespace quaymaster::import_export {

/// The only storage account: "acct1" of group "store".
class OneAccount final : public arm::StorageAccounts {
 public:
  Result<arm::StorageAccount> by_id(store::Reader& reader, std::string_view id) override {
    TRY(const auto parsed, arm::parse_resource_id(id));
    return equal_ignoring_case(parsed.group, "store") ? by_name(reader, parsed.name) : Error(Errc::not_found, "group");
  }
  Result<arm::StorageAccount> by_name(store::Reader&, std::string_view name) override {
    if (gone || name != "acct1") {
      return not_found("no account {}", name);
    }
    return arm::StorageAccount{"acct1", id(), "westus", "https://localhost:10000/acct1/"};
  }
  Result<std::vector<arm::StorageAccount>> in_subscription(store::Reader& reader, std::string_view, std::string_view,
                                                           std::size_t) override {
    TRY(const auto account, by_name(reader, "acct1"));
    return std::vector{account};
  }
  static std::string id() {
    return arm::ArmFixture::group_path("store") + "/providers/Microsoft.Storage/storageAccounts/acct1";
  }

  bool gone = false;
};

/// A complete Microsoft.ImportExport over a database in memory and a directory, with a dock and drives to put there.
/// No thread of the provider runs: tests call `keep` and `look_at_dock`; the engine's workers run only after
/// `run_jobs`.
class World : public testing::Test {
 protected:
  World() : fixture({jobs::schema(), blob::schema(), schema()}) {
    log::set_sink([](std::string_view) {});
    std::filesystem::create_directories(dock);
    settings.dock = dock;
    settings.spool = scratch.path() / "spool";
    settings.import_limits = {.slots = 3, .slot_bytes = 64, .slot_pieces = 8, .batch_blobs = 2, .batch_bytes = 1000};
    fixture.make_group("store");
    fixture.make_group("Jobs");
    EXPECT_TRUE(open(*fixture.database));
  }
  ~World() override {
    close();
    log::set_sink(nullptr);
  }

  /// Like starting the process with the stored data. False: the process died before it was up.
  bool open(store::Database& database) {
    objects = objects::open_directory(*disk_in_use, scratch.path() / "objects").value();
    blob::Options blob_options;
    if (space_in_use != nullptr) {
      blob_options.space = space_in_use;
      blob_options.extent_size = kMiB;
    }
    auto opened = blob::open_store(database, *objects, fixture.clock, blob_options);
    if (!opened) {
      return false;
    }
    blobs = std::move(opened).value();
    jobs::Options job_options{.workers = 2, .alone = true};
    if (space_in_use != nullptr) {
      job_options.has_room = [this] { return blobs->make_room(0).has_value(); };
      job_options.room = [this] { return blobs->room(); };
    }
    engine = std::make_unique<jobs::Engine>(database, fixture.clock, random, job_options);
    provider = std::make_unique<ImportExport>(
        Parts{database, *engine, *blobs, accounts, fixture.clock, *disk_in_use, *fixture.issuer, *fixture.groups},
        settings, DriveKeys(SealKey{}, random));
    fixture.serve({arm::Registration(kProvider, *provider)});
    return true;
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
  /// Advances the clock, and signs the administrator in again.
  void advance(Ticks by) {
    fixture.clock.advance(by);
    fixture.token = fixture.issuer->issue(fixture.principal, "https://management.azure.com",
                                          fmt::format("{}/{}/v2.0", arm::ArmFixture::kBase, arm::ArmFixture::kTenant));
  }
  void restart() {
    close();
    EXPECT_TRUE(open(*fixture.database));
  }

  static std::string job_path(const std::string& name, const std::string& tail = "") {
    return arm::ArmFixture::group_path("Jobs") + "/providers/Microsoft.ImportExport/jobs/" + name + tail +
           "?api-version=2021-01-01";
  }
  static std::string body(const std::string& drives, const std::string& more = "") {
    return R"({"location":"westus","properties":{"storageAccountId":")" + OneAccount::id() +
           R"(","jobType":"Import","returnAddress":{"recipientName":"A. Person","streetAddress1":"1 Road",)"
           R"("city":"Town","postalCode":"10000","countryOrRegion":"FR","phone":"0100000000","email":"a@example.org"},)" +
           more + R"("driveList":[)" + drives + "]}}";
  }
  static std::string drive_json(const std::string& id, const std::string& hash = "AB") {
    return R"({"driveId":")" + id +
           R"(","bitLockerKey":"111111-222222","manifestFile":"\\DriveManifest.xml",)"
           R"("manifestHash":")" +
           hash + R"("})";
  }
  static constexpr std::string_view kShip =
      R"({"properties":{"state":"Shipping","deliveryPackage":{"carrierName":"FedEx","trackingNumber":"1"}}})";

  /// Creates a drive folder in the workshop, with its manifest and its id on it; its blobs are named "{id}/…" in
  /// container "photos".
  std::string make_drive(const std::string& id, int blobs_on_it = 5) {
    auto& drive = *drives.emplace_back(std::make_unique<drive::TestDrive>(scratch, "workshop/" + id));
    for (int i = 0; i < blobs_on_it; ++i) {
      drive.add("photos/" + id + "/" + std::to_string(i), std::string(static_cast<std::size_t>(20 + i), 'a'));
    }
    const auto hash = drive.finish(id);
    drive.write("DriveId", id + "\n");
    return hash;
  }
  Path at_dock(const std::string& id) const { return dock / id; }
  void put_at_dock(const std::string& id) { std::filesystem::rename(scratch.path() / "workshop" / id, at_dock(id)); }
  /// Looks until a drive is accepted: a folder must have been seen twice without a change.
  void check_dock_twice() {
    ASSERT_TRUE(provider->look_at_dock());
    ASSERT_TRUE(provider->look_at_dock());
  }

  /// Creates a job for the drives and ships it.
  void ship(const std::string& name, const std::vector<std::pair<std::string, std::string>>& ids_and_hashes,
            const std::string& more = "") {
    std::string list;
    for (const auto& [id, hash] : ids_and_hashes) {
      list += (list.empty() ? "" : ",") + drive_json(id, hash);
    }
    const auto made = fixture.put(job_path(name), body(list, more));
    ASSERT_EQ(made.status, 201) << made.body;
    const auto shipped = fixture.patch(job_path(name), kShip);
    ASSERT_EQ(shipped.status, 200) << shipped.body;
  }

  JobRecord record(const std::string& name) {
    JobRecord job;
    const auto id = to_lower(arm::ArmFixture::group_path("Jobs") + "/providers/Microsoft.ImportExport/jobs/" + name);
    const auto read = fixture.database->read([&](store::Reader& reader) -> Result<> {
      TRY(job, records::get(reader, id));
      return ok();
    });
    EXPECT_TRUE(read) << read.error().cause();
    return job;
  }
  std::string state(const std::string& name) { return std::string(wire_name(record(name).state)); }
  std::string drive_states(const std::string& name) {
    std::string states;
    for (const auto& drive : record(name).drives) {
      states += (states.empty() ? "" : " ") + std::string(wire_name(drive.state));
    }
    return states;
  }

  void keep() {
    const auto kept = provider->keep();
    ASSERT_TRUE(kept) << kept.error().cause();
  }
  void run_jobs() { engine->start(); }
  /// Calls `keep` and waits until no import of the job is running and no step is due.
  void finish(const std::string& name) {
    for (int rounds = 0; rounds < 10; ++rounds) {
      keep();
      bool waited = false;
      for (const auto& drive : record(name).drives) {
        if (drive.work && !drive.outcome) {
          ASSERT_TRUE(engine->wait(*drive.work, Time::max()));
          waited = true;
        }
      }
      if (!waited) {
        keep();  // the last import may have ended after the keep() above
        return;
      }
    }
    FAIL() << "the job does not come to rest";
  }

  std::string blob_text(const std::string& container, const std::string& name) {
    const auto snapshot = blobs->open_blob({"acct1", container, name});
    if (!snapshot) {
      return "error: " + std::string(quaymaster::name(snapshot.error().kind()));
    }
    Buffer bytes(snapshot.value()->info().size);
    EXPECT_TRUE(snapshot.value()->read(0, bytes));
    return std::string(as_text(bytes));
  }
  std::vector<std::string> names_in(const std::string& container) {
    std::vector<std::string> names;
    const auto page = blobs->list_blobs("acct1", container, {});
    for (const auto& item : page ? page.value().items : std::vector<blob::ListItem>{}) {
      names.push_back(item.blob->name);
    }
    return names;
  }

  drive::Scratch scratch;
  const Path dock = scratch.path() / "dock";
  SystemDisk disk;
  Disk* disk_in_use = &disk;
  const Space* space_in_use = nullptr;  // null: nothing is kept free
  SystemRandom random;
  arm::ArmFixture fixture;
  OneAccount accounts;
  Settings settings;
  std::unique_ptr<objects::ObjectStore> objects;
  std::unique_ptr<blob::Store> blobs;
  std::unique_ptr<jobs::Engine> engine;
  std::unique_ptr<ImportExport> provider;
  std::vector<std::unique_ptr<drive::TestDrive>> drives;
};

}  // namespace quaymaster::import_export
