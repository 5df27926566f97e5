#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/files/disk.h"
#include "drive/format/copy_log.h"
#include "drive/import/importer.h"

namespace quaymaster::drive {

/// The spools of the two copy logs in the work directory. Anything beyond the sizes recorded in the progress is
/// discarded when the spools are opened again. Not thread-safe.
class ImportLogs {
 public:
  /// The durable sizes of both logs.
  struct Mark {
    std::uint64_t error = 0;
    std::uint64_t verbose = 0;
  };

  /// Starts the logs, or resumes where `progress` says. Errors of the disk; Errc::corrupt: a spool is too short.
  static Result<ImportLogs> open(Disk& disk, const ImportTask& task, const ImportProgress& progress);

  Result<> add(const BlobResult& result);
  /// Durable on return.
  Result<Mark> checkpoint();
  /// Discards everything added after the mark.
  Result<> rewind(const Mark& mark);
  /// Writes the end of both logs; durable on return. Returns their final sizes.
  Result<Mark> finish(DriveStatusCode status, std::string_view reason);

  File& error_spool() { return *error_.file; }
  File& verbose_spool() { return *verbose_->file; }

  /// Removes both files; missing ones are not an error.
  static Result<> remove(Disk& disk, const ImportTask& task);

 private:
  struct Log {
    std::unique_ptr<File> file;
    std::optional<CopyLog> log;
    LogDetail detail;
    std::uint64_t size = 0;  // at the last checkpoint
    bool changed = true;     // since then
  };
  static Result<Log> open_log(Disk& disk, const Path& path, LogDetail detail, std::string_view drive_id,
                              std::uint64_t size);
  static Result<> checkpoint(Log& log);
  static Result<> rewind(Log& log, std::uint64_t size);

  Log error_;
  std::optional<Log> verbose_;
};

}  // namespace quaymaster::drive
