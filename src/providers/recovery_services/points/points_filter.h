#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace quaymaster::recovery_services {

/// What a $filter of recovery points selects (backup.md 12).
struct PointFilter {
  std::optional<Time> from;  // both inclusive
  std::optional<Time> to;
  bool none = false;  // asks for kinds of points that are never made here (logs, differentials, ready to be moved)
};

/// Errc::invalid, published: not of that grammar, an unknown field or value, an invalid time, or only one end of the
/// range.
Result<PointFilter> parse_point_filter(std::string_view text);

}  // namespace quaymaster::recovery_services
