#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "drive/format/status.h"
#include "drive/import/importer.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// One problem of a prepared drive, as an import would log it.
struct VerifyProblem {
  std::string blob_path;
  std::string file_path;
  std::string what;  // "FileNotFound", "Corrupted at 4194304", "Metadata FileNotFound"
};

struct VerifyResult {
  DriveStatusCode status = DriveStatusCode::completed;  // of the drive as a whole; completed_with_errors: see problems
  std::string reason;                                   // of a bad one
  std::string drive_id;
  std::string manifest_hash;  // MD5 of the manifest as found
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bad_blobs = 0;
  bool sound() const { return status == DriveStatusCode::completed; }
};

struct VerifyTask {
  std::string manifest_file;  // on the drive
  std::string manifest_hash;  // empty: not checked
  std::string drive_id;       // empty: accept the manifest's
};

struct VerifyEvents {
  /// Called often. An error stops.
  std::function<Result<>(std::uint64_t bytes_done, std::uint64_t bytes_total)> progress;
  std::function<void(const VerifyProblem&)> problem;
};

/// Reads the whole drive as an import would, with the same code, and compares everything with the manifest: its format
/// and hash, every file's presence, length and hashes, metadata and properties files, blob names. All problems are part
/// of the result; errors are those of `progress`.
Result<VerifyResult> verify_drive(DriveReader& drive, const VerifyTask& task, const VerifyEvents& events,
                                  const ImportLimits& limits = {});

}  // namespace quaymaster::drive
