#include "cli/vault/commands.h"
#include "cli/vault/point_offline.h"
#include "cli/vault/vault_offline.h"

namespace quaymaster::cli {
namespace {

constexpr Command kCommands[] = {
    {"vault check", "Read every byte of a vault; exit status 3: damage was found", &vault_check_offline_options,
     &vault_check_offline},
    {"vault stats", "Count recovery points, packs and bytes", &vault_stats_offline_options, &vault_stats_offline},
    {"point list", "List recovery points", &point_list_offline_options, &point_list_offline},
    {"point show", "Show one recovery point", &point_show_offline_options, &point_show_offline},
    {"point ls", "List the contents of a recovery point", &point_ls_offline_options, &point_ls_offline},
    {"point cat", "Write a file or disk of a recovery point to standard output", &point_cat_offline_options,
     &point_cat_offline},
    {"point restore", "Restore from a recovery point; exit status 3: not everything was restored",
     &point_restore_offline_options, &point_restore_offline},
};

}  // namespace

std::span<const Command> offline_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
