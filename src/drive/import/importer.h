#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "drive/import/import_progress.h"
#include "drive/manifest/manifest_backup.h"
#include "drive/read/drive_root.h"
#include "jobs/engine.h"
#include "store/database.h"

namespace quaymaster::drive {

/// What to import: one drive of one job. Owned by the caller and unchanged during the import.
struct ImportTask {
  std::string account;
  std::string job_name;       // part of the names of the log blobs
  std::string drive_id;       // as in the job; the manifest must have the same
  std::string manifest_file;  // as in the job, resolved on the drive
  std::string manifest_hash;  // hexadecimal; empty: not checked
  LogPlace logs;              // from the job's diagnosticsPath
  bool verbose_log = false;
  bool backup_manifest = false;
  bool exact_manifest = false;  // the backup keeps credentials; false: they are redacted
  Path work_directory;          // used only for this drive of this job: holds the logs until they are published
};

/// What an import uses. All of it outlives the call.
struct ImportServices {
  blob::Store& blobs;
  store::Database& database;  // contains the records of the blobs and of the job
  Disk& disk;                 // of the work directory
  Clock& clock;
};

/// Memory and batch sizes. The defaults are for real drives; tests use tiny values.
struct ImportLimits {
  std::size_t slots = 16;                      // buffers between reader, hasher and writer: 64 MiB in all
  std::size_t slot_bytes = 4 * kMiB;           // one block of the published size each
  std::size_t slot_pieces = 1024;              // number of small files in one buffer
  std::size_t batch_blobs = 1024;              // maximum per transaction
  std::uint64_t batch_bytes = 64 * kMiB;       // a batch is also complete at this many bytes
  std::uint64_t manifest_bytes = 4096 * kMiB;  // a larger manifest is refused without reading any of it
};

/// The job around an import. `save` is called on another thread than the rest, one call at a time.
class ImportHost {
 public:
  virtual ~ImportHost() = default;
  /// Errc::cancelled: stop now; the import stops at a point from which it can be resumed or abandoned.
  virtual Result<> continue_or_cancel() = 0;
  /// Live counts, ahead of the saved ones. Cheap.
  virtual void progress(const ImportProgress& live) = 0;
  /// Makes `progress` durable in one transaction with `change` (which may be empty), both or neither.
  virtual Result<> save(const ImportProgress& progress, store::Database::Change change) = 0;
};

/// The host for a job of one drive, whose whole data is the progress (to_json).
class JobImportHost final : public ImportHost {
 public:
  explicit JobImportHost(jobs::Run& run) : run_(run) {}
  Result<> continue_or_cancel() override { return run_.continue_or_cancel(); }
  void progress(const ImportProgress& live) override { run_.progress(live.bytes_done, live.bytes_total); }
  Result<> save(const ImportProgress& progress, store::Database::Change change) override;

 private:
  jobs::Run& run_;
};

/// Imports the drive from where `progress` says (default-constructed: from the start) to its end: examines the
/// manifest, backs it up, copies the blobs, publishes the logs. Source of the rules: import-export reference, 6 to 10.
///
/// Ok: the drive has been processed, whatever the outcome: `progress.phase` is done, `progress.status` is the published
/// drive status, and everything named in `progress` is on stable storage. Problems with the drive or with one of its
/// blobs are results, never errors:
///   a blob    its status and its ranges' in the copy logs; the import continues with the next one
///   the drive its status: DiskNotFound and DiskOperationFailed when it was removed or no longer responds
///
/// Errors are ours, and the import resumes from the progress saved last (read it again, `progress` may be ahead of it):
///   Errc::cancelled  requested by the host
///   Errc::no_space   no room for blobs, logs or records; resume when space was freed
///   Errc::busy       our own storage failed, which must not fail any of the client's blobs; try again later
///   Errc::corrupt    a log spool in the work directory is shorter than recorded, or the progress is inconsistent
///
/// Exactly once: blobs, and the record of their import, are one transaction. An import that is killed at any instant
/// and run again does not mistake its own blobs for earlier ones, and its logs list each blob once.
///
/// `drive` null: it never arrived or could not be opened; the drive ends as DiskNotFound, with an error log.
Result<> import_drive(const ImportServices& services, const ImportTask& task, DriveReader* drive, ImportHost& host,
                      ImportProgress& progress, const ImportLimits& limits = {});

}  // namespace quaymaster::drive
