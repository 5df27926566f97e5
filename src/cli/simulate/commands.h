#pragma once

#include <span>

#include "cli/common/command.h"

namespace quaymaster::cli {

std::span<const Command> simulate_commands();  // simulate disk|share

}  // namespace quaymaster::cli
