#pragma once

#include <vector>

#include "base/result.h"
#include "cli/common/command.h"

namespace quaymaster::cli {

// Commands on drives that need no server. Each exits with 0 when all is well, 3 when the drive is not as expected.

/// drive prepare SOURCE DRIVE: drive/prepare/prepare.h.
std::vector<Option> prepare_options();
Result<int> prepare(const Arguments& arguments, Terminal& terminal);

/// drive verify DRIVE: drive/verify/verify.h.
std::vector<Option> verify_options();
Result<int> verify(const Arguments& arguments, Terminal& terminal);

}  // namespace quaymaster::cli
