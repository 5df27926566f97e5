#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "providers/recovery_services/vault_models.h"
#include "providers/recovery_services/vault_record.h"

// Multi-user authorization (backup.md 15.3): who sends the guard's own request id in the call may.
namespace quaymaster::recovery_services {

/// A guarded operation and the collection of its requests below the guard.
struct GuardedOperation {
  std::string_view operation;  // behind "Microsoft.RecoveryServices/vaults"
  std::string_view requests;
};
inline constexpr GuardedOperation kGuardedOperations[] = {
    {"/backupFabrics/protectionContainers/protectedItems/delete", "deleteProtectedItemRequests"},
    {"/backupFabrics/protectionContainers/protectedItems/write", "updateProtectedItemRequests"},
    {"/backupPolicies/write", "updateProtectionPolicyRequests"},
    {"/backupResourceGuardProxies/delete", "deleteResourceGuardProxyRequests"},
    {"/backupSecurityPIN/action", "getBackupSecurityPINRequests"},
    {"/backupconfig/write", "disableSoftDeleteRequests"},
};

/// "<guard>/deleteProtectedItemRequests/default".
std::string guard_request(const Guard& guard, std::string_view requests);

/// For calls that carry resourceGuardOperationRequests. Without a guard everything may. Errc::forbidden, published.
Result<> require_guard_request(const VaultRecord& vault, std::string_view requests,
                               const std::vector<std::string>& sent);
/// For DELETE, which carries no body: was `resource` (any case) unlocked, and is it still? Errc::forbidden, published.
Result<> require_unlocked(const VaultRecord& vault, std::string_view requests, std::string_view resource, Time now);

/// A change of the vault resource itself: switching soft delete off or making it less immutable is guarded.
Result<> check_guard(const VaultRecord& vault, const Vault& request);

}  // namespace quaymaster::recovery_services
