#pragma once

#include <string>
#include <string_view>

#include "base/files/disk.h"
#include "base/result.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

// By which id a drive is known. A real disk has a serial number; a directory, an image or a borrowed disk has the one
// that `prepare` wrote on it: the file \DriveId, one line. Format: doc/formats/drive-id.md.

constexpr std::string_view kDriveIdFile = "\\DriveId";
constexpr std::string_view kDefaultManifest = "\\DriveManifest.xml";

/// What two names of one drive have in common: no blanks, lower case. Serial numbers are padded and printed in groups.
std::string drive_key(std::string_view id);
bool same_drive_id(std::string_view a, std::string_view b);
/// 1 to 64 letters, digits, "-", "_" and ".", what every face, log name and file name can carry, and blanks between or
/// around them, which do not count. The one rule for requests, manifests, the file \DriveId and command lines.
bool is_drive_id(std::string_view text);
constexpr std::string_view kDriveIdRule = "1 to 64 letters, digits, '-', '_' and '.'; blanks between them do not count";

/// The id of the drive: what \DriveId says, otherwise what the manifest \DriveManifest.xml says (drives of other tools
/// have no \DriveId). Errc::not_found: neither is there. Errc::corrupt: what is there is no id. Errc::io, forbidden.
Result<std::string> read_drive_id(DriveReader& drive);

/// Writes \DriveId; durable on return. Errc::invalid: no id. Errc::conflict: the drive has another one already.
Result<> write_drive_id(Disk& disk, const Path& drive_directory, std::string_view id);

}  // namespace quaymaster::drive
