#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

/// How jobs and points format times and sizes (durations: base/duration.h), and the times that filters accept
/// (backup.md 3, 14.2).
namespace quaymaster::recovery_services {

/// In property bags: "6/25/2021 12:00:00 AM".
std::string bag_time(Time time);
/// The key under which a file share's restore reports its point, once it has ended.
inline constexpr std::string_view kRestoredPointKey = "RestoreRecoveryPointTime";
/// In property bags: "11390 MB", rounded to the nearest megabyte.
std::string bag_megabytes(std::uint64_t bytes);

/// A time in a filter, in UTC: "2024-05-01 12:00:00 AM" with hours 00 to 23, where 12 AM is 0 and 12 PM is 12; a
/// 24-hour time without AM or PM; or ISO 8601. Errc::invalid with a cause fit for a client.
Result<Time> parse_filter_time(std::string_view text);

}  // namespace quaymaster::recovery_services
