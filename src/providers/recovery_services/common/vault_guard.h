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

// Multi-user authorization (backup.md 15.3). Anything that weakens the protection of a guarded vault needs two
// people: one with permission on the vault, and one with permission on the guard. The request carries the id of a
// request resource below the guard, and the caller needs the permission for it at the guard's id. Guards are not
// resources of this server, so nothing is looked up: only the roles that apply at that id decide.
namespace quaymaster::recovery_services {

/// A guarded operation and the collection of its requests below the guard.
struct GuardedOperation {
  std::string_view operation;  // after "Microsoft.RecoveryServices/vaults"
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

/// As the proxy lists them. Source: recorded, 2024. A real guard's settings select the guarded operations; here all
/// are.
inline constexpr const GuardedOperation* kAll[] = {
    &kDeleteItem,       &kUpdateItem, &kUpdatePolicy,       &kRemoveGuard, &kSecurityPin,
    &kWeakenSoftDelete, &kStopItem,   &kReduceImmutability, &kRestore,
};

}  // namespace guarded

/// "<guard>/deleteProtectedItemRequests/default".
std::string guard_request(const Guard& guard, const GuardedOperation& operation);
/// "Microsoft.DataProtection/resourceGuards/deleteProtectedItemRequests/action": the permission the caller needs at
/// the guard.
std::string guard_permission(const GuardedOperation& operation);

/// For requests that carry resourceGuardOperationRequests. Without a guard everything is allowed. Errc::forbidden,
/// published: the guard request was not sent, or the caller may not use it.
Result<> require_guard_request(const arm::Context& context, const VaultRecord& vault, const GuardedOperation& operation,
                               const std::vector<std::string>& sent);
/// For requests without a body: checks the permission alone. Errc::forbidden, published.
Result<> require_guard_permission(const arm::Context& context, const VaultRecord& vault,
                                  const GuardedOperation& operation);
/// For DELETE, which has no body: checks that `resource` (any case) was unlocked and still is. Errc::forbidden,
/// published.
Result<> require_unlocked(const VaultRecord& vault, const GuardedOperation& operation, std::string_view resource,
                          Time now);

/// Would deleted items be kept for a shorter time, or less reliably? Absent members change nothing.
bool weakens_soft_delete(const VaultSettings& settings, const WireSoftDelete& wanted);
/// For changes of the vault resource itself: weakening soft delete or immutability is guarded.
Result<> check_guard(const arm::Context& context, const VaultRecord& vault, const Vault& request);

}  // namespace quaymaster::recovery_services
