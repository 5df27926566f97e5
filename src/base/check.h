#pragma once

#include <source_location>

namespace quaymaster {

/// Aborts the process, with a line on stderr, when `condition` is false: for bugs, not for expected failures. Always
/// on. Restarting is a tested path, so stopping is safer than continuing with a broken invariant.
void check(bool condition, std::source_location where = std::source_location::current());

}  // namespace quaymaster
