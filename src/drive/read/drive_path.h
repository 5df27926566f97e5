#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quaymaster::drive {

/// The names along a manifest path, none of them empty, "." or "..". Errc::invalid, Errc::too_large as
/// DriveReader::open says.
Result<std::vector<std::string>> split_drive_path(std::string_view path);

/// The form under which names that differ only in case are equal: upper case by Unicode's simple mapping, as NTFS
/// compares. `name` is UTF-8; bytes that are not stay as they are.
std::string fold_case(std::string_view name);

/// UTF-16 units of UTF-8 text: the measure of NTFS names.
std::size_t utf16_length(std::string_view text);

/// A name for one path component that NTFS can hold: < > : " | ? * \ / and control characters become "_", a trailing
/// dot or blank becomes "_", reserved device names get a "_" behind the stem. At most 255 UTF-16 units and 255 bytes:
/// longer ones are cut before the extension. Source: import-export reference, 11.4.
std::string ntfs_name(std::string_view name);

}  // namespace quaymaster::drive
