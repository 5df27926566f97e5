#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace quaymaster::drive {

/// Paths of a source are bytes; in the journal they are text: everything that is no printable ASCII, and "%", escaped.
std::string encode_source_path(std::string_view path);
Result<std::string> decode_source_path(std::string_view text);

std::string with_backslashes(std::string_view path);

}  // namespace quaymaster::drive
