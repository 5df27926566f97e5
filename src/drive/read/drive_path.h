#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quaymaster::drive {

/// Splits a manifest path into names, none of them empty, "." or "..". Errc::invalid, Errc::too_large: see
/// DriveReader::open.
Result<std::vector<std::string>> split_drive_path(std::string_view path);

/// The form under which names that differ only in case are equal: upper case by Unicode's simple mapping, as NTFS
/// compares. `name` is UTF-8; invalid bytes are kept.
std::string fold_case(std::string_view name);

/// The length of UTF-8 text in UTF-16 units, as NTFS measures names.
std::size_t utf16_length(std::string_view text);

/// Turns a name into a valid NTFS path component: < > : " | ? * \ / and control characters become "_", a trailing dot
/// or blank becomes "_", reserved device names get a "_" after the stem. At most 255 UTF-16 units and 255 bytes: longer
/// ones are cut before the extension. Source: import-export reference, 11.4.
std::string ntfs_name(std::string_view name);

}  // namespace quaymaster::drive
