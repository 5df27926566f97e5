#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace quaymaster::drive {

/// The text without surrounding XML white space.
std::string_view trimmed(std::string_view text);

/// A decimal number of at most 2^63-1, so that two of them can be added; surrounding white space is ignored.
/// Errc::invalid.
Result<std::uint64_t> parse_number(std::string_view text);

}  // namespace quaymaster::drive
