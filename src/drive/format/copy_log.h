#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "drive/format/manifest.h"
#include "drive/format/status.h"

namespace quaymaster::drive {

/// What became of the metadata or the properties of one blob.
struct SidecarResult {
  SidecarStatus status = SidecarStatus::completed;
  std::optional<FileReference> global;  // the list's default
  std::optional<FileReference> own;     // the blob's own file
};

/// What became of one blob. The entry must outlive the call it is handed to.
struct BlobResult {
  const BlobEntry* entry = nullptr;
  BlobStatus status = BlobStatus::completed;
  std::string renamed_to;                        // the new blob path; empty: the entry's own
  std::optional<DispositionStatus> disposition;  // import only
  std::vector<RangeStatus> ranges;               // one for each of the entry's; empty: all of them completed
  std::optional<SidecarResult> metadata;         // absent: the blob has none
  std::optional<SidecarResult> properties;
  std::optional<Time> last_modified;  // export only
};

/// Everything below a blob that failed before anything was done: disposition (import), ranges and sidecars `cancelled`.
BlobResult cancelled_below(const BlobEntry& entry, BlobStatus status, bool import);
/// Whether the error log lists the blob: it has a status other than Completed, or a disposition that is a warning.
bool belongs_in_error_log(const BlobResult& result);

enum class LogDetail {
  verbose,  // every blob, every range
  error,    // blobs that failed or that a disposition touched, and of these only the parts that are not Completed
};

/// Writes a copy log, version 2014-11-01, into a local spool file while the copy runs. Format: doc/formats/copy-log.md.
/// A log goes on after a restart at any blob boundary: record `checkpoint()` in the transaction that records the blobs,
/// and hand it to `resume`. Characters that XML cannot carry are written as U+FFFD: a name must not cost the log.
/// Errors are those of the file. Not thread-safe; the file must outlive it.
class CopyLog {
 public:
  /// Empties the file and writes the head.
  static Result<CopyLog> begin(File& spool, LogDetail detail, std::string_view drive_id);
  /// Forgets what was written behind `offset` (a value of checkpoint) and goes on there. Errc::corrupt: the file is
  /// shorter than that.
  static Result<CopyLog> resume(File& spool, LogDetail detail, std::uint64_t offset);

  ~CopyLog();
  CopyLog(CopyLog&&) noexcept;
  CopyLog& operator=(CopyLog&&) noexcept;

  /// Error logs leave out what does not belong there.
  Result<> add(const BlobResult& result);
  /// Everything added is on stable storage on return; the offset to resume at.
  Result<std::uint64_t> checkpoint();
  /// Writes the drive status, why it is a bad one when `reason` is not empty, and the end; durable on return. Returns
  /// the size of the whole log.
  Result<std::uint64_t> finish(DriveStatusCode status, std::string_view reason = {});

 private:
  struct State;
  explicit CopyLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quaymaster::drive
