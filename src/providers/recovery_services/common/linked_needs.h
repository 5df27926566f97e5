#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "arm/linked_access.h"
#include "providers/recovery_services/common/source_kind.h"

// Permissions that backups and restores need on resources other than the vault: a role on a vault alone gives no
// access to machines, accounts or groups. The actions are those that Azure's documentation of the backup roles
// requires.
namespace quaymaster::recovery_services {

/// A caller who may list an account's keys may read and write everything in it.
inline constexpr std::string_view kListKeys = "Microsoft.Storage/storageAccounts/listKeys/action";
inline constexpr std::string_view kReadMachine = "Microsoft.Compute/virtualMachines/read";
inline constexpr std::string_view kWriteMachine = "Microsoft.Compute/virtualMachines/write";
inline constexpr std::string_view kWriteDisk = "Microsoft.Compute/disks/write";
/// Required on the machine: permission to read it is not enough to let a vault read its disks.
inline constexpr std::string_view kProtect =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write";

/// Permissions required to start protecting a source.
inline std::vector<arm::Need> needs_to_protect(SourceKind kind, std::string_view source) {
  const std::string scope(source);
  return kind == SourceKind::machine
             ? std::vector<arm::Need>{{std::string(kReadMachine), scope}, {std::string(kProtect), scope}}
             : std::vector<arm::Need>{{std::string(kListKeys), scope}};
}

}  // namespace quaymaster::recovery_services
