#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arm/linked_access.h"
#include "providers/recovery_services/common/source_kind.h"

// What backups and restores need at resources that are not the vault's: a role at a vault opens nobody's machines,
// accounts or groups. The actions are those that Azure's documentation of backup roles asks for.
namespace quaymaster::recovery_services {

/// Whoever may list an account's keys may read and write everything in it.
inline constexpr std::string_view kListKeys = "Microsoft.Storage/storageAccounts/listKeys/action";
inline constexpr std::string_view kReadMachine = "Microsoft.Compute/virtualMachines/read";
inline constexpr std::string_view kWriteMachine = "Microsoft.Compute/virtualMachines/write";
inline constexpr std::string_view kWriteDisk = "Microsoft.Compute/disks/write";
/// Asked for at the machine: reading it is not enough to have its disks read by a vault.
inline constexpr std::string_view kProtect =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write";

/// What it takes to have a source backed up from now on.
inline std::vector<arm::Need> needs_to_protect(SourceKind kind, std::string_view source) {
  const std::string scope(source);
  return kind == SourceKind::machine
             ? std::vector<arm::Need>{{std::string(kReadMachine), scope}, {std::string(kProtect), scope}}
             : std::vector<arm::Need>{{std::string(kListKeys), scope}};
}

}  // namespace quaymaster::recovery_services
