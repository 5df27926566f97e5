#include "providers/resources/filters.h"

#include <algorithm>

#include "arm/errors.h"
#include "base/encode.h"

namespace quaymaster::resources {
namespace {

Error bad_filter(std::string_view filter, std::string_view why) {
  return refuse(Errc::invalid, arm::kInvalidFilter, filter, why).at("$filter");
}

/// The properties that filters of groups and of resources can use.
struct Subject {
  const std::string* name;
  const std::string* location;
  const arm::Tags* tags;
  const std::string* type = nullptr;
  std::string group = {};
};

Result<bool> condition_holds(const api::Condition& condition, const Subject& subject) {
  const bool equal = condition.comparison == api::Comparison::equal;
  if (!equal && condition.comparison != api::Comparison::not_equal) {
    return bad_filter(condition.property, "only eq and ne are offered for it.");
  }
  const auto is = [&](std::string_view text) { return equal_ignoring_case(text, condition.value) == equal; };
  const auto property = to_lower(condition.property);
  if (property == "name") {
    return is(*subject.name);
  }
  if (property == "location") {
    return is(*subject.location);
  }
  if (property == "resourcetype" && subject.type != nullptr) {
    return is(*subject.type);
  }
  if (property == "resourcegroup" && subject.type != nullptr) {
    return is(subject.group);
  }
  const auto any_tag = [&](auto part) {
    return std::ranges::any_of(*subject.tags, [&](const auto& tag) {
             return equal_ignoring_case(part(tag), condition.value);
           }) == equal;
  };
  if (property == "tagname") {
    return any_tag([](const auto& tag) { return std::string_view(tag.first); });
  }
  if (property == "tagvalue") {
    return any_tag([](const auto& tag) { return std::string_view(tag.second); });
  }
  return bad_filter(condition.property, "this list cannot be filtered by it.");
}

}  // namespace

Result<std::optional<api::Filter>> filter_of(const arm::Context& context) {
  const auto text = context.parameter("$filter");
  if (!text || text->empty()) {
    return std::optional<api::Filter>{};
  }
  auto filter = api::parse_filter(*text);
  if (!filter) {
    return bad_filter(*text, filter.error().cause());
  }
  return std::optional(std::move(filter).value());
}

Result<bool> holds(const api::Filter& filter, const arm::Group& group) {
  const Subject subject{&group.name, &group.location, &group.tags};
  return api::matches(filter, [&](const api::Condition& one) { return condition_holds(one, subject); });
}

Result<bool> holds(const api::Filter& filter, const arm::GenericResource& resource) {
  static const arm::Tags kNone;
  Subject subject{&resource.name, &resource.location, resource.tags ? &*resource.tags : &kNone, &resource.type};
  if (const auto id = arm::parse_resource_id(resource.id)) {
    subject.group = id.value().group;
  }
  return api::matches(filter, [&](const api::Condition& one) { return condition_holds(one, subject); });
}

}  // namespace quaymaster::resources
