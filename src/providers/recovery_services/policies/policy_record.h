#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/common/source_kind.h"
#include "providers/recovery_services/common/vault_record.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

/// A backup policy as it is stored.
struct PolicyRecord {
  Guid vault;
  std::string name;        // in the case it was created with
  std::string management;  // "AzureIaasVM", "AzureStorage", "AzureWorkload" (stored, but governs nothing here)
  std::string properties;  // JSON of `properties`, validated and completed
  Time created;
  Time changed;
};

/// Tables of the policies' area, for open_sqlite.
store::Schema policies_schema();

/// Any case. Errc::not_found, published as BMSUserErrorPolicyNotFound.
Result<PolicyRecord> find_policy(store::Reader& reader, const Guid& vault, std::string_view name);
/// Extracts the name of a policy of this vault from its resource id, in any case. Errc::invalid: the id names
/// something else, or a policy of another vault.
Result<std::string> policy_in_id(const VaultRecord& vault, std::string_view id);
/// Whether the policy may be used for items of that kind. The error is published as
/// BMSUserErrorInvalidPolicyForGivenProvider.
Result<> check_policy_fits(const PolicyRecord& policy, SourceKind kind);

/// How long an on-demand point lives if the request does not say, and at most (backup.md 11).
constexpr std::chrono::hours kOnDemandLife{24 * 30};

/// Creates the policies that every new vault has (backup.md 10.2).
Result<> create_default_policies(store::Writer& writer, const VaultRecord& vault, Time now);
Result<> remove_policies(store::Writer& writer, const VaultRecord& vault);

}  // namespace quaymaster::recovery_services
