#include "providers/recovery_services/common/equals_filter.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/odata.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"

namespace quaymaster::recovery_services {
namespace {

Error refused(std::string_view why) {
  return refuse(Errc::invalid, errors::kInvalidInput, fmt::format("The $filter is not valid: {}", why)).at("$filter");
}

}  // namespace

Result<EqualsFilter> EqualsFilter::read(const arm::Context& context, std::span<const std::string_view> fields) {
  EqualsFilter filter;
  const auto text = context.parameter("$filter");
  if (!text || text->find_first_not_of(' ') == std::string_view::npos) {
    return filter;
  }
  const auto parsed = api::parse_filter(*text);
  if (!parsed) {
    return refused(parsed.error().cause() + ".");
  }
  const auto take = [&](const api::Filter& part) -> Result<> {
    const auto& condition = part.condition;
    if (part.kind != api::Filter::Kind::condition || condition.comparison != api::Comparison::equal) {
      return refused("only conditions of the form field eq 'value', joined by and, are supported.");
    }
    const bool is_known = std::ranges::any_of(
        fields, [&](std::string_view field) { return equal_ignoring_case(field, condition.property); });
    if (!is_known) {
      return refused(fmt::format("'{}' is not one of {}.", condition.property, fmt::join(fields, ", ")));
    }
    const auto [at, is_new] = filter.wanted_.emplace(to_lower(condition.property), condition.value);
    if (!is_new && !equal_ignoring_case(at->second, condition.value)) {
      return refused(fmt::format("'{}' is given with two values.", condition.property));
    }
    return ok();
  };
  if (parsed.value().kind == api::Filter::Kind::all) {
    for (const auto& part : parsed.value().parts) {
      TRY(take(part));
    }
  } else {
    TRY(take(parsed.value()));
  }
  return filter;
}

std::optional<std::string_view> EqualsFilter::value(std::string_view field) const {
  const auto found = wanted_.find(to_lower(field));
  return found == wanted_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

bool EqualsFilter::allows(std::string_view field, std::string_view wanted) const {
  const auto asked = value(field);
  return !asked || equal_ignoring_case(*asked, wanted);
}

}  // namespace quaymaster::recovery_services
