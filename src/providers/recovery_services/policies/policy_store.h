#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/guid.h"
#include "base/result.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "store/database.h"

// What only the policies' own area does with stored policies; defined in policy_record.cc.
namespace quaymaster::recovery_services {

/// Inserts, or replaces what may change: management, properties and `changed`. The name keeps its first case.
Result<> put_policy(store::Writer& writer, const PolicyRecord& policy);
/// Answers whether there was one.
Result<bool> delete_policy(store::Writer& writer, const Guid& vault, std::string_view name);
/// By lower-case name, those behind `after`.
Result<std::vector<PolicyRecord>> list_policies(store::Reader& reader, const Guid& vault, std::string_view after,
                                                std::size_t limit);

}  // namespace quaymaster::recovery_services
