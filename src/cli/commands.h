#pragma once

#include <vector>

#include "cli/common/command.h"

namespace quaymaster::cli {

/// The options of the command and of its offline variant; options that only one of the two requires become optional.
std::vector<Option> options_of(const Command& command);
/// With `--data` runs the offline variant, unless a server runs there: then `--data` chooses the server, as for every
/// other command. Errc::invalid: the variant that runs lacks an option, or was given one that only the other accepts.
Result<int> run(const Command& command, const Arguments& arguments, Terminal& terminal);

/// All commands.
std::vector<Command> all_commands();

}  // namespace quaymaster::cli
