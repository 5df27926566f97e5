#pragma once

#include <vector>

#include "cli/common/command.h"

namespace quaymaster::cli {

/// Those of the command and those of its offline twin; what one of the two can do without need not be given.
std::vector<Option> options_of(const Command& command);
/// With `--data` the offline twin, unless a server runs there: then, as everywhere, `--data` says which server to ask.
/// Errc::invalid: the one that runs lacks an option, or was given one that only the other takes.
Result<int> run(const Command& command, const Arguments& arguments, Terminal& terminal);

/// Every command there is.
std::vector<Command> all_commands();

}  // namespace quaymaster::cli
