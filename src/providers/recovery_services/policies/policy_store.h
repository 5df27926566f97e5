#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "store/database.h"

// Access to stored policies that only the policies' area uses; defined in policy_record.cc.
namespace quaymaster::recovery_services {

/// Inserts a policy, or replaces management, properties and `changed`. The name keeps its original case.
Result<> put_policy(store::Writer& writer, const PolicyRecord& policy);
/// Returns whether there was one.
Result<bool> delete_policy(store::Writer& writer, const Guid& vault, std::string_view name);
/// Those after `after`, in order of the lower-case name.
Result<std::vector<PolicyRecord>> list_policies(store::Reader& reader, const Guid& vault, std::string_view after,
                                                std::size_t limit);

}  // namespace quaymaster::recovery_services
