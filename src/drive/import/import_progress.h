#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "drive/format/status.h"
#include "wire/field.h"

namespace quaymaster::drive {

enum class ImportPhase { examine, back_up, copy, publish, done };
constexpr auto names(ImportPhase) {
  using enum ImportPhase;
  return std::array{wire::name(examine, "examine"), wire::name(back_up, "backUp"), wire::name(copy, "copy"),
                    wire::name(publish, "publish"), wire::name(done, "done")};
}

/// A blob with a log or the manifest. The face builds its URL.
struct LogBlob {
  std::string container;
  std::string name;
  static constexpr auto wire() {
    return wire::fields({wire::field<&LogBlob::container>("container"), wire::field<&LogBlob::name>("name")});
  }
};

/// The state of the import of one drive: everything that must survive a crash, as JSON in the job's data.
struct ImportProgress {
  ImportPhase phase = ImportPhase::examine;
  std::string status;  // published drive status; empty while unknown. Final once phase is publish
  std::string
      reason;  // of a bad status, for the copy logs, which clients read; contains no secrets and no paths of the server
  std::uint64_t next_entry = 0;  // the first blob of the manifest not yet processed
  std::uint64_t entries = 0;     // known after examine, as is bytes_total
  std::uint64_t bytes_total = 0;
  std::uint64_t bytes_done = 0;       // of processed blobs, including failed and skipped ones: percentComplete
  std::uint64_t bytes_succeeded = 0;  // of ranges in committed blobs: bytesSucceeded
  std::uint64_t blobs_completed = 0;
  std::uint64_t blobs_failed = 0;    // any status but Completed
  std::uint64_t blobs_warned = 0;    // renamed, skipped or overwritten
  std::uint64_t error_log_size = 0;  // valid size of the spool; 0: not begun
  std::uint64_t verbose_log_size = 0;
  std::optional<LogBlob> manifest;
  std::optional<LogBlob> error_log;
  std::optional<LogBlob> verbose_log;

  /// The status as a code; nullopt while unknown.
  std::optional<DriveStatusCode> code() const;
  /// 0 … 100; a finished drive is at 100 even when it was empty.
  int percent() const;

  static constexpr auto wire() {
    using wire::field;
    using P = ImportProgress;
    return wire::fields({field<&P::phase>("phase"), field<&P::status>("status"), field<&P::reason>("reason"),
                         field<&P::next_entry>("nextEntry"), field<&P::entries>("entries"),
                         field<&P::bytes_total>("bytesTotal"), field<&P::bytes_done>("bytesDone"),
                         field<&P::bytes_succeeded>("bytesSucceeded"), field<&P::blobs_completed>("blobsCompleted"),
                         field<&P::blobs_failed>("blobsFailed"), field<&P::blobs_warned>("blobsWarned"),
                         field<&P::error_log_size>("errorLogSize"), field<&P::verbose_log_size>("verboseLogSize"),
                         field<&P::manifest>("manifest"), field<&P::error_log>("errorLog"),
                         field<&P::verbose_log>("verboseLog")});
  }
};

std::string to_json(const ImportProgress& progress);
/// Empty text is the initial progress. Errc::corrupt.
Result<ImportProgress> parse_import_progress(std::string_view text);

}  // namespace quaymaster::drive
