#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace quaymaster {

/// ISO 8601 as .NET writes it: "P1DT2H", "PT41M11.7085842S", "PT0S"; zero parts and trailing zeros of the fraction are
/// omitted; negative durations begin with "-".
std::string format_duration(Ticks duration);
/// Days, hours, minutes and seconds of ISO 8601, with up to seven fraction digits and an optional leading "-".
/// Errc::invalid: anything else, including years and months, which have no fixed length, and weeks, which no client
/// sends.
Result<Ticks> parse_duration(std::string_view text);

}  // namespace quaymaster
