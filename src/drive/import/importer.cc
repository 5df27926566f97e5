#include "drive/import/importer.h"

#include "base/log.h"
#include "drive/import/import_commit.h"
#include "drive/import/import_copy.h"
#include "drive/import/import_logs.h"
#include "drive/import/import_publish.h"
#include "drive/import/import_reader.h"
#include "drive/manifest/examine_manifest.h"

namespace quaymaster::drive {
namespace {

constexpr std::uint64_t kCheckEvery = 64 * kMiB;

/// The drive as a whole: is it present, does it respond?
std::optional<DriveStatusCode> drive_trouble(DriveReader* drive) {
  if (drive == nullptr) {
    return DriveStatusCode::disk_not_found;
  }
  const auto present = drive->check_present();
  if (present) {
    return std::nullopt;
  }
  return present.error().kind() == Errc::not_found ? DriveStatusCode::disk_not_found
                                                   : DriveStatusCode::disk_operation_failed;
}

class Import {
 public:
  Import(const ImportServices& services, const ImportTask& task, DriveReader* drive, ImportHost& host,
         ImportProgress& progress, const ImportLimits& limits)
      : services_(services), task_(task), drive_(drive), host_(host), progress_(progress), limits_(limits) {}

  Result<> run() {
    while (progress_.phase != ImportPhase::done) {
      TRY(host_.continue_or_cancel());
      TRY(run_phase());
      host_.progress(progress_);
    }
    if (const auto removed = ImportLogs::remove(services_.disk, task_); !removed) {
      log::warning("drive", "{}: cannot remove log spools: {}", task_.drive_id, removed.error().cause());
    }
    return ok();
  }

 private:
  Result<> run_phase() {
    switch (progress_.phase) {
      case ImportPhase::examine:
        return examine();
      case ImportPhase::back_up:
        if (const auto trouble = drive_trouble(drive_)) {
          fail(*trouble, "the drive is lost");
        } else {
          TRY(back_up_manifest(services_, task_, *drive_, host_, progress_));
        }
        return go_on(progress_.status.empty() ? ImportPhase::copy : ImportPhase::publish);
      case ImportPhase::copy:
        if (const auto trouble = drive_trouble(drive_)) {
          fail(*trouble, "the drive is lost");
        } else {
          TRY(copy_blobs(services_, task_, limits_, *drive_, host_, progress_));
        }
        if (progress_.status.empty()) {
          progress_.status = name(verdict());
        }
        return go_on(ImportPhase::publish);
      case ImportPhase::publish:
        if (const auto published = publish_logs(services_, task_, host_, progress_); !published) {
          return published.error();
        }
        return go_on(ImportPhase::done);
      case ImportPhase::done:
        return ok();
    }
    return corrupt("the progress of the import has no phase");
  }

  Result<> go_on(ImportPhase phase) {
    auto next = progress_;
    next.phase = phase;
    const auto saved = host_.save(next, {});
    if (!saved) {
      return own_trouble(saved.error());
    }
    progress_ = std::move(next);
    return ok();
  }

  void fail(DriveStatusCode code, std::string reason) {
    if (!progress_.status.empty()) {
      return;  // the first status found is kept
    }
    progress_.status = name(code);
    progress_.reason = std::move(reason);
  }

  Result<> examine() {
    if (const auto trouble = drive_trouble(drive_)) {
      fail(*trouble, "the drive is missing");
      return go_on(ImportPhase::publish);
    }
    const auto file = drive_->open(task_.manifest_file);
    if (!file) {
      fail(drive_trouble(drive_).value_or(manifest_open_status(file.error())), file.error().cause());
      return go_on(ImportPhase::publish);
    }
    if (const auto size = file.value()->size(); size > limits_.manifest_bytes) {
      fail(DriveStatusCode::manifest_format_invalid,
           fmt::format(
               "the manifest has {} bytes; this server reads at most {} (setting manifest-mib). Prepare the drive "
               "with fewer blobs, or ask the operator to raise the limit",
               size, limits_.manifest_bytes));
      return go_on(ImportPhase::publish);
    }
    const auto source = [this, unlooked = std::uint64_t{0},
                         from_drive = read_from(*file.value())](MutableBytes into) mutable -> Result<std::size_t> {
      TRY(host_.continue_or_cancel());
      if (unlooked >= kCheckEvery) {
        unlooked = 0;
        TRY(drive_->check_present());  // cached data can be read long after the drive was removed
      }
      TRY(const auto count, from_drive(into));
      unlooked += count;
      return count;
    };
    TRY(const auto verdict, examine_manifest(source, task_.manifest_hash, task_.drive_id));
    if (verdict.sound()) {
      progress_.entries = verdict.summary.blobs;
      progress_.bytes_total = verdict.summary.bytes;
    } else {
      fail(drive_trouble(drive_).value_or(verdict.status), verdict.reason);
    }
    if (task_.backup_manifest) {
      return go_on(ImportPhase::back_up);
    }
    return go_on(progress_.status.empty() ? ImportPhase::copy : ImportPhase::publish);
  }

  DriveStatusCode verdict() const {
    if (progress_.blobs_failed > 0) {
      return DriveStatusCode::completed_with_errors;
    }
    return progress_.blobs_warned > 0 ? DriveStatusCode::completed_with_warnings : DriveStatusCode::completed;
  }

  const ImportServices& services_;
  const ImportTask& task_;
  DriveReader* const drive_;
  ImportHost& host_;
  ImportProgress& progress_;
  const ImportLimits& limits_;
};

}  // namespace

Result<> JobImportHost::save(const ImportProgress& progress, store::Database::Change change) {
  if (!change) {
    return run_.save(to_json(progress));
  }
  return run_.save(to_json(progress), std::move(change));
}

Result<> import_drive(const ImportServices& services, const ImportTask& task, DriveReader* drive, ImportHost& host,
                      ImportProgress& progress, const ImportLimits& limits) {
  return Import(services, task, drive, host, progress, limits).run();
}

}  // namespace quaymaster::drive
