#include "providers/recovery_services/vault_guard.h"

#include <algorithm>

#include "base/encode.h"
#include "providers/recovery_services/errors.h"

namespace quaymaster::recovery_services {
namespace {

Error guarded(const VaultRecord& vault, std::string_view requests) {
  const auto& guard = *vault.settings.guard;
  return refuse(Errc::forbidden, errors::kGuardedOperation, vault.name, guard.resource_id,
                guard_request(guard, requests));
}

}  // namespace

std::string guard_request(const Guard& guard, std::string_view requests) {
  return fmt::format("{}/{}/default", guard.resource_id, requests);
}

Result<> require_guard_request(const VaultRecord& vault, std::string_view requests,
                               const std::vector<std::string>& sent) {
  if (!vault.settings.guard) {
    return ok();
  }
  const auto wanted = guard_request(*vault.settings.guard, requests);
  const bool has_it =
      std::ranges::any_of(sent, [&](const std::string& one) { return equal_ignoring_case(one, wanted); });
  return has_it ? Result<>(ok()) : guarded(vault, requests);
}

Result<> require_unlocked(const VaultRecord& vault, std::string_view requests, std::string_view resource, Time now) {
  if (!vault.settings.guard) {
    return ok();
  }
  const bool is_open = std::ranges::any_of(vault.settings.guard->unlocks, [&](const Unlock& unlock) {
    return equal_ignoring_case(unlock.resource, resource) && now < unlock.until;
  });
  return is_open ? Result<>(ok()) : guarded(vault, requests);
}

Result<> check_guard(const VaultRecord& vault, const Vault& request) {
  if (!request.properties || !request.properties->security) {
    return ok();
  }
  const auto sent = request.properties->guard_requests.value_or(std::vector<std::string>{});
  const auto& security = *request.properties->security;
  const auto& settings = vault.settings;
  if (security.soft_delete && security.soft_delete->state == SoftDelete::disabled &&
      settings.soft_delete != SoftDelete::disabled) {
    TRY(require_guard_request(vault, "disableSoftDeleteRequests", sent));
  }
  if (security.immutability && security.immutability->state &&
      *security.immutability->state < settings.immutability.value_or(Immutability::disabled)) {
    TRY(require_guard_request(vault, "reduceImmutabilityStateRequests", sent));
  }
  return ok();
}

}  // namespace quaymaster::recovery_services
