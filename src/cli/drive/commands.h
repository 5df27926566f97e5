#pragma once

#include <span>

#include "cli/common/command.h"

namespace quaymaster::cli {

std::span<const Command> drive_commands();  // drive prepare|verify
std::span<const Command> dock_commands();   // drive dock, dock list

}  // namespace quaymaster::cli
