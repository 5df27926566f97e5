#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "blob/blob_store.h"
#include "blob/records/schema.h"
#include "blob/store/open_store.h"
#include "drive/import/importer.h"
#include "drive/import/test_drive_test.h"
#include "objects/directory/directory_store.h"
#include "store/database.h"
#include "testing/base/failing_disk.h"
#include "testing/base/manual_clock.h"
#include "testing/store/memory_database.h"

namespace quaymaster::drive {

/// Takes the part of the job around an import: saves the progress in one transaction with the change, as a job does.
class TestHost final : public ImportHost {
 public:
  explicit TestHost(store::Database& database) : database_(database) {}

  std::string saved;                           // what a restart finds
  int dies_at = -1;                            // the call (from 0) at which the process dies; negative: never
  std::atomic<bool> dies_after_saving{false};  // a dying save still takes effect
  std::function<void()> before_save;

  int calls() const { return calls_; }

  Result<> continue_or_cancel() override { return step(); }
  void progress(const ImportProgress& live) override { last_live = live.bytes_done; }
  Result<> save(const ImportProgress& progress, store::Database::Change change) override {
    const auto alive = step();
    if (!alive && !dies_after_saving.exchange(false)) {
      return alive;
    }
    if (before_save) {
      std::exchange(before_save, nullptr)();
    }
    if (change) {
      TRY(database_.write(std::move(change)));
    }
    saved = to_json(progress);
    return alive;
  }

  std::atomic<std::uint64_t> last_live{0};

 private:
  Result<> step() {
    const int call = calls_++;
    if (dies_at >= 0 && call > dies_at) {
      dies_after_saving = false;
    }
    if (dies_at >= 0 && call >= dies_at) {
      return cancelled("the process is gone");
    }
    return ok();
  }

  store::Database& database_;
  std::atomic<int> calls_{0};
};

/// A server's storage and one drive to import. Buffers and batches are tiny, so that a few blobs cover every path.
class ImportWorld : public testing::Test {
 protected:
  ImportWorld() : clock_(Time{std::chrono::seconds{1'700'000'000}}), drive_(scratch_) {
    static const store::Schema kSchemas[] = {blob::schema()};
    database_ = store::open_in_memory(kSchemas).value();
    open_store(disk_);
    task_.account = "account";
    task_.job_name = "job";
    task_.drive_id = "WD123456";
    task_.manifest_file = "\\DriveManifest.xml";
    task_.verbose_log = true;
    task_.work_directory = scratch_.path() / "work";
    limits_ = {.slots = 3, .slot_bytes = 64, .slot_pieces = 8, .batch_blobs = 2, .batch_bytes = 1000};
  }

  /// As after a crash.
  void open_store(Disk& disk) {
    blobs_ = nullptr;
    objects_ = objects::open_directory(disk, scratch_.path() / "objects").value();
    blobs_ = blob::open_store(*database_, *objects_, clock_).value();
    store_disk_ = &disk;
  }

  ImportServices services() { return {*blobs_, *database_, *store_disk_, clock_}; }

  void finish_drive() { task_.manifest_hash = drive_.finish(task_.drive_id); }

  DriveReader& reader() {
    if (!root_) {
      root_ = DriveRoot::at(drive_.path()).value();
    }
    return *root_;
  }

  /// From what the host has saved, to the end or to an error.
  Result<> import(TestHost& host, DriveReader* reader) {
    progress_ = parse_import_progress(host.saved).value();
    return import_drive(services(), task_, reader, host, progress_, limits_);
  }
  /// The whole import without interruptions; returns the published drive status.
  std::string import() { return import(&reader()); }
  std::string import(DriveReader* reader) {
    TestHost host(*database_);
    const auto done = import(host, reader);
    EXPECT_TRUE(done) << done.error().cause();
    EXPECT_EQ(progress_.phase, ImportPhase::done);
    EXPECT_EQ(host.saved, to_json(progress_));
    return progress_.status;
  }

  void put(const std::string& container, const std::string& name, std::string_view text) {
    (void)blobs_->create_container("account", container, {});
    auto upload = blobs_->upload(blob::Hashing::none);
    ASSERT_TRUE(upload->append(as_bytes(text)));
    ASSERT_TRUE(blobs_->put_blob({"account", container, name}, upload->finish().value(), {}, {}, {}));
  }

  /// The blob's content, or the name of the error's kind.
  std::string text(const std::string& container, const std::string& name) {
    const auto snapshot = blobs_->open_blob({"account", container, name});
    if (!snapshot) {
      return "error: " + std::string(quaymaster::name(snapshot.error().kind()));
    }
    Buffer bytes(snapshot.value()->info().size);
    const auto size = snapshot.value()->read(0, bytes);
    EXPECT_TRUE(size) << size.error().cause();
    return std::string(as_text(bytes));
  }
  std::string text(const LogBlob& blob) { return text(blob.container, blob.name); }

  /// Name → bytes of every committed blob of a container.
  std::map<std::string, std::string> blobs_of(const std::string& container) {
    std::map<std::string, std::string> found;
    const auto page = blobs_->list_blobs("account", container, {});
    if (!page) {
      return found;
    }
    for (const auto& item : page.value().items) {
      found[item.blob->name] = text(container, item.blob->name);
    }
    return found;
  }

  std::string verbose_log() { return progress_.verbose_log ? text(*progress_.verbose_log) : ""; }
  std::string error_log() { return progress_.error_log ? text(*progress_.error_log) : ""; }

  /// The part of the log about the blob with that path.
  static std::string log_of(const std::string& log, const std::string& blob_path) {
    const auto at = log.find("<BlobPath>" + blob_path + "</BlobPath>");
    if (at == log.npos) {
      return "";
    }
    const auto from = log.rfind("<Blob ", at);
    return log.substr(from, log.find("</Blob>", from) - from);
  }
  /// "Status" values in the log of one blob, in order: blob, disposition, ranges, metadata, properties.
  std::string statuses(const std::string& blob_path) { return statuses_in(log_of(verbose_log(), blob_path)); }
  static std::string statuses_in(const std::string& text) {
    constexpr std::string_view kStatus = "Status=\"";
    std::string found;
    for (auto at = text.find(kStatus); at != text.npos; at = text.find(kStatus, at)) {
      at += kStatus.size();
      found += (found.empty() ? "" : " ") + text.substr(at, text.find('"', at) - at);
    }
    return found;
  }

  Scratch scratch_;
  SystemDisk disk_;
  ManualClock clock_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<objects::ObjectStore> objects_;
  std::unique_ptr<blob::Store> blobs_;
  Disk* store_disk_ = nullptr;
  TestDrive drive_;
  std::unique_ptr<DriveRoot> root_;
  ImportTask task_;
  ImportLimits limits_;
  ImportProgress progress_;
};

}  // namespace quaymaster::drive
