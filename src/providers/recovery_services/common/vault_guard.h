#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arm/context.h"
#include "base/clock.h"
#include "base/result.h"
#include "providers/recovery_services/common/vault_models.h"
#include "providers/recovery_services/common/vault_record.h"

// Multi-user authorization (backup.md 15.3). What lessens the protection that a guarded vault gives needs two people:
// one who may do it at the vault, and one who may use the guard. A call sends the id of the guard's own request, and
// its caller needs the permission for that request at the guard's id. Guards themselves are no resources of this
// server, so nothing is looked up there: the roles that hold at that id decide.
namespace quaymaster::recovery_services {

/// A guarded operation and the collection of its requests below the guard.
struct GuardedOperation {
  std::string_view operation;  // behind "Microsoft.RecoveryServices/vaults"
  std::string_view requests;
};

namespace guarded {

#define QM_ITEMS "/backupFabrics/protectionContainers/protectedItems"
inline constexpr GuardedOperation kDeleteItem{QM_ITEMS "/delete", "deleteProtectedItemRequests"};
inline constexpr GuardedOperation kUpdateItem{QM_ITEMS "/write", "updateProtectedItemRequests"};
inline constexpr GuardedOperation kUpdatePolicy{"/backupPolicies/write", "updateProtectionPolicyRequests"};
inline constexpr GuardedOperation kRemoveGuard{"/backupResourceGuardProxies/delete",
                                               "deleteResourceGuardProxyRequests"};
inline constexpr GuardedOperation kSecurityPin{"/backupSecurityPIN/action", "getBackupSecurityPINRequests"};
inline constexpr GuardedOperation kWeakenSoftDelete{"/backupconfig/write", "disableSoftDeleteRequests"};
inline constexpr GuardedOperation kStopItem{QM_ITEMS "/write#stopProtectionWithRetainData",
                                            "stopProtectionWithRetainDataRequests"};
inline constexpr GuardedOperation kReduceImmutability{"/write#reduceImmutabilityState",
                                                      "reduceImmutabilityStateRequests"};
inline constexpr GuardedOperation kRestore{QM_ITEMS "/recoveryPoints/restore/action", "triggerRestoreRequests"};
#undef QM_ITEMS

/// As the proxy lists them. Source: recorded, 2024. Of a real guard its own settings say which; here every one is.
inline constexpr const GuardedOperation* kAll[] = {
    &kDeleteItem,       &kUpdateItem, &kUpdatePolicy,       &kRemoveGuard, &kSecurityPin,
    &kWeakenSoftDelete, &kStopItem,   &kReduceImmutability, &kRestore,
};

}  // namespace guarded

/// "<guard>/deleteProtectedItemRequests/default".
std::string guard_request(const Guard& guard, const GuardedOperation& operation);
/// "Microsoft.DataProtection/resourceGuards/deleteProtectedItemRequests/action": what its caller needs at the guard.
std::string guard_permission(const GuardedOperation& operation);

/// For calls that carry resourceGuardOperationRequests. Without a guard everything may. Errc::forbidden, published: the
/// request was not sent, or the caller may not use it.
Result<> require_guard_request(const arm::Context& context, const VaultRecord& vault, const GuardedOperation& operation,
                               const std::vector<std::string>& sent);
/// For calls that have no body: the permission alone. Errc::forbidden, published.
Result<> require_guard_permission(const arm::Context& context, const VaultRecord& vault,
                                  const GuardedOperation& operation);
/// For DELETE, which carries no body: was `resource` (any case) unlocked, and is it still? Errc::forbidden, published.
Result<> require_unlocked(const VaultRecord& vault, const GuardedOperation& operation, std::string_view resource,
                          Time now);

/// Would deleted items be kept for less long, or less surely? Absent members change nothing.
bool weakens_soft_delete(const VaultSettings& settings, const WireSoftDelete& wanted);
/// A change of the vault resource itself: weakening soft delete or making it less immutable is guarded.
Result<> check_guard(const arm::Context& context, const VaultRecord& vault, const Vault& request);

}  // namespace quaymaster::recovery_services
