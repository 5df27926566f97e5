#pragma once

#include <span>

#include "cli/common/command.h"

namespace quaymaster::cli {

std::span<const Command> point_commands();      // point list|show|ls|cat|restore
std::span<const Command> vault_commands();      // vault check|collect|stats
std::span<const Command> vault_key_commands();  // vault key show|rotate|rewrap
/// vault and point on a data directory. A row with the same words as one in another table is combined with it into one
/// command: their positional arguments must have the same names in the same order.
std::span<const Command> offline_commands();

}  // namespace quaymaster::cli
