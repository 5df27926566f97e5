#include "drive/import/import_logs.h"

namespace quaymaster::drive {
namespace {

constexpr std::string_view kErrorSpool = "error.xml";
constexpr std::string_view kVerboseSpool = "verbose.xml";

}  // namespace

Result<ImportLogs> ImportLogs::open(Disk& disk, const ImportTask& task, const ImportProgress& progress) {
  TRY(disk.make_directories(task.work_directory));
  ImportLogs logs;
  TRY(logs.error_,
      open_log(disk, task.work_directory / kErrorSpool, LogDetail::error, task.drive_id, progress.error_log_size));
  if (task.verbose_log) {
    TRY(logs.verbose_, open_log(disk, task.work_directory / kVerboseSpool, LogDetail::verbose, task.drive_id,
                                progress.verbose_log_size));
  }
  TRY(disk.sync_directory(task.work_directory));
  return logs;
}

Result<ImportLogs::Log> ImportLogs::open_log(Disk& disk, const Path& path, LogDetail detail, std::string_view drive_id,
                                             std::uint64_t size) {
  Log log;
  log.detail = detail;
  if (size == 0) {
    TRY(log.file, disk.open(path, OpenMode::create));
    TRY(log.log, CopyLog::begin(*log.file, detail, drive_id));
    return log;
  }
  auto file = disk.open(path, OpenMode::write);
  if (!file && file.error().kind() == Errc::not_found) {
    return corrupt("the log spool {} is missing", path.string());
  }
  TRY(log.file, std::move(file));
  TRY(rewind(log, size));
  return log;
}

Result<> ImportLogs::add(const BlobResult& result) {
  if (belongs_in_error_log(result)) {
    error_.changed = true;
    TRY(error_.log->add(result));
  }
  if (verbose_) {
    verbose_->changed = true;
    TRY(verbose_->log->add(result));
  }
  return ok();
}

Result<> ImportLogs::checkpoint(Log& log) {
  if (!log.changed) {
    return ok();
  }
  TRY(log.size, log.log->checkpoint());
  log.changed = false;
  return ok();
}

Result<ImportLogs::Mark> ImportLogs::checkpoint() {
  TRY(checkpoint(error_));
  if (verbose_) {
    TRY(checkpoint(*verbose_));
  }
  return Mark{error_.size, verbose_ ? verbose_->size : 0};
}

Result<> ImportLogs::rewind(Log& log, std::uint64_t size) {
  TRY(log.log, CopyLog::resume(*log.file, log.detail, size));
  log.size = size;
  log.changed = false;
  return ok();
}

Result<> ImportLogs::rewind(const Mark& mark) {
  if (error_.changed || error_.size != mark.error) {
    TRY(rewind(error_, mark.error));
  }
  if (verbose_ && (verbose_->changed || verbose_->size != mark.verbose)) {
    TRY(rewind(*verbose_, mark.verbose));
  }
  return ok();
}

Result<ImportLogs::Mark> ImportLogs::finish(DriveStatusCode status, std::string_view reason) {
  Mark sizes;
  TRY(sizes.error, error_.log->finish(status, reason));
  if (verbose_) {
    TRY(sizes.verbose, verbose_->log->finish(status, reason));
  }
  return sizes;
}

Result<> ImportLogs::remove(Disk& disk, const ImportTask& task) {
  for (const auto name : {kErrorSpool, kVerboseSpool}) {
    const auto removed = disk.remove(task.work_directory / name);
    if (!removed && removed.error().kind() != Errc::not_found) {
      return removed.error();
    }
  }
  return ok();
}

}  // namespace quaymaster::drive
