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

/// Where the blobs of a job's diagnostics go.
struct LogPlace {
  std::string container = "waimportexport";
  std::string directory;  // "" or "a/b/", in front of "waies/"
  bool operator==(const LogPlace&) const = default;
};
/// Reads a job's diagnosticsPath: empty is the default, the first segment is the container, the rest a virtual
/// directory; slashes around it and doubled ones do not count. Errc::invalid: the first segment is no container name,
/// is "$root" (its blob names cannot hold a slash), a segment is "." or "..", or the directory is longer than 512
/// bytes.
Result<LogPlace> parse_diagnostics_path(std::string_view text);

/// Whether a blob lies where the logs of `place` do. Drives may not write there: logs and manifests are evidence.
bool is_in_log_place(const LogPlace& place, std::string_view container, std::string_view name);

/// "yyyyMMdd-HHmmss-fff", UTC.
std::string format_log_time(Time time);
Result<Time> parse_log_time(std::string_view text);

/// What a log's blob name says.
struct LogName {
  std::string job;
  std::string drive_id;
  Time time;  // when that blob was opened; to the millisecond
  LogKind kind = LogKind::manifest;
  bool operator==(const LogName&) const = default;
};
/// "<directory>waies/<job>_<drive>_<time>_manifest.xml". The drive id goes in without blanks, and with "-" for each
/// character that a blob name or this pattern cannot hold ("/", "\", "_", controls).
std::string log_blob_name(const LogPlace& place, const LogName& name);
/// The next name to try when one is taken: a millisecond later. Nothing is ever overwritten.
LogName next_log_name(LogName name);
/// Reads the last segment of a blob name from the right, since a job's name may hold "_". Errc::invalid.
Result<LogName> parse_log_blob_name(std::string_view name);

}  // namespace quaymaster::drive
