#pragma once

#include <type_traits>
#include <utility>

#include "base/result.h"

namespace quaymaster {

/// The error of the exception that is being handled, which is logged: call it from a catch clause. std::bad_alloc is
/// Errc::busy, since memory comes back; every other exception is a bug in the work and is Errc::io with what it says.
Error escaped_error();

/// Runs `work`, which answers a Result, and turns an exception that escapes it into that Result's error: the work has
/// failed, its thread lives on. For the outermost frame of work on a thread. Kinds as escaped_error.
template <class Work>
std::invoke_result_t<Work&> caught(Work&& work) {
  try {
    return work();
  } catch (...) {
    return escaped_error();
  }
}

/// The same for work that nobody waits for: what escapes is logged and that is all.
template <class Work>
void contained(Work&& work) noexcept {
  try {
    work();
  } catch (...) {
    try {
      static_cast<void>(escaped_error());
    } catch (...) {  // there is not even the memory to say so
      return;
    }
  }
}

}  // namespace quaymaster
