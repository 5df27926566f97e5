#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "providers/recovery_services/policies/policy_models.h"

// What makes a policy a valid one (backup.md 10.3), as a table: a test breaks every row by itself.
namespace quaymaster::recovery_services {

/// Where a rule is broken.
struct Offence {
  std::string property;  // "schedulePolicy.scheduleRunTimes"
  std::string value;     // as it may be shown
};

/// One rule. `find` looks at a policy whose earlier rules hold.
struct PolicyRule {
  std::string_view name;      // for the tests
  std::string_view sentence;  // the rule and the way out
  std::optional<Offence> (*find)(const PolicyProperties& policy);
};
/// Of a policy by itself, in the order in which they are looked at.
std::span<const PolicyRule> policy_rules();

/// One rule of changing a policy into another.
struct PolicyChangeRule {
  std::string_view name;
  std::string_view sentence;
  std::optional<Offence> (*find)(const PolicyProperties& before, const PolicyProperties& after);
};
std::span<const PolicyChangeRule> policy_change_rules();

/// The first broken rule of the first table; Errc::invalid, published as BMSUserErrorInvalidPolicyInput with property,
/// value, rule and way out.
Result<> check_policy(const PolicyProperties& policy);
/// The same with the second table.
Result<> check_policy_change(const PolicyProperties& before, const PolicyProperties& after);
/// Letters, digits, "-", "_" and "!", 3 to 150 of them, the first a letter. Errc::invalid.
Result<> check_policy_name(std::string_view name);

}  // namespace quaymaster::recovery_services
