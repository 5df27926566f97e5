#pragma once

#include <string>
#include <string_view>

#include "arm/operation.h"
#include "arm/paging.h"
#include "arm/paths.h"
#include "providers/authorization/models.h"

namespace quaymaster::authorization {

// The handlers of kAuthorizationProvider's rows. They query and change identity::Access, which is thread-safe; a
// change applies from the next request on.
Result<arm::Reply<arm::Page<RoleDefinitionAnswer>>> list_role_definitions(arm::Context& context, const ScopePath& path);
Result<arm::Reply<RoleDefinitionAnswer>> get_role_definition(arm::Context& context, const RoleDefinitionPath& path);
Result<arm::Reply<arm::Page<RoleAssignmentAnswer>>> list_role_assignments(arm::Context& context, const ScopePath& path);
Result<arm::Reply<RoleAssignmentAnswer>> get_role_assignment(arm::Context& context, const RoleAssignmentPath& path);
Result<arm::Reply<RoleAssignmentAnswer>> put_role_assignment(arm::Context& context, const RoleAssignmentPath& path,
                                                             const PutRoleAssignment& body);
/// 204 if it did not exist.
Result<arm::Reply<wire::Json>> delete_role_assignment(arm::Context& context, const RoleAssignmentPath& path);
Result<arm::Reply<arm::Page<PublishedOperation>>> list_operations(arm::Context& context);

// The handlers of kIdentityProvider's rows.
Result<arm::Reply<arm::Page<PrincipalAnswer>>> list_principals(arm::Context& context);
Result<arm::Reply<PrincipalAnswer>> create_principal(arm::Context& context, const arm::NoPath& path,
                                                     const NewPrincipalBody& body);
Result<arm::Reply<PrincipalAnswer>> reset_secret(arm::Context& context, const PrincipalPath& path);
Result<arm::Reply<PrincipalAnswer>> delete_principal(arm::Context& context, const PrincipalPath& path);

/// "/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/{role}" for a scope in a subscription,
/// otherwise without the subscription. Clients compare ids of definitions and assignments as text, so both are made
/// here.
std::string role_definition_id(std::string_view scope, std::string_view role);

/// Microsoft.Authorization.
extern const arm::Provider kAuthorizationProvider;
/// Quaymaster.Identity: what Azure keeps in its directory. Its scope is the whole server, and its actions are below
/// Microsoft.Authorization, so that a Contributor, who may not assign roles, cannot become another principal either.
extern const arm::Provider kIdentityProvider;

}  // namespace quaymaster::authorization
