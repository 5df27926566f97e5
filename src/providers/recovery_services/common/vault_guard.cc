#include "providers/recovery_services/common/vault_guard.h"

#include <algorithm>

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"

namespace quaymaster::recovery_services {
namespace {

Error locked(const VaultRecord& vault, const GuardedOperation& operation) {
  const auto& guard = *vault.settings.guard;
  return refuse(Errc::forbidden, errors::kGuardedOperation, vault.name, guard.resource_id,
                guard_request(guard, operation));
}

/// False if `wanted` is absent or at least the present value.
template <class T>
bool is_less(const std::optional<T>& wanted, const T& present) {
  return wanted && *wanted < present;
}

}  // namespace

std::string guard_request(const Guard& guard, const GuardedOperation& operation) {
  return fmt::format("{}/{}/default", guard.resource_id, operation.requests);
}

std::string guard_permission(const GuardedOperation& operation) {
  return fmt::format("Microsoft.DataProtection/resourceGuards/{}/action", operation.requests);
}

Result<> require_guard_request(const arm::Context& context, const VaultRecord& vault, const GuardedOperation& operation,
                               const std::vector<std::string>& sent) {
  if (!vault.settings.guard) {
    return ok();
  }
  const auto wanted = guard_request(*vault.settings.guard, operation);
  const bool has_it =
      std::ranges::any_of(sent, [&](const std::string& one) { return equal_ignoring_case(one, wanted); });
  return has_it ? require_guard_permission(context, vault, operation) : locked(vault, operation);
}

Result<> require_guard_permission(const arm::Context& context, const VaultRecord& vault,
                                  const GuardedOperation& operation) {
  if (!vault.settings.guard) {
    return ok();
  }
  const auto& guard = vault.settings.guard->resource_id;
  const auto permission = guard_permission(operation);
  TRY(const bool allowed, context.issuer.allowed(context.principal, permission, guard));
  return allowed ? Result<>(ok())
                 : refuse(Errc::forbidden, errors::kGuardForbidden, vault.name, guard, context.principal.client_id,
                          permission);
}

Result<> require_unlocked(const VaultRecord& vault, const GuardedOperation& operation, std::string_view resource,
                          Time now) {
  if (!vault.settings.guard) {
    return ok();
  }
  const bool is_open = std::ranges::any_of(vault.settings.guard->unlocks, [&](const Unlock& unlock) {
    return equal_ignoring_case(unlock.resource, resource) && now < unlock.until;
  });
  return is_open ? Result<>(ok()) : locked(vault, operation);
}

bool weakens_soft_delete(const VaultSettings& settings, const WireSoftDelete& wanted) {
  // Without soft delete nothing is kept, whatever the number of days.
  const bool is_on = settings.soft_delete != SoftDelete::disabled;
  return is_less(wanted.state, settings.soft_delete) || (is_on && is_less(wanted.days, settings.soft_delete_days)) ||
         is_less(wanted.enhanced, settings.enhanced_security);
}

Result<> check_guard(const arm::Context& context, const VaultRecord& vault, const Vault& request) {
  if (!request.properties || !request.properties->security) {
    return ok();
  }
  const auto sent = request.properties->guard_requests.value_or(std::vector<std::string>{});
  const auto& security = *request.properties->security;
  if (security.soft_delete && weakens_soft_delete(vault.settings, *security.soft_delete)) {
    TRY(require_guard_request(context, vault, guarded::kWeakenSoftDelete, sent));
  }
  const auto present = vault.settings.immutability.value_or(Immutability::disabled);
  if (security.immutability && is_less(security.immutability->state, present)) {
    TRY(require_guard_request(context, vault, guarded::kReduceImmutability, sent));
  }
  return ok();
}

}  // namespace quaymaster::recovery_services
