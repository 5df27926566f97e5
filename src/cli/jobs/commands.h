#pragma once

#include <span>

#include "cli/common/command.h"

namespace quaymaster::cli {

std::span<const Command> job_commands();  // job list|show|watch|cancel

}  // namespace quaymaster::cli
