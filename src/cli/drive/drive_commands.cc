#include "cli/drive/drive_commands.h"

#include "cli/drive/commands.h"

namespace quaymaster::cli {
namespace {

constexpr Command kCommands[] = {
    {"drive prepare", "Copy a directory onto a drive, with the manifest that an import follows", &prepare_options,
     &prepare},
    {"drive verify", "Read a prepared drive and compare everything with its manifest", &verify_options, &verify},
};

}  // namespace

std::span<const Command> drive_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
