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
  std::string management;  // "AzureIaasVM", "AzureStorage", "AzureWorkload" (kept, governs nothing here)
  std::string properties;  // JSON of `properties`, validated and completed
  Time created;
  Time changed;
};

/// Tables of the policies' area, for open_sqlite.
store::Schema policies_schema();

/// Any case. Errc::not_found, published as BMSUserErrorPolicyNotFound.
Result<PolicyRecord> find_policy(store::Reader& reader, const Guid& vault, std::string_view name);
/// The name of a policy of this vault out of its resource id, any case. Errc::invalid: it names something else or a
/// policy of another vault.
Result<std::string> policy_in_id(const VaultRecord& vault, std::string_view id);
/// Whether items of that kind may be governed by it; refused as BMSUserErrorInvalidPolicyForGivenProvider.
Result<> check_policy_fits(const PolicyRecord& policy, SourceKind kind);

/// How long a point lives that was asked for without a word about it, and at most (backup.md 11).
constexpr std::chrono::hours kOnDemandLife{24 * 30};

/// Makes the policies that every new vault has (backup.md 10.2).
Result<> create_default_policies(store::Writer& writer, const VaultRecord& vault, Time now);
Result<> remove_policies(store::Writer& writer, const VaultRecord& vault);

}  // namespace quaymaster::recovery_services
