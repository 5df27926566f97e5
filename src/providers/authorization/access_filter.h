#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "arm/context.h"
#include "base/result.h"

namespace quaymaster::authorization {

/// The parsed $filter of role definitions and role assignments. It is not plain OData: it mixes functions and
/// comparisons, as in `atScope() and assignedTo('…')`.
struct AccessFilter {
  bool at_scope = false;                 // atScope(): at the scope and above, nothing below
  std::optional<std::string> principal;  // principalId eq '…', assignedTo('…'): there are no groups here
  std::optional<std::string> role_name;  // roleName eq '…'
  std::optional<std::string> role_type;  // type eq 'BuiltInRole'
};

/// Which terms a list accepts.
enum class FilterTerms { assignments, definitions };

/// The request's $filter; empty if there is none. Errc::invalid, published with $filter as target.
Result<AccessFilter> access_filter(const arm::Context& context, FilterTerms terms);

}  // namespace quaymaster::authorization
