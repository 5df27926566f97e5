#include "arm/empty_list.h"
#include "providers/authorization/authorization.h"

namespace quaymaster::authorization {
namespace {

#define QM_DEFINITIONS "/{scope}/providers/Microsoft.Authorization/roleDefinitions"
#define QM_ASSIGNMENTS "/{scope}/providers/Microsoft.Authorization/roleAssignments"
#define QM_LOCKS "/{scope}/providers/Microsoft.Authorization/locks"
#define QM_POLICIES "/{scope}/providers/Microsoft.Authorization/policyAssignments"
#define QM_PRINCIPALS "/providers/Quaymaster.Identity/principals"

using enum http::Method;

constexpr std::string_view kFirst = "2015-07-01";
constexpr std::string_view kNoLocks = "there are no resource locks; remove the role that permits the deletion instead.";
constexpr std::string_view kNoPolicies = "there is no policy engine.";
constexpr std::string_view kNoCustomRoles = "custom roles are not offered; the built-in ones are listed.";

constexpr arm::Operation kOperations[] = {
    {"RoleDefinitions_List", get, QM_DEFINITIONS, kFirst, "Microsoft.Authorization/roleDefinitions/read",
     arm::bind<&list_role_definitions>, "`$filter` by roleName, type, atScope() and atScopeAndBelow()."},
    {"RoleDefinitions_Get", get, QM_DEFINITIONS "/{roleDefinitionId}", kFirst,
     "Microsoft.Authorization/roleDefinitions/read", arm::bind<&get_role_definition>},
    {"RoleDefinitions_CreateOrUpdate", put, QM_DEFINITIONS "/{roleDefinitionId}", kFirst,
     "Microsoft.Authorization/roleDefinitions/write", arm::not_offered, kNoCustomRoles},
    {"RoleDefinitions_Delete", del, QM_DEFINITIONS "/{roleDefinitionId}", kFirst,
     "Microsoft.Authorization/roleDefinitions/delete", arm::not_offered, kNoCustomRoles},
    {"RoleAssignments_ListForScope", get, QM_ASSIGNMENTS, kFirst, "Microsoft.Authorization/roleAssignments/read",
     arm::bind<&list_role_assignments>,
     "At the scope, above and below it; `$filter` by principalId, assignedTo() and atScope()."},
    {"RoleAssignments_Get", get, QM_ASSIGNMENTS "/{roleAssignmentName}", kFirst,
     "Microsoft.Authorization/roleAssignments/read", arm::bind<&get_role_assignment>},
    {"RoleAssignments_Create", put, QM_ASSIGNMENTS "/{roleAssignmentName}", kFirst,
     "Microsoft.Authorization/roleAssignments/write", arm::bind<&put_role_assignment>,
     "Takes effect with the next request. Without conditions. From 2020-04-01 on a repetition may change the "
     "description."},
    {"RoleAssignments_Delete", del, QM_ASSIGNMENTS "/{roleAssignmentName}", kFirst,
     "Microsoft.Authorization/roleAssignments/delete", arm::bind<&delete_role_assignment>,
     "Takes effect with the next request. The last Owner at `/` cannot be removed."},
    {"ManagementLocks_ListByScope", get, QM_LOCKS, kFirst, "Microsoft.Authorization/locks/read",
     arm::bind<&arm::list_nothing>, "There are none."},
    {"ManagementLocks_CreateOrUpdateByScope", put, QM_LOCKS "/{lockName}", kFirst,
     "Microsoft.Authorization/locks/write", arm::not_offered, kNoLocks},
    {"PolicyAssignments_List", get, QM_POLICIES, kFirst, "Microsoft.Authorization/policyAssignments/read",
     arm::bind<&arm::list_nothing>, "There are none."},
    {"PolicyAssignments_Create", put, QM_POLICIES "/{policyAssignmentName}", kFirst,
     "Microsoft.Authorization/policyAssignments/write", arm::not_offered, kNoPolicies},
    {"ProviderOperations_List", get, "/providers/Microsoft.Authorization/operations", kFirst, "",
     arm::bind<&list_operations>},
};

constexpr std::string_view kNewestFirst[] = {"2022-04-01",         "2020-10-01",         "2020-04-01-preview",
                                             "2018-09-01-preview", "2018-01-01-preview", "2015-07-01"};
constexpr std::string_view kOldestFirst[] = {"2015-07-01",         "2018-01-01-preview", "2018-09-01-preview",
                                             "2020-04-01-preview", "2020-10-01",         "2022-04-01"};
constexpr arm::ResourceType kTypes[] = {{"roleAssignments", kNewestFirst},
                                        {"roleDefinitions", kNewestFirst},
                                        {"locks", kNewestFirst},
                                        {"policyAssignments", kNewestFirst},
                                        {"operations", kNewestFirst}};

constexpr std::string_view kIdentityVersion = "2026-11-01";
constexpr arm::Operation kIdentityOperations[] = {
    {"Principals_List", get, QM_PRINCIPALS, kIdentityVersion, "Microsoft.Authorization/principals/read",
     arm::bind<&list_principals>},
    {"Principals_Create", post, QM_PRINCIPALS, kIdentityVersion, "Microsoft.Authorization/principals/write",
     arm::bind<&create_principal>,
     "Only this response has the secret. With externalId: a principal that signs in at the configured OpenID issuer."},
    {"Principals_ResetSecret", post, QM_PRINCIPALS "/{clientId}/resetSecret", kIdentityVersion,
     "Microsoft.Authorization/principals/secrets/write", arm::bind<&reset_secret>,
     "Only this response has the secret. Tokens already issued stay valid until they expire."},
    {"Principals_Delete", del, QM_PRINCIPALS "/{clientId}", kIdentityVersion,
     "Microsoft.Authorization/principals/delete", arm::bind<&delete_principal>,
     "Its role assignments are deleted, and its tokens are refused at once."},
};
constexpr std::string_view kIdentityVersions[] = {kIdentityVersion};
constexpr arm::ResourceType kIdentityTypes[] = {{"principals", kIdentityVersions}};

}  // namespace

const arm::Provider kAuthorizationProvider{"Microsoft.Authorization", kOperations, kTypes, kOldestFirst};
const arm::Provider kIdentityProvider{"Quaymaster.Identity", kIdentityOperations, kIdentityTypes, kIdentityVersions};

}  // namespace quaymaster::authorization
