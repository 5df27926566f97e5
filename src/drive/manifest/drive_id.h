#pragma once

#include <string>
#include <string_view>

#include "base/files/disk.h"
#include "base/result.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

// The id that identifies a drive. A real disk has a serial number; a directory, an image or a borrowed disk has the one
// that `prepare` wrote on it: the file \DriveId, one line. Format: doc/formats/drive-id.md.

constexpr std::string_view kDriveIdFile = "\\DriveId";
constexpr std::string_view kDefaultManifest = "\\DriveManifest.xml";

/// The normalized form of an id: without blanks, lower case. Serial numbers are padded and printed in groups.
std::string drive_key(std::string_view id);
bool same_drive_id(std::string_view a, std::string_view b);
/// 1 to 64 letters, digits, "-", "_" and ".", which every face, log name and file name can represent; blanks between or
/// around them are ignored. The only rule for requests, manifests, the file \DriveId and command lines.
bool is_drive_id(std::string_view text);
constexpr std::string_view kDriveIdRule = "1 to 64 letters, digits, '-', '_' and '.'; blanks are ignored";

/// The id of the drive: from \DriveId, otherwise from the manifest \DriveManifest.xml (drives of other tools have no
/// \DriveId). Errc::not_found: neither exists. Errc::corrupt: an invalid id. Errc::io, forbidden.
Result<std::string> read_drive_id(DriveReader& drive);

/// Writes \DriveId; durable on return. Errc::invalid: an invalid id. Errc::conflict: the drive already has another one.
Result<> write_drive_id(Disk& disk, const Path& drive_directory, std::string_view id);

}  // namespace quaymaster::drive
