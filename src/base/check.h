#pragma once

#include <source_location>

namespace quaymaster {

/// Stops the process, with a line on stderr, when `condition` is false: a bug, not an event. Always on. Coming back
/// from a stop is a tested path, so stopping is safer than going on with a broken invariant.
void check(bool condition, std::source_location where = std::source_location::current());

}  // namespace quaymaster
