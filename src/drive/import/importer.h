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

/// What is to be imported: one drive of one job. Belongs to the caller, never changes while the import lives.
struct ImportTask {
  std::string account;
  std::string job_name;       // stands in the names of the log blobs
  std::string drive_id;       // as the job names it; the manifest must name the same
  std::string manifest_file;  // as the job names it, resolved on the drive
  std::string manifest_hash;  // hexadecimal; empty: not checked
  LogPlace logs;              // of the job's diagnosticsPath
  bool verbose_log = false;
  bool backup_manifest = false;
  bool exact_manifest = false;  // the backup keeps credentials; false: they are redacted
  Path work_directory;          // for this drive of this job alone: holds the logs until they are published
};

/// What an import stands on. All of it outlives the call.
struct ImportServices {
  blob::Store& blobs;
  store::Database& database;  // the one that holds the blobs' records and the job's
  Disk& disk;                 // of the work directory
  Clock& clock;
};

/// Memory and grouping. The defaults are for real drives; tests make everything small.
struct ImportLimits {
  std::size_t slots = 16;                      // buffers between reader, hasher and writer: 64 MiB in all
  std::size_t slot_bytes = 4 * kMiB;           // one block of the published size each
  std::size_t slot_pieces = 1024;              // of small files in one buffer
  std::size_t batch_blobs = 1024;              // committed in one transaction, at most
  std::uint64_t batch_bytes = 64 * kMiB;       // and as soon as so many bytes are in it
  std::uint64_t manifest_bytes = 4096 * kMiB;  // a larger manifest is refused before a byte of it is read
};

/// The job around an import. `save` comes from another thread than the rest, one call at a time.
class ImportHost {
 public:
  virtual ~ImportHost() = default;
  /// Errc::cancelled: stop here; the import stops at a point from where it goes on or can be given up.
  virtual Result<> continue_or_cancel() = 0;
  /// Live counts, ahead of what is saved. Cheap.
  virtual void progress(const ImportProgress& live) = 0;
  /// Makes `progress` durable in one transaction with `change` (which may be empty); both or neither.
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

/// Imports the drive from where `progress` says (a default one: from the start) to its end: examines the manifest,
/// backs it up, copies the blobs, publishes the logs. Source of the rules: import-export reference, 6 to 10.
///
/// Ok: the drive is through, whatever became of it: `progress.phase` is done, `progress.status` says the published
/// drive status, and everything named in `progress` is on stable storage. Whatever is wrong with the drive or with one
/// of its blobs ends there and never in an error:
///   a blob    its status and its ranges' in the copy logs; the next one goes on
///   the drive its status: DiskNotFound and DiskOperationFailed when it is gone or answers nothing any more
///
/// Errors are ours, and the import goes on from the progress saved last (read it again, `progress` may be ahead of it):
///   Errc::cancelled  the host said so
///   Errc::no_space   no room for blobs, logs or records; go on when space was made
///   Errc::busy       storage of our own failed, which must not cost the customer a blob; try again later
///   Errc::corrupt    a log spool in the work directory is shorter than recorded, or the progress makes no sense
///
/// Exactly once: blobs, and that they were imported, are one transaction. Killed at any instant, an import that is run
/// again does not take what it made itself for something that was there before, and its logs hold each blob once.
///
/// `drive` null: it never arrived or could not be opened; the drive ends DiskNotFound, with an error log.
Result<> import_drive(const ImportServices& services, const ImportTask& task, DriveReader* drive, ImportHost& host,
                      ImportProgress& progress, const ImportLimits& limits = {});

}  // namespace quaymaster::drive
