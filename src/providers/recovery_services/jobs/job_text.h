#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

/// How jobs and points write times and sizes (durations: base/duration.h), and what filters may write (backup.md
/// 3, 14.2).
namespace quaymaster::recovery_services {

/// In property bags: "6/25/2021 12:00:00 AM".
std::string bag_time(Time time);
/// The key under which a file share's restore tells its point, once it has ended.
inline constexpr std::string_view kRestoredPointKey = "RestoreRecoveryPointTime";
/// In property bags: "11390 MB", rounded to the nearest.
std::string bag_megabytes(std::uint64_t bytes);

/// A time as clients write it in a filter, in UTC: "2024-05-01 12:00:00 AM" with hours 00 to 23, 12 AM being 0 and 12
/// PM 12; without AM or PM on a clock of 24 hours; or ISO 8601. Errc::invalid with a cause fit for a client.
Result<Time> parse_filter_time(std::string_view text);

}  // namespace quaymaster::recovery_services
