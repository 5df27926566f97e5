// The import of one drive as a job of the engine, and what the engine reports while it runs.
#include <algorithm>
#include <memory>

#include "base/log.h"
#include "drive/import/importer.h"
#include "drive/read/drive_root.h"
#include "providers/import_export/provider.h"
#include "wire/json.h"

namespace quaymaster::import_export {
namespace {

constexpr std::string_view kArea = "import_export";

struct Parameters {
  std::string job, drive_key;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Parameters::job>("job"), wire::field<&Parameters::drive_key>("drive")});
  }
};

/// The job and drive of an engine job; null if the job has been removed, for example with its resource group.
struct Subject {
  JobRecord job;
  Drive* drive = nullptr;
};
Result<Subject> subject_of(store::Reader& reader, const jobs::Record& work) {
  TRY(const auto parameters, wire::parse_stored<Parameters>(work.parameters));
  TRY(const auto id, parse_guid(parameters.job));
  Subject subject;
  auto job = records::get(reader, id);
  if (!job) {
    return job.error().kind() == Errc::not_found ? Result<Subject>(std::move(subject)) : std::move(job).error();
  }
  subject.job = std::move(job.value());
  const auto drive = std::ranges::find(subject.job.drives, std::optional(work.id), &Drive::work);
  subject.drive = drive == subject.job.drives.end() ? nullptr : &*drive;
  return subject;
}

Path spool_of(const Settings& settings, const jobs::Record& work) {
  return settings.spool / work.id.text();
}

}  // namespace

jobs::Kind ImportExport::import_kind() {
  jobs::Kind kind;
  kind.name = kImportKind;
  kind.steps = {{"begin", [this](jobs::Run& run) { return begin_import(run); }},
                {"copy", [this](jobs::Run& run) { return copy_drive(run); }},
                {"clean_up", [this](jobs::Run& run) { return clean_up(run); }}};
  kind.ended = [this](store::Writer& writer, const jobs::Record& work) { return import_ended(writer, work); };
  return kind;
}

Result<> ImportExport::order_import(store::Writer& writer, const JobRecord& job, Drive& drive) {
  jobs::NewJob work;
  work.kind = kImportKind;
  work.subject = job.id.text();
  work.parameters = wire::to_json(Parameters{job.id.text(), drive_key(drive.drive_id)});
  TRY(drive.work, parts_.engine.create(writer, std::move(work)));
  return ok();
}

/// The drive becomes Transferring, with the job's current switches; or it is sent back unread if the job was
/// cancelled before the import began.
Result<> ImportExport::begin_import(jobs::Run& run) {
  return run.save("", [work = run.record()](store::Writer& writer) -> Result<> {
    TRY(auto subject, subject_of(writer, work));
    if (subject.drive == nullptr || subject.drive->state != DriveState::received) {
      return ok();  // removed, or begun before a crash
    }
    auto& drive = *subject.drive;
    drive.state = subject.job.cancel_requested ? DriveState::shipped_back : DriveState::transferring;
    drive.verbose_log = subject.job.document.log_level == "Verbose";
    drive.backup_manifest = subject.job.document.backup_drive_manifest;
    return records::save(writer, subject.job);
  });
}

Result<> ImportExport::copy_drive(jobs::Run& run) {
  Subject subject;
  std::optional<arm::StorageAccount> account;
  TRY(parts_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(subject, subject_of(reader, run.record()));
    if (subject.drive == nullptr) {
      return ok();
    }
    auto found = account_of(reader, subject.job);
    if (!found && found.error().kind() != Errc::not_found) {
      return std::move(found).error();
    }
    if (found) {
      account = std::move(found.value());
    }
    return ok();
  }));
  if (subject.drive == nullptr || subject.drive->state != DriveState::transferring) {
    return ok();
  }
  const auto& drive = *subject.drive;
  TRY(auto progress, drive::parse_import_progress(run.data()));
  if (!account) {
    // Deleted in the meantime: there is nowhere to write to, not even for the logs.
    progress.phase = drive::ImportPhase::done;
    progress.status = drive::name(drive::DriveStatusCode::blob_request_forbidden);
    progress.reason = "the storage account of the job was deleted";
    return run.save(drive::to_json(progress));
  }
  if (auto may = arm::still_allowed(parts_.issuer, subject.job.document.access); !may) {
    if (may.error().kind() != Errc::forbidden) {
      return may;
    }
    progress.phase = drive::ImportPhase::done;
    progress.status = drive::name(drive::DriveStatusCode::blob_request_forbidden);
    progress.reason = may.error().published()->message;
    return run.save(drive::to_json(progress));
  }
  drive::ImportTask task;
  task.account = account->name;
  task.job_name = subject.job.name;
  task.drive_id = drive.drive_id;
  task.manifest_file = drive.manifest_file;
  task.manifest_hash = drive.manifest_hash;
  TRY(task.logs, drive::parse_diagnostics_path(subject.job.document.diagnostics_path));
  task.verbose_log = drive.verbose_log;
  task.backup_manifest = drive.backup_manifest;
  task.exact_manifest = settings_.exact_manifest;
  task.work_directory = spool_of(settings_, run.record());
  TRY(parts_.disk.make_directories(task.work_directory));

  auto reader = open_drive(drive.path);
  if (!reader) {
    log::warning(kArea, "drive {} of job {}: {}", drive.drive_id, subject.job.name, reader.error().cause());
  }
  drive::JobImportHost host(run);
  return drive::import_drive({parts_.blobs, parts_.database, parts_.disk, parts_.clock}, task,
                             reader ? reader.value().get() : nullptr, host, progress, settings_.import_limits);
}

Result<std::unique_ptr<drive::DriveReader>> ImportExport::open_drive(const Path& path) const {
  TRY(auto root, open_drive_root(path));
  return settings_.wrap_drive ? settings_.wrap_drive(std::move(root))
                              : std::unique_ptr<drive::DriveReader>(std::move(root));
}

/// Checks again whether the folder may be a drive: it may have been replaced since it was docked.
Result<std::unique_ptr<drive::DriveRoot>> ImportExport::open_drive_root(const Path& path) const {
  TRY(const auto real, places_.resolve(path));
  TRY(const auto opened, places_.open_directory(real));
  return drive::DriveRoot::of(opened, real);
}

Result<> ImportExport::clean_up(jobs::Run& run) {
  const auto directory = spool_of(settings_, run.record());
  auto names = parts_.disk.list(directory);
  if (!names) {
    return names.error().kind() == Errc::not_found ? Result<>(ok()) : std::move(names).error();
  }
  for (const auto& name : names.value()) {
    TRY(parts_.disk.remove(directory / name));
  }
  return parts_.disk.remove(directory);
}

/// Called in the transaction that ends the import: stores the result in the drive and wakes the lifecycle thread.
Result<> ImportExport::import_ended(store::Writer& writer, const jobs::Record& work) {
  TRY(auto subject, subject_of(writer, work));
  if (subject.drive == nullptr) {
    return ok();
  }
  auto& drive = *subject.drive;
  if (drive.state != DriveState::transferring) {
    drive.state = DriveState::shipped_back;  // never begun
    drive.work.reset();
  } else {
    TRY(auto outcome, drive::parse_import_progress(work.data));
    if (work.state != jobs::State::succeeded || outcome.phase != drive::ImportPhase::done) {
      outcome.status = drive::name(drive::DriveStatusCode::internal_error);
      outcome.reason = work.reason;
    }
    const auto code = outcome.code().value_or(drive::DriveStatusCode::internal_error);
    drive.had_errors =
        code != drive::DriveStatusCode::completed && code != drive::DriveStatusCode::completed_with_warnings;
    drive.state = code == drive::DriveStatusCode::completed ? DriveState::completed : DriveState::completed_more_info;
    drive.outcome = std::move(outcome);
  }
  TRY(records::save(writer, subject.job));
  writer.after_commit([this, ended = drive, job = subject.job.name] {
    if (ended.outcome) {
      log::info(kArea, "drive {} of job {} ended {}{}{}", ended.drive_id, job, ended.outcome->status,
                ended.outcome->reason.empty() ? "" : ": ", ended.outcome->reason);
      metrics_.drives_imported += 1;
      metrics_.drives_with_errors += ended.had_errors ? 1 : 0;
    }
    lifecycle_alarm_.ring();
  });
  return ok();
}

ImportExport::DrivesNow ImportExport::drives_now() {
  DrivesNow now;
  const auto read = parts_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto all, records::imports(reader));
    for (const auto& id : all) {
      TRY(const auto work, parts_.engine.get(reader, id));
      now.queued += work.state == jobs::State::queued ? 1 : 0;
      now.running += work.state == jobs::State::running ? 1 : 0;
      now.paused += work.state == jobs::State::paused ? 1 : 0;
    }
    return ok();
  });
  if (!read) {
    log::error(kArea, "cannot count imports: {}", read.error().cause());
    return {};
  }
  return now;
}

Result<std::vector<std::optional<Live>>> ImportExport::live_of(store::Reader& reader, const JobRecord& job) {
  std::vector<std::optional<Live>> all(job.drives.size());
  for (std::size_t i = 0; i < job.drives.size(); ++i) {
    const auto& drive = job.drives[i];
    if (!drive.is_copied_now()) {
      continue;
    }
    TRY(const auto work, parts_.engine.get(reader, *drive.work));
    auto& live = all[i].emplace();
    TRY(live.progress, drive::parse_import_progress(work.data));
    live.progress.bytes_done = std::max(live.progress.bytes_done, work.bytes_done);
    live.progress.bytes_total = std::max(live.progress.bytes_total, work.bytes_total);
    if (work.state == jobs::State::paused) {
      live.paused = work.reason;
    }
  }
  return all;
}

}  // namespace quaymaster::import_export
