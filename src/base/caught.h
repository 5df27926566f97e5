#pragma once

#include <exception>
#include <new>
#include <type_traits>

#include "base/result.h"

namespace quaymaster {

/// Runs `work`, which answers a Result, and turns an exception that escapes it into that Result's error: the work has
/// failed, its thread lives on. For the outermost frame of work on a thread. std::bad_alloc becomes Errc::busy, since
/// memory comes back; every other exception is a bug in the work and becomes Errc::io with what it says.
template <class Work>
std::invoke_result_t<Work&> caught(Work&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return busy("out of memory; try again later");
  } catch (const std::exception& exception) {
    return io("uncaught exception: {}", exception.what());
  } catch (...) {
    return io("uncaught exception of an unknown type");
  }
}

}  // namespace quaymaster
