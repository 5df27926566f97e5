#pragma once

#include <type_traits>
#include <utility>

#include "base/result.h"

namespace quaymaster {

/// Logs the exception that is being handled and converts it to an error; call it from a catch clause. std::bad_alloc is
/// Errc::busy, since memory may become available again; any other exception is a bug in the work and becomes Errc::io
/// with its what().
Error escaped_error();

/// Runs `work`, which returns a Result, and converts an escaping exception to that Result's error: the work has failed,
/// its thread continues. For the outermost frame of work on a thread. Kinds as escaped_error.
template <class Work>
std::invoke_result_t<Work&> caught(Work&& work) {
  try {
    return work();
  } catch (...) {
    return escaped_error();
  }
}

/// The same for work that nothing waits for: an escaping exception is only logged.
template <class Work>
void contained(Work&& work) noexcept {
  try {
    work();
  } catch (...) {
    try {
      static_cast<void>(escaped_error());
    } catch (...) {  // out of memory even for the log line
      return;
    }
  }
}

}  // namespace quaymaster
