#pragma once

#include "base/error.h"

namespace quaymaster::authorization {

// Source: published errors of Microsoft.Authorization ("Troubleshoot Azure RBAC") and what clients report about it.
// Those marked (ours) have no published counterpart.
inline constexpr ErrorRow kRoleAssignmentExists{409, "RoleAssignmentExists",
                                                "The role assignment already exists. The ID of the existing role "
                                                "assignment is {}."};
inline constexpr ErrorRow kUpdateNotPermitted{
    400, "RoleAssignmentUpdateNotPermitted",
    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."};
inline constexpr ErrorRow kRoleAssignmentNotFound{404, "RoleAssignmentNotFound",
                                                  "The role assignment '{}' is not found."};
inline constexpr ErrorRow kInvalidRoleAssignmentId{
    400, "InvalidRoleAssignmentId", "The role assignment ID '{}' is not valid. The role assignment ID must be a GUID."};
inline constexpr ErrorRow kInvalidRoleDefinitionId{
    400, "InvalidRoleDefinitionId",
    "The role definition ID '{}' is not valid. It is '/subscriptions/{{subscription}}/providers/"
    "Microsoft.Authorization/roleDefinitions/{{GUID}}'."};
inline constexpr ErrorRow kNoSuchRoleDefinition{400, "RoleDefinitionDoesNotExist",
                                                "The specified role definition with ID '{}' does not exist."};
inline constexpr ErrorRow kRoleDefinitionNotFound{404, "RoleDefinitionDoesNotExist",
                                                  "The specified role definition with ID '{}' does not exist."};
inline constexpr ErrorRow kPrincipalNotFound{
    400, "PrincipalNotFound",
    "Principal {} does not exist in the directory {}. Check that you have the correct principal ID; 'quaymaster "
    "principal list' shows those that exist."};
inline constexpr ErrorRow kInvalidPrincipalId{
    400, "InvalidPrincipalId", "A valid principal ID must be provided for role assignment: '{}' is not a GUID."};
inline constexpr ErrorRow kInvalidPrincipalType{400, "InvalidPrincipalType",
                                                "The principal type '{}' is not valid. It is ServicePrincipal, User, "
                                                "Group or ForeignGroup."};
inline constexpr ErrorRow kInvalidScope{400, "InvalidScope",  // (ours)
                                        "The scope '{}' is not valid. A role is given at '/', at a subscription, or at "
                                        "a resource group or resource in one."};
inline constexpr ErrorRow kConditionsNotOffered{501, "NotSupported",  // (ours)
                                                "Conditions of role assignments are not offered by this server. Leave "
                                                "'condition' out."};
inline constexpr ErrorRow kLastOwner{409, "LastOwnerCannotBeRemoved",  // (ours)
                                     "This would remove the last Owner at '/', after which no one could give roles. "
                                     "Make another principal Owner first."};
inline constexpr ErrorRow kNoSuchPrincipal{404, "PrincipalNotFound",  // (ours)
                                           "No principal has the client id '{}'."};
inline constexpr ErrorRow kPrincipalExists{409, "PrincipalExists",  // (ours)
                                           "The principal '{}' already exists."};
inline constexpr ErrorRow kInvalidPrincipal{400, "InvalidParameter", "{}"};

inline constexpr const ErrorRow* kRows[] = {
    &kRoleAssignmentExists,
    &kUpdateNotPermitted,
    &kRoleAssignmentNotFound,
    &kInvalidRoleAssignmentId,
    &kInvalidRoleDefinitionId,
    &kNoSuchRoleDefinition,
    &kRoleDefinitionNotFound,
    &kPrincipalNotFound,
    &kInvalidPrincipalId,
    &kInvalidPrincipalType,
    &kInvalidScope,
    &kConditionsNotOffered,
    &kLastOwner,
    &kNoSuchPrincipal,
    &kPrincipalExists,
    &kInvalidPrincipal,
};

}  // namespace quaymaster::authorization
