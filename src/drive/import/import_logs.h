#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/files/disk.h"
#include "drive/format/copy_log.h"
#include "drive/import/importer.h"

namespace quaymaster::drive {

/// The spools of the two copy logs in the work directory. What is written behind the sizes that the progress names
/// does not count: it is forgotten when the spools are opened again. Not thread-safe.
class ImportLogs {
 public:
  /// Where both logs stand, durably.
  struct Mark {
    std::uint64_t error = 0;
    std::uint64_t verbose = 0;
  };

  /// Begins them, or goes on where `progress` says. Errors are the disk's; Errc::corrupt: a spool is too short.
  static Result<ImportLogs> open(Disk& disk, const ImportTask& task, const ImportProgress& progress);

  Result<> add(const BlobResult& result);
  /// Durable on return.
  Result<Mark> checkpoint();
  /// Forgets what was added behind the mark.
  Result<> rewind(const Mark& mark);
  /// Writes the end of both logs; durable on return. The whole sizes.
  Result<Mark> finish(DriveStatusCode status, std::string_view reason);

  File& error_spool() { return *error_.file; }
  File& verbose_spool() { return *verbose_->file; }

  /// Removes both files; those that are not there are no error.
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
