#include <algorithm>
#include <vector>

#include "arm/resource_groups.h"
#include "base/encode.h"
#include "identity/issuer.h"
#include "identity/principals/access.h"
#include "providers/authorization/access_filter.h"
#include "providers/authorization/authorization.h"
#include "providers/authorization/errors.h"
#include "wire/json.h"

namespace quaymaster::authorization {
namespace {

constexpr std::string_view kPrincipalTypes[] = {"ServicePrincipal", "User", "Group", "ForeignGroup"};

RoleAssignmentAnswer answer_of(const identity::RoleAssignment& one, std::string_view asked_scope) {
  RoleAssignmentAnswer answer;
  answer.id = fmt::format("{}/providers/Microsoft.Authorization/roleAssignments/{}",
                          one.scope == "/" ? std::string_view() : std::string_view(one.scope), one.id);
  answer.name = one.id;
  auto& properties = answer.properties;
  properties.role_definition = role_definition_id(asked_scope, one.role->id);
  properties.principal = one.object_id;
  properties.principal_type = one.principal_type;
  properties.scope = one.scope;
  if (!one.description.empty()) {
    properties.description = one.description;
  }
  properties.created = one.created;
  properties.updated = one.changed;
  properties.created_by = one.created_by;
  properties.updated_by = one.changed_by;
  return answer;
}

/// Checks that roles apply at the scope, and that its resource group exists.
Result<> check_scope(arm::Context& context, const std::string& scope) {
  if (scope.empty() || scope == "/") {
    return ok();
  }
  const auto words = arm::words_of_id(scope);
  if (!words) {
    return refuse(Errc::invalid, kInvalidScope, scope);
  }
  const auto& segments = words.value();
  const bool in_subscription = segments.size() >= 2 && equal_ignoring_case(segments[0], "subscriptions");
  const bool in_group = segments.size() >= 4 && equal_ignoring_case(segments[2], "resourceGroups");
  if (!in_subscription || (segments.size() > 2 && !in_group)) {
    return refuse(Errc::invalid, kInvalidScope, scope);
  }
  if (!in_group) {
    return ok();
  }
  return context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(context.groups.group(reader, segments[1], segments[3]));
    return ok();
  });
}

/// The role of ".../providers/Microsoft.Authorization/roleDefinitions/{GUID}".
Result<const identity::Role*> role_of(const std::string& definition) {
  const auto words = arm::words_of_id(definition);
  const auto segments = words ? words.value() : std::vector<std::string_view>();
  const auto size = segments.size();
  if (size < 4 || !equal_ignoring_case(segments[size - 2], "roleDefinitions") ||
      !equal_ignoring_case(segments[size - 3], "Microsoft.Authorization") || !parse_guid(segments[size - 1])) {
    return refuse(Errc::invalid, kInvalidRoleDefinitionId, definition).at("properties.roleDefinitionId");
  }
  const auto* role = identity::find_role(segments[size - 1]);
  if (role == nullptr) {
    auto plain = to_lower(segments[size - 1]);
    std::erase(plain, '-');  // as reported
    return refuse(Errc::invalid, kNoSuchRoleDefinition, plain).at("properties.roleDefinitionId");
  }
  return role;
}

Result<identity::RoleAssignment> requested_assignment(arm::Context& context, const RoleAssignmentPath& path,
                                                      const PutRoleAssignmentProperties& body) {
  identity::RoleAssignment one;
  if (!parse_guid(path.name)) {
    return refuse(Errc::invalid, kInvalidRoleAssignmentId, path.name);
  }
  one.id = path.name;
  TRY(check_scope(context, path.scope));
  one.scope = path.scope;
  TRY(one.role, role_of(body.role_definition));
  if (!parse_guid(body.principal)) {
    return refuse(Errc::invalid, kInvalidPrincipalId, body.principal).at("properties.principalId");
  }
  one.object_id = body.principal;
  if (body.condition && !body.condition->empty()) {
    return refuse(Errc::unsupported, kConditionsNotOffered).at("properties.condition");
  }
  if (body.principal_type && !body.principal_type->empty()) {
    const auto* const known = std::ranges::find_if(
        kPrincipalTypes, [&](std::string_view type) { return equal_ignoring_case(type, *body.principal_type); });
    if (known == std::end(kPrincipalTypes)) {
      return refuse(Errc::invalid, kInvalidPrincipalType, *body.principal_type).at("properties.principalType");
    }
    one.principal_type = *known;
  }
  one.description = body.description.value_or("");
  return one;
}

/// An assignment is addressed by its own scope; under another scope that name does not exist.
Result<std::optional<identity::RoleAssignment>> find(arm::Context& context, const RoleAssignmentPath& path) {
  TRY(auto found, context.issuer.access().assignment(path.name));
  if (found && !equal_ignoring_case(found->scope, identity::tidy_scope(path.scope))) {
    found.reset();
  }
  return found;
}

}  // namespace

Result<arm::Reply<arm::Page<RoleAssignmentAnswer>>> list_role_assignments(arm::Context& context,
                                                                          const ScopePath& path) {
  TRY(const auto filter, access_filter(context, FilterTerms::assignments));
  TRY(const auto all, context.issuer.access().assignments());
  arm::Page<RoleAssignmentAnswer> page;
  for (const auto& one : all) {
    const bool above = identity::is_within(one.scope, path.scope);
    const bool below = identity::is_within(path.scope, one.scope);
    const bool fits = !filter.principal || equal_ignoring_case(*filter.principal, one.object_id);
    if (fits && (above || (below && !filter.at_scope))) {
      page.value.push_back(answer_of(one, path.scope));
    }
  }
  return arm::Reply<arm::Page<RoleAssignmentAnswer>>{200, std::move(page)};
}

Result<arm::Reply<RoleAssignmentAnswer>> get_role_assignment(arm::Context& context, const RoleAssignmentPath& path) {
  TRY(const auto found, find(context, path));
  if (!found) {
    return refuse(Errc::not_found, kRoleAssignmentNotFound, path.name);
  }
  return arm::Reply<RoleAssignmentAnswer>{200, answer_of(*found, path.scope)};
}

Result<arm::Reply<RoleAssignmentAnswer>> put_role_assignment(arm::Context& context, const RoleAssignmentPath& path,
                                                             const PutRoleAssignment& body) {
  TRY(auto requested, requested_assignment(context, path, body.properties));
  const auto object_id = requested.object_id;
  TRY(const auto outcome,
      context.issuer.access().put(std::move(requested), context.principal.object_id, context.since("2020-04-01")));
  using Put = identity::Access::Put;
  switch (outcome.put) {
    case Put::made:
      return arm::Reply<RoleAssignmentAnswer>{201, answer_of(outcome.assignment, path.scope)};
    case Put::changed:
      return arm::Reply<RoleAssignmentAnswer>{200, answer_of(outcome.assignment, path.scope)};
    case Put::exists: {
      auto id = outcome.assignment.id;
      std::erase(id, '-');
      return refuse(Errc::conflict, kRoleAssignmentExists, id);
    }
    case Put::not_permitted:
      return refuse(Errc::invalid, kUpdateNotPermitted);
    case Put::no_principal:
      break;
  }
  return refuse(Errc::invalid, kPrincipalNotFound, object_id, context.issuer.tenant()).at("properties.principalId");
}

Result<arm::Reply<wire::Json>> delete_role_assignment(arm::Context& context, const RoleAssignmentPath& path) {
  TRY(const auto found, find(context, path));
  if (!found) {
    return arm::Reply<wire::Json>{204};
  }
  auto removed = context.issuer.access().remove(found->id);
  if (!removed) {
    return removed.error().kind() == Errc::precondition ? std::move(removed).error().as(kLastOwner)
                                                        : std::move(removed).error();
  }
  return arm::Reply<wire::Json>{200, {wire::to_json(answer_of(*found, path.scope))}};
}

}  // namespace quaymaster::authorization
