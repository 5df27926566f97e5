#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace quaymaster::recovery_services {

/// What a $filter of recovery points asks for (backup.md 12).
struct PointFilter {
  std::optional<Time> from;  // both inclusive
  std::optional<Time> to;
  bool none = false;  // asks for kinds of points that are never made here (logs, differentials, ready to be moved)
};

/// Errc::invalid, published: not of that grammar, an unknown field or value, a time that is none, one end without the
/// other.
Result<PointFilter> parse_point_filter(std::string_view text);

}  // namespace quaymaster::recovery_services
