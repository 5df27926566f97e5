#include "drive/manifest/manifest_backup.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/encode.h"
#include "drive/format/manifest.h"
#include "drive/format/text.h"

namespace quaymaster::drive {
namespace {

using std::chrono::milliseconds;

struct KindRow {
  LogKind kind;
  std::string_view name;
};
constexpr KindRow kKinds[] = {
    {LogKind::verbose, "verbose"}, {LogKind::error, "error"}, {LogKind::manifest, "manifest"}};

constexpr std::string_view kFolder = "waies/";
constexpr std::string_view kExtension = ".xml";
constexpr std::size_t kLongestDirectory = 512;

bool is_control(char c) {
  return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F;
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> result;
  while (!path.empty()) {
    const auto segment = path.substr(0, path.find('/'));
    if (!segment.empty()) {
      result.push_back(segment);
    }
    path.remove_prefix(std::min(path.size(), segment.size() + 1));
  }
  return result;
}

/// A drive id that is valid in a blob name, without the separator "_".
std::string plain_drive_id(std::string_view id) {
  std::string text;
  for (const char c : id) {
    if (c != ' ') {
      text += c == '/' || c == '\\' || c == '_' || is_control(c) ? '-' : c;
    }
  }
  return text;
}

/// Removes what follows the last "_" from `text`.
Result<std::string_view> take_last(std::string_view& text) {
  const auto at = text.rfind('_');
  if (at == text.npos) {
    return invalid("not a valid log name");
  }
  const auto part = text.substr(at + 1);
  text = text.substr(0, at);
  return part;
}

}  // namespace

Result<LogPlace> parse_diagnostics_path(std::string_view text) {
  const auto parts = segments(trimmed(text));
  LogPlace place;
  if (parts.empty()) {
    return place;
  }
  if (parts[0] == "$root" || !is_container_name(parts[0])) {
    return invalid("the first segment of diagnosticsPath is not the name of a container that can hold logs");
  }
  place.container = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i] == "." || parts[i] == ".." || std::ranges::any_of(parts[i], is_control) || !is_utf8(parts[i])) {
      return invalid("a segment of diagnosticsPath is not valid in a blob name");
    }
    place.directory.append(parts[i]).append("/");
  }
  if (place.directory.size() > kLongestDirectory) {
    return invalid("the directory of diagnosticsPath is longer than {} bytes", kLongestDirectory);
  }
  return place;
}

bool is_in_log_place(const LogPlace& place, std::string_view container, std::string_view name) {
  return container == place.container && name.starts_with(place.directory + std::string(kFolder));
}

std::string format_log_time(Time time) {
  const auto rounded = std::chrono::floor<milliseconds>(time);
  // "2021-06-14T06:17:27.9916547Z"
  const auto text = format_time(Time(rounded));
  return fmt::format("{}{}{}-{}{}{}-{}", text.substr(0, 4), text.substr(5, 2), text.substr(8, 2), text.substr(11, 2),
                     text.substr(14, 2), text.substr(17, 2), text.substr(20, 3));
}

Result<Time> parse_log_time(std::string_view text) {
  if (text.size() != 19 || text[8] != '-' || text[15] != '-') {
    return invalid("a log's time is written yyyyMMdd-HHmmss-fff");
  }
  return parse_time(fmt::format("{}-{}-{}T{}:{}:{}.{}Z", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2),
                                text.substr(9, 2), text.substr(11, 2), text.substr(13, 2), text.substr(16, 3)));
}

std::string log_blob_name(const LogPlace& place, const LogName& name) {
  const auto* row = std::ranges::find(kKinds, name.kind, &KindRow::kind);
  return fmt::format("{}{}{}_{}_{}_{}{}", place.directory, kFolder, name.job, plain_drive_id(name.drive_id),
                     format_log_time(name.time), row->name, kExtension);
}

LogName next_log_name(LogName name) {
  name.time += milliseconds(1);
  return name;
}

Result<LogName> parse_log_blob_name(std::string_view name) {
  name = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  if (!name.ends_with(kExtension)) {
    return invalid("not a valid log name");
  }
  name.remove_suffix(kExtension.size());
  TRY(const auto kind, take_last(name));
  TRY(const auto time, take_last(name));
  TRY(const auto drive, take_last(name));
  const auto* row = std::ranges::find(kKinds, kind, &KindRow::name);
  if (row == std::end(kKinds) || name.empty() || drive.empty()) {
    return invalid("not a valid log name");
  }
  TRY(const auto parsed, parse_log_time(time));
  return LogName{std::string(name), std::string(drive), parsed, row->kind};
}

}  // namespace quaymaster::drive
