#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace quaymaster::drive {

/// Source paths are bytes; the journal stores them as text, with everything but printable ASCII, and "%", escaped.
std::string encode_source_path(std::string_view path);
Result<std::string> decode_source_path(std::string_view text);

std::string with_backslashes(std::string_view path);

}  // namespace quaymaster::drive
