#include <algorithm>

#include "arm/resource_groups.h"
#include "base/encode.h"
#include "identity/principals/access.h"
#include "identity/principals/roles.h"
#include "providers/authorization/access_filter.h"
#include "providers/authorization/authorization.h"
#include "providers/authorization/errors.h"

namespace quaymaster::authorization {
namespace {

std::vector<std::string> texts(std::span<const std::string_view> views) {
  return {views.begin(), views.end()};
}

RoleDefinitionAnswer answer_of(const identity::Role& role, std::string_view scope) {
  RoleDefinitionAnswer answer;
  answer.id = role_definition_id(scope, role.id);
  answer.name = role.id;
  answer.properties.name = role.name;
  answer.properties.description = role.description;
  answer.properties.permissions.push_back({texts(role.actions), texts(role.not_actions), texts(role.data_actions), {}});
  return answer;
}

}  // namespace

std::string role_definition_id(std::string_view scope, std::string_view role) {
  const auto subscription = arm::subscription_of(scope);
  const auto of_subscription = subscription.empty() ? std::string() : fmt::format("/subscriptions/{}", subscription);
  return fmt::format("{}/providers/Microsoft.Authorization/roleDefinitions/{}", of_subscription, role);
}

Result<arm::Reply<arm::Page<RoleDefinitionAnswer>>> list_role_definitions(arm::Context& context,
                                                                          const ScopePath& path) {
  TRY(const auto filter, access_filter(context, FilterTerms::definitions));
  arm::Page<RoleDefinitionAnswer> page;
  if (filter.role_type && !equal_ignoring_case(*filter.role_type, "BuiltInRole")) {
    return arm::Reply<arm::Page<RoleDefinitionAnswer>>{200, std::move(page)};
  }
  for (const auto& role : identity::built_in_roles()) {
    if (!filter.role_name || equal_ignoring_case(role.name, *filter.role_name)) {
      page.value.push_back(answer_of(role, path.scope));
    }
  }
  return arm::Reply<arm::Page<RoleDefinitionAnswer>>{200, std::move(page)};
}

Result<arm::Reply<RoleDefinitionAnswer>> get_role_definition(arm::Context&, const RoleDefinitionPath& path) {
  const auto* role = parse_guid(path.id) ? identity::find_role(path.id) : nullptr;
  if (role == nullptr) {
    return refuse(Errc::not_found, kRoleDefinitionNotFound, path.id);
  }
  return arm::Reply<RoleDefinitionAnswer>{200, answer_of(*role, path.scope)};
}

Result<arm::Reply<arm::Page<PublishedOperation>>> list_operations(arm::Context& context) {
  arm::Page<PublishedOperation> page;
  for (const auto& row : context.provider.operations) {
    if (!row.offered || row.action.empty()) {
      continue;
    }
    const bool listed = std::ranges::any_of(page.value, [&](const auto& one) { return one.name == row.action; });
    if (!listed) {
      const std::string_view resource = row.action.substr(row.action.find('/') + 1);
      page.value.push_back({std::string(row.action),
                            false,
                            {"Microsoft Authorization", std::string(resource.substr(0, resource.find('/'))),
                             std::string(row.action.substr(row.action.rfind('/') + 1))}});
    }
  }
  return arm::Reply<arm::Page<PublishedOperation>>{200, std::move(page)};
}

}  // namespace quaymaster::authorization
