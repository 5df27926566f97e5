#pragma once

#include <string>
#include <string_view>

#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/common/vault_models.h"
#include "providers/recovery_services/common/vault_record.h"

// The rules of a vault's settings as pure functions; every view of the settings goes through them.
namespace quaymaster::recovery_services {

/// 2 to 50 letters, digits and hyphens, starting with a letter.
bool is_vault_name(std::string_view name);

/// Whether one setting may become another. Errc::invalid, published.
Result<> set_soft_delete(VaultSettings& settings, SoftDelete wanted);
Result<> set_soft_delete_days(VaultSettings& settings, std::int64_t days);  // 14 to 180
Result<> set_redundancy(VaultSettings& settings, std::string_view vault, Redundancy wanted);
Result<> set_cross_region(bool wanted);  // there is no second region, so true is an error

/// Applies a request to the stored settings; absent members stay. Errc::invalid, published; the settings are then
/// partly changed. `always_on_is_enabled`: AlwaysON is treated as Enabled, as the service did for new vaults until
/// 2025.
Result<> apply(const Vault& request, VaultRecord& vault, bool always_on_is_enabled, RandomSource& random);

/// Selects the identity that reads a customer-managed key, from those a request names: naming a user-assigned one
/// removes the vault's own, and vice versa. Absent members change nothing.
void choose_key_identity(Encryption& encryption, const std::optional<bool>& system,
                         const std::optional<std::string>& user);

/// Who reads a vault, and in which form.
struct VaultReader {
  std::string_view tenant;
  std::string_view api_version;  // determines which members exist (versions.h)
  bool whole = true;             // false: an entry of a list, which omits some parts (backup.md 6.1)
};
/// The resource as reported to clients. `state`: "Succeeded", or "Provisioning" while it is being created.
Vault vault_answer(const VaultRecord& vault, std::string id, std::string_view state, const VaultReader& reader);

/// "W/\"datetime'2021-05-26T02%3A13%3A54.322509Z'\"".
std::string etag_of(Time changed);

}  // namespace quaymaster::recovery_services
