#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace quaymaster::drive {

// Names and places of the manifest backup and the copy logs in the job's storage account.
// Source: "Backing up drive manifests", "Retrieving state information"; sample URLs of the Get Job pages.

enum class LogKind { verbose, error, manifest };

/// The place for the blobs of a job's diagnostics.
struct LogPlace {
  std::string container = "waimportexport";
  std::string directory;  // "" or "a/b/", prefix of "waies/"
  bool operator==(const LogPlace&) const = default;
};
/// Parses a job's diagnosticsPath: empty is the default, the first segment is the container, the rest a virtual
/// directory; leading, trailing and doubled slashes are ignored. Errc::invalid: the first segment is not a valid
/// container name or is "$root" (its blob names cannot contain a slash), a segment is "." or "..", or the directory is
/// longer than 512 bytes.
Result<LogPlace> parse_diagnostics_path(std::string_view text);

/// Whether a blob is in the place of the logs. Drives may not write there: logs and manifests are evidence.
bool is_in_log_place(const LogPlace& place, std::string_view container, std::string_view name);

/// "yyyyMMdd-HHmmss-fff", UTC.
std::string format_log_time(Time time);
Result<Time> parse_log_time(std::string_view text);

/// The parts of a log's blob name.
struct LogName {
  std::string job;
  std::string drive_id;
  Time time;  // when that blob was opened, with millisecond precision
  LogKind kind = LogKind::manifest;
  bool operator==(const LogName&) const = default;
};
/// "<directory>waies/<job>_<drive>_<time>_manifest.xml". The drive id is written without blanks, and with "-" for each
/// character that is not allowed in a blob name or in this pattern ("/", "\", "_", controls).
std::string log_blob_name(const LogPlace& place, const LogName& name);
/// The next name to try when one is taken: one millisecond later. Nothing is ever overwritten.
LogName next_log_name(LogName name);
/// Parses the last segment of a blob name from the right, since a job's name may contain "_". Errc::invalid.
Result<LogName> parse_log_blob_name(std::string_view name);

}  // namespace quaymaster::drive
