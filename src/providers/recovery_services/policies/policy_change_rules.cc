#include <algorithm>

#include "base/encode.h"
#include "providers/recovery_services/policies/policy_offence.h"
#include "providers/recovery_services/policies/policy_rules.h"

namespace quaymaster::recovery_services {
namespace {

using Found = std::optional<Offence>;
using Policy = PolicyProperties;

Found same_management(const Policy& before, const Policy& after) {
  return broken_unless(before.management == after.management, "backupManagementType",
                       std::string(wire::text_of(after.management)));
}
Found same_workload(const Policy& before, const Policy& after) {
  return broken_unless(!before.workload || !after.workload || equal_ignoring_case(*before.workload, *after.workload),
                       "workLoadType", shown(after.workload));
}
Found stays_enhanced(const Policy& before, const Policy& after) {
  return broken_unless(before.type != PolicyType::v2 || after.type == PolicyType::v2, "policyType", shown(after.type));
}
Found stays_in_vault(const Policy& before, const Policy& after) {
  return broken_unless(!before.vault_retention || after.vault_retention, "vaultRetentionPolicy", "absent");
}

constexpr PolicyChangeRule kRules[] = {
    {"same_management", "The type of a policy cannot change; make another policy.", &same_management},
    {"same_workload", "The workload of a policy cannot change; make another policy.", &same_workload},
    {"stays_enhanced", "A policy of policyType V2 stays one; send V2, or make another policy.", &stays_enhanced},
    {"stays_in_vault",
     "A policy that keeps points in the vault does not go back to snapshots; send vaultRetentionPolicy, or make "
     "another "
     "policy.",
     &stays_in_vault},
};

}  // namespace

std::span<const PolicyChangeRule> policy_change_rules() {
  return kRules;
}

Result<> check_policy_change(const PolicyProperties& before, const PolicyProperties& after) {
  for (const auto& rule : kRules) {
    if (const auto offence = rule.find(before, after)) {
      return refused(*offence, rule.sentence);
    }
  }
  return ok();
}

Result<> check_policy_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_fine = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '!';
  };
  if (name.size() >= 3 && name.size() <= 150 && is_letter(name.front()) && std::ranges::all_of(name, is_fine)) {
    return ok();
  }
  return refuse(Errc::invalid, errors::kInvalidPolicy,
                fmt::format("The policy name '{}' is not valid. A name has 3 to 150 letters, digits, '-', '_' and '!', "
                            "the first a letter; choose such a name.",
                            name))
      .at("policyName");
}

}  // namespace quaymaster::recovery_services
