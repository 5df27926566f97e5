#pragma once

#include <span>

#include "cli/common/command.h"

namespace quaymaster::cli {

std::span<const Command> server_commands();       // serve, health, version
std::span<const Command> standin_commands();      // clock, fault, log
std::span<const Command> certificate_commands();  // principal add-certificate
std::span<const Command> principal_commands();    // principal create|list|reset-secret|delete
std::span<const Command> audit_commands();        // audit verify|show

}  // namespace quaymaster::cli
