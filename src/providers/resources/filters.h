#pragma once

#include <optional>
#include <string_view>

#include "api/odata.h"
#include "arm/context.h"
#include "arm/resource_groups.h"
#include "base/result.h"

namespace quaymaster::resources {

/// The request's $filter, if there is one. Errc::invalid, published with $filter as target.
Result<std::optional<api::Filter>> filter_of(const arm::Context& context);

/// `tagName eq 'x'`, `tagValue eq 'y'`, `location`, `name`, with eq and ne. Errc::invalid, published.
Result<bool> holds(const api::Filter& filter, const arm::Group& group);
/// The same, with `resourceType` and `resourceGroup` as well.
Result<bool> holds(const api::Filter& filter, const arm::GenericResource& resource);

}  // namespace quaymaster::resources
