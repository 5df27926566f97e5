#pragma once

#include <span>

#include "cli/common/command.h"

namespace quaymaster::cli {

std::span<const Command> az_commands();   // az
std::span<const Command> env_commands();  // env

}  // namespace quaymaster::cli
