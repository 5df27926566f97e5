#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/common/command.h"
#include "cli/vault/vault_api.h"

namespace quaymaster::cli {

/// The request for the arguments of `point restore`. Errc::invalid, saying what is missing or conflicts.
Result<std::string> restore_body(const Connection& connection, const Arguments& arguments, const ItemView& item);

/// The job that an operation names. Errc::corrupt: none.
Result<std::string> job_of(const OperationView& operation);

/// Polls a job with `get` until it has ended, with a `wait` between two polls. 0: Completed, 3: anything else.
Result<int> follow_restore(const std::function<Result<std::string>()>& get, const std::function<void()>& wait,
                           Terminal& terminal, bool json);

}  // namespace quaymaster::cli
