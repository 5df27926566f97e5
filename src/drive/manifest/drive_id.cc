#include "drive/manifest/drive_id.h"

#include <algorithm>

#include "base/encode.h"
#include "drive/format/manifest.h"
#include "drive/manifest/manifest_reader.h"

namespace quaymaster::drive {
namespace {

constexpr std::uint64_t kLargestIdFile = 4096;
constexpr std::size_t kLongestId = 64;        // without blanks
constexpr std::size_t kLongestSpelled = 256;  // with them

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  if (from == text.npos) {
    return {};
  }
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

Result<std::string> from_manifest(DriveReader& drive) {
  TRY(const auto file, drive.open(kDefaultManifest));
  std::uint64_t offset = 0;
  ManifestReader reader([&](MutableBytes into) -> Result<std::size_t> {
    TRY(const auto size, file->read_at(into, offset));
    offset += size;
    return size;
  });
  const auto header = reader.header();
  if (!header) {
    return corrupt("the manifest names no drive: {}", header.error().cause());
  }
  return header.value()->drive_id;
}

}  // namespace

std::string drive_key(std::string_view id) {
  auto key = to_lower(id);
  std::erase_if(key, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  return key;
}

bool same_drive_id(std::string_view a, std::string_view b) {
  return drive_key(a) == drive_key(b);
}

bool is_drive_id(std::string_view text) {
  const auto key = drive_key(text);
  return !key.empty() && key.size() <= kLongestId && text.size() <= kLongestSpelled &&
         std::ranges::all_of(key, is_id_character);
}

Result<std::string> read_drive_id(DriveReader& drive) {
  const auto bytes = read_drive_file(drive, kDriveIdFile, kLargestIdFile);
  if (!bytes) {
    if (bytes.error().kind() != Errc::not_found) {
      return bytes.error();
    }
    return from_manifest(drive);
  }
  const auto id = trimmed(as_text(bytes.value()));
  if (!is_drive_id(id)) {
    return corrupt("\\DriveId of the drive does not contain a valid drive id");
  }
  return std::string(id);
}

Result<> write_drive_id(Disk& disk, const Path& drive_directory, std::string_view id) {
  if (!is_drive_id(id)) {
    return invalid("\"{}\" is not a drive id: {}", id, kDriveIdRule);
  }
  const auto path = drive_directory / "DriveId";
  const auto before = read_file(disk, path, kLargestIdFile);
  if (before) {
    const auto old = trimmed(as_text(before.value()));
    if (same_drive_id(old, id)) {
      return ok();
    }
    return conflict("the drive is already {}", old);
  }
  if (before.error().kind() != Errc::not_found) {
    return before.error();
  }
  return replace_file(disk, path, as_bytes(std::string(trimmed(id)) + "\n"));
}

}  // namespace quaymaster::drive
