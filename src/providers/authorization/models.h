#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "wire/field.h"

// The wire of Microsoft.Authorization. Source: the published descriptions 2015-07-01 to 2022-04-01, which agree in
// everything that is offered here; and of Quaymaster.Identity, which is ours.
namespace quaymaster::authorization {

struct Permission {
  std::vector<std::string> actions;
  std::vector<std::string> not_actions;
  std::vector<std::string> data_actions;
  std::vector<std::string> not_data_actions;
  static constexpr auto wire() {
    using wire::field;
    using P = Permission;
    return std::tuple{field("actions", &P::actions), field("notActions", &P::not_actions),
                      field("dataActions", &P::data_actions), field("notDataActions", &P::not_data_actions)};
  }
};

struct RoleDefinitionProperties {
  std::string name;
  std::string type = "BuiltInRole";
  std::string description;
  std::vector<std::string> assignable_scopes{"/"};
  std::vector<Permission> permissions;
  static constexpr auto wire() {
    using wire::field;
    using P = RoleDefinitionProperties;
    return std::tuple{field("roleName", &P::name), field("type", &P::type), field("description", &P::description),
                      field("assignableScopes", &P::assignable_scopes), field("permissions", &P::permissions)};
  }
};

struct RoleDefinitionAnswer {
  RoleDefinitionProperties properties;
  std::string id;
  std::string type = "Microsoft.Authorization/roleDefinitions";
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    using R = RoleDefinitionAnswer;
    return std::tuple{field("properties", &R::properties), field("id", &R::id), field("type", &R::type),
                      field("name", &R::name)};
  }
};

struct RoleAssignmentProperties {
  std::string role_definition;
  std::string principal;
  std::string principal_type;
  std::string scope;
  std::optional<std::string> description;
  Time created;
  Time updated;
  std::string created_by;
  std::string updated_by;
  static constexpr auto wire() {
    using wire::field;
    using P = RoleAssignmentProperties;
    return std::tuple{field("roleDefinitionId", &P::role_definition),
                      field("principalId", &P::principal),
                      field("principalType", &P::principal_type),
                      field("scope", &P::scope),
                      field("description", &P::description),
                      field("createdOn", &P::created),
                      field("updatedOn", &P::updated),
                      field("createdBy", &P::created_by),
                      field("updatedBy", &P::updated_by)};
  }
};

struct RoleAssignmentAnswer {
  RoleAssignmentProperties properties;
  std::string id;
  std::string type = "Microsoft.Authorization/roleAssignments";
  std::string name;
  static constexpr auto wire() {
    using wire::field;
    using R = RoleAssignmentAnswer;
    return std::tuple{field("properties", &R::properties), field("id", &R::id), field("type", &R::type),
                      field("name", &R::name)};
  }
};

struct PutRoleAssignmentProperties {
  std::string role_definition;
  std::string principal;
  std::optional<std::string> principal_type;
  std::optional<std::string> description;
  std::optional<std::string> condition;
  static constexpr auto wire() {
    using wire::field;
    using P = PutRoleAssignmentProperties;
    return std::tuple{field("roleDefinitionId", &P::role_definition).required(),
                      field("principalId", &P::principal).required(), field("principalType", &P::principal_type),
                      field("description", &P::description), field("condition", &P::condition)};
  }
};
struct PutRoleAssignment {
  PutRoleAssignmentProperties properties;
  static constexpr auto wire() {
    return std::tuple{wire::field("properties", &PutRoleAssignment::properties).required()};
  }
};

struct PrincipalAnswer {
  std::string client_id;
  std::string object_id;
  std::string name;
  std::optional<std::string> external_issuer;  // these two: signs in elsewhere
  std::optional<std::string> external_id;
  Time created;
  std::optional<std::string> secret;  // when it was just made, and never again
  static constexpr auto wire() {
    using wire::field;
    using P = PrincipalAnswer;
    return std::tuple{field("clientId", &P::client_id),
                      field("objectId", &P::object_id),
                      field("displayName", &P::name),
                      field("externalIssuer", &P::external_issuer),
                      field("externalId", &P::external_id),
                      field("createdOn", &P::created),
                      field("clientSecret", &P::secret)};
  }
};

struct NewPrincipalBody {
  std::string name;
  std::optional<std::string> external_id;
  static constexpr auto wire() {
    return std::tuple{wire::field("displayName", &NewPrincipalBody::name).required(),
                      wire::field("externalId", &NewPrincipalBody::external_id)};
  }
};

struct PublishedOperationDisplay {
  std::string provider;
  std::string resource;
  std::string operation;
  static constexpr auto wire() {
    using wire::field;
    using D = PublishedOperationDisplay;
    return std::tuple{field("provider", &D::provider), field("resource", &D::resource),
                      field("operation", &D::operation)};
  }
};
struct PublishedOperation {
  std::string name;
  bool is_data = false;
  PublishedOperationDisplay display;
  static constexpr auto wire() {
    using wire::field;
    using O = PublishedOperation;
    return std::tuple{field("name", &O::name), field("isDataAction", &O::is_data), field("display", &O::display)};
  }
};

struct NoPath {
  static constexpr auto wire() { return std::tuple<>{}; }
};
struct ScopePath {
  std::string scope;
  static constexpr auto wire() { return std::tuple{wire::field("scope", &ScopePath::scope)}; }
};
struct RoleDefinitionPath {
  std::string scope;
  std::string id;
  static constexpr auto wire() {
    return std::tuple{wire::field("scope", &RoleDefinitionPath::scope),
                      wire::field("roleDefinitionId", &RoleDefinitionPath::id)};
  }
};
struct RoleAssignmentPath {
  std::string scope;
  std::string name;
  static constexpr auto wire() {
    return std::tuple{wire::field("scope", &RoleAssignmentPath::scope),
                      wire::field("roleAssignmentName", &RoleAssignmentPath::name)};
  }
};
struct PrincipalPath {
  std::string client_id;
  static constexpr auto wire() { return std::tuple{wire::field("clientId", &PrincipalPath::client_id)}; }
};

}  // namespace quaymaster::authorization
