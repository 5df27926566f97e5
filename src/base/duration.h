#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace quaymaster {

/// ISO 8601 as .NET writes it: "P1DT2H", "PT41M11.7085842S", "PT0S"; zero parts and trailing zeros of the fraction are
/// left out; "-" in front of a negative one.
std::string format_duration(Ticks duration);
/// Days, hours, minutes and seconds of ISO 8601, the seconds with up to seven digits of fraction, "-" in front.
/// Errc::invalid: anything else, also years, months and weeks, which are no fixed time or not written by anybody here.
Result<Ticks> parse_duration(std::string_view text);

}  // namespace quaymaster
