#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/success_failure.hpp>
#include <boost/outcome/try.hpp>

#include "base/error.h"

namespace quaymaster {

/// A value or an Error. Reading the side that is not there is a bug and stops the program.
template <class T = void>
using Result = boost::outcome_v2::basic_result<T, Error, boost::outcome_v2::policy::terminate>;

inline auto ok() { return boost::outcome_v2::success(); }

}  // namespace quaymaster

// `TRY(const auto size, file.size());` and `TRY(file.sync());` return the error to the caller; CO_TRY does so from a
// coroutine.
#define TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)
#define CO_TRY(...) BOOST_OUTCOME_CO_TRY(__VA_ARGS__)
