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

/// The outcome for the metadata or the properties of one blob.
struct SidecarResult {
  SidecarStatus status = SidecarStatus::completed;
  std::optional<FileReference> global;  // the list's default
  std::optional<FileReference> own;     // the blob's own file
};

/// The outcome for one blob. The entry must outlive the call it is passed to.
struct BlobResult {
  const BlobEntry* entry = nullptr;
  BlobStatus status = BlobStatus::completed;
  std::string renamed_to;                        // the new blob path; empty: the entry's own
  std::optional<DispositionStatus> disposition;  // import only
  std::vector<RangeStatus> ranges;               // one per range of the entry; empty: all of them completed
  std::optional<SidecarResult> metadata;         // absent: the blob has none
  std::optional<SidecarResult> properties;
  std::optional<Time> last_modified;  // export only
};

/// The result for a blob that failed before anything was done: disposition (import), ranges and sidecars are
/// `cancelled`.
BlobResult cancelled_below(const BlobEntry& entry, BlobStatus status, bool import);
/// Whether the error log lists the blob: some status is not Completed, or the disposition is a warning.
bool belongs_in_error_log(const BlobResult& result);

enum class LogDetail {
  verbose,  // every blob, every range
  error,    // blobs that failed or were affected by a disposition, and of these only the parts that are not Completed
};

/// Writes a copy log, version 2014-11-01, into a local spool file during the copy. Format: doc/formats/copy-log.md. A
/// log can be resumed after a restart at any blob boundary: record `checkpoint()` in the transaction that records the
/// blobs, and pass it to `resume`. Characters that XML cannot represent are written as U+FFFD: a name must not make the
/// log fail. Errors are those of the file. Not thread-safe; the file must outlive it.
class CopyLog {
 public:
  /// Empties the file and writes the head.
  static Result<CopyLog> begin(File& spool, LogDetail detail, std::string_view drive_id);
  /// Discards everything after `offset` (a value from checkpoint) and continues there. Errc::corrupt: the file is
  /// shorter than that.
  static Result<CopyLog> resume(File& spool, LogDetail detail, std::uint64_t offset);

  ~CopyLog();
  CopyLog(CopyLog&&) noexcept;
  CopyLog& operator=(CopyLog&&) noexcept;

  /// Error logs omit whatever they do not list.
  Result<> add(const BlobResult& result);
  /// On return everything added is on stable storage; returns the offset for resume.
  Result<std::uint64_t> checkpoint();
  /// Writes the drive status, with `reason` unless it is empty, and the end; durable on return. Returns the size of the
  /// whole log.
  Result<std::uint64_t> finish(DriveStatusCode status, std::string_view reason = {});

 private:
  struct State;
  explicit CopyLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace quaymaster::drive
