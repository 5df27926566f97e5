#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "providers/recovery_services/policies/policy_models.h"

// What makes a policy valid (backup.md 10.3), as a table: a test breaks each row separately.
namespace quaymaster::recovery_services {

/// Where a rule is broken.
struct Offence {
  std::string property;  // "schedulePolicy.scheduleRunTimes"
  std::string value;     // as it may be shown
};

/// One rule. `find` may assume that the earlier rules hold.
struct PolicyRule {
  std::string_view name;      // for the tests
  std::string_view sentence;  // the rule and what to do about it
  std::optional<Offence> (*find)(const PolicyProperties& policy);
};
/// Rules for a policy on its own, in the order in which they are checked.
std::span<const PolicyRule> policy_rules();

/// One rule for changing one policy into another.
struct PolicyChangeRule {
  std::string_view name;
  std::string_view sentence;
  std::optional<Offence> (*find)(const PolicyProperties& before, const PolicyProperties& after);
};
std::span<const PolicyChangeRule> policy_change_rules();

/// The first broken rule of the first table. Errc::invalid, published as BMSUserErrorInvalidPolicyInput with
/// property, value, rule and what to do about it.
Result<> check_policy(const PolicyProperties& policy);
/// The same with the second table.
Result<> check_policy_change(const PolicyProperties& before, const PolicyProperties& after);
/// 3 to 150 letters, digits, "-", "_" and "!", starting with a letter. Errc::invalid.
Result<> check_policy_name(std::string_view name);

}  // namespace quaymaster::recovery_services
