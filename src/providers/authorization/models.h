#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "wire/field.h"

// Microsoft.Authorization on the wire. Source: the published descriptions 2015-07-01 to 2022-04-01, which agree on
// everything offered here. Also Quaymaster.Identity, which is ours.
namespace quaymaster::authorization {

struct Permission {
  std::vector<std::string> actions;
  std::vector<std::string> not_actions;
  std::vector<std::string> data_actions;
  std::vector<std::string> not_data_actions;
  static constexpr auto wire() {
    using wire::field;
    using P = Permission;
    return wire::fields({field<&P::actions>("actions"), field<&P::not_actions>("notActions"),
                         field<&P::data_actions>("dataActions"), field<&P::not_data_actions>("notDataActions")});
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
    return wire::fields({field<&P::name>("roleName"), field<&P::type>("type"), field<&P::description>("description"),
                         field<&P::assignable_scopes>("assignableScopes"), field<&P::permissions>("permissions")});
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
    return wire::fields(
        {field<&R::properties>("properties"), field<&R::id>("id"), field<&R::type>("type"), field<&R::name>("name")});
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
    return wire::fields({field<&P::role_definition>("roleDefinitionId"), field<&P::principal>("principalId"),
                         field<&P::principal_type>("principalType"), field<&P::scope>("scope"),
                         field<&P::description>("description"), field<&P::created>("createdOn"),
                         field<&P::updated>("updatedOn"), field<&P::created_by>("createdBy"),
                         field<&P::updated_by>("updatedBy")});
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
    return wire::fields(
        {field<&R::properties>("properties"), field<&R::id>("id"), field<&R::type>("type"), field<&R::name>("name")});
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
    return wire::fields({field<&P::role_definition>("roleDefinitionId").required(),
                         field<&P::principal>("principalId").required(), field<&P::principal_type>("principalType"),
                         field<&P::description>("description"), field<&P::condition>("condition")});
  }
};
struct PutRoleAssignment {
  PutRoleAssignmentProperties properties;
  static constexpr auto wire() {
    return wire::fields({wire::field<&PutRoleAssignment::properties>("properties").required()});
  }
};

struct PrincipalAnswer {
  std::string client_id;
  std::string object_id;
  std::string name;
  std::optional<std::string> external_issuer;  // these two: for a principal that signs in with another issuer
  std::optional<std::string> external_id;
  Time created;
  std::optional<std::string> secret;  // only in the answer that creates it, never again
  static constexpr auto wire() {
    using wire::field;
    using P = PrincipalAnswer;
    return wire::fields({field<&P::client_id>("clientId"), field<&P::object_id>("objectId"),
                         field<&P::name>("displayName"), field<&P::external_issuer>("externalIssuer"),
                         field<&P::external_id>("externalId"), field<&P::created>("createdOn"),
                         field<&P::secret>("clientSecret")});
  }
};

struct NewPrincipalBody {
  std::string name;
  std::optional<std::string> external_id;
  static constexpr auto wire() {
    return wire::fields({wire::field<&NewPrincipalBody::name>("displayName").required(),
                         wire::field<&NewPrincipalBody::external_id>("externalId")});
  }
};

struct PublishedOperationDisplay {
  std::string provider;
  std::string resource;
  std::string operation;
  static constexpr auto wire() {
    using wire::field;
    using D = PublishedOperationDisplay;
    return wire::fields(
        {field<&D::provider>("provider"), field<&D::resource>("resource"), field<&D::operation>("operation")});
  }
};
struct PublishedOperation {
  std::string name;
  bool is_data = false;
  PublishedOperationDisplay display;
  static constexpr auto wire() {
    using wire::field;
    using O = PublishedOperation;
    return wire::fields({field<&O::name>("name"), field<&O::is_data>("isDataAction"), field<&O::display>("display")});
  }
};

struct ScopePath {
  std::string scope;
  static constexpr auto wire() { return wire::fields({wire::field<&ScopePath::scope>("scope")}); }
};
struct RoleDefinitionPath {
  std::string scope;
  std::string id;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&RoleDefinitionPath::scope>("scope"), wire::field<&RoleDefinitionPath::id>("roleDefinitionId")});
  }
};
struct RoleAssignmentPath {
  std::string scope;
  std::string name;
  static constexpr auto wire() {
    return wire::fields({wire::field<&RoleAssignmentPath::scope>("scope"),
                         wire::field<&RoleAssignmentPath::name>("roleAssignmentName")});
  }
};
struct PrincipalPath {
  std::string client_id;
  static constexpr auto wire() { return wire::fields({wire::field<&PrincipalPath::client_id>("clientId")}); }
};

}  // namespace quaymaster::authorization
