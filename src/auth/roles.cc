#include "auth/roles.h"

#include <algorithm>
#include <array>

#include "base/encode.h"

namespace quaymaster::auth {
namespace {

using Actions = std::string_view;

constexpr Actions kEverything[] = {"*"};
constexpr Actions kEveryRead[] = {"*/read"};
constexpr Actions kContributorNot[] = {
    "Microsoft.Authorization/*/Delete",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/elevateAccess/Action",
    "Microsoft.Blueprint/blueprintAssignments/write",
    "Microsoft.Blueprint/blueprintAssignments/delete",
    "Microsoft.Compute/galleries/share/action",
};
constexpr Actions kAccessAdministrator[] = {"*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"};
constexpr Actions kKeyOperator[] = {
    "Microsoft.Storage/storageAccounts/listkeys/action",
    "Microsoft.Storage/storageAccounts/regeneratekey/action",
};
constexpr Actions kBlobOwner[] = {
    "Microsoft.Storage/storageAccounts/blobServices/containers/*",
    "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
};
constexpr Actions kBlobOwnerData[] = {"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*"};
constexpr Actions kBlobContributor[] = {
    "Microsoft.Storage/storageAccounts/blobServices/containers/delete",
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/write",
    "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
};
constexpr Actions kBlobContributorData[] = {
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/move/action",
    "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action",
};
constexpr Actions kBlobReader[] = {
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
};
constexpr Actions kBlobReaderData[] = {"Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"};

constexpr Role kRoles[] = {
    {"8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", kEverything, {}, {}},
    {"b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", kEverything, kContributorNot, {}},
    {"acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", kEveryRead, {}, {}},
    {"18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator", kAccessAdministrator, {}, {}},
    {"81a9662b-bebf-436f-a333-f67b29880f12", "Storage Account Key Operator Service Role", kKeyOperator, {}, {}},
    {"b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "Storage Blob Data Owner", kBlobOwner, {}, kBlobOwnerData},
    {"ba92f5b4-2d11-453d-a403-e96b0029c9fe",
     "Storage Blob Data Contributor",
     kBlobContributor,
     {},
     kBlobContributorData},
    {"2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader", kBlobReader, {}, kBlobReaderData},
};

bool any_covers(std::span<const std::string_view> patterns, std::string_view action) {
  return std::ranges::any_of(patterns, [&](std::string_view pattern) { return covers(pattern, action); });
}

}  // namespace

bool Role::allows(std::string_view action) const {
  return any_covers(actions, action) && !any_covers(not_actions, action);
}

bool Role::allows_data(std::string_view action) const {
  return any_covers(data_actions, action);
}

std::span<const Role> built_in_roles() {
  return kRoles;
}

const Role* find_role(std::string_view id_or_name) {
  const auto found = std::ranges::find_if(kRoles, [&](const Role& role) {
    return equal_ignoring_case(role.id, id_or_name) || equal_ignoring_case(role.name, id_or_name);
  });
  return found == std::end(kRoles) ? nullptr : &*found;
}

bool is_data_action(std::string_view action) {
  constexpr std::string_view kBlobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/";
  return equal_ignoring_case(action.substr(0, kBlobs.size()), kBlobs);
}

bool covers(std::string_view pattern, std::string_view action) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return equal_ignoring_case(pattern, action);
  }
  if (action.size() < star || !equal_ignoring_case(pattern.substr(0, star), action.substr(0, star))) {
    return false;
  }
  const auto rest = pattern.substr(star + 1);
  for (std::size_t skipped = star; skipped <= action.size(); ++skipped) {
    if (covers(rest, action.substr(skipped))) {
      return true;
    }
  }
  return false;
}

bool is_within(std::string_view assigned, std::string_view scope) {
  while (assigned.ends_with('/')) {
    assigned.remove_suffix(1);
  }
  return scope.size() >= assigned.size() && equal_ignoring_case(scope.substr(0, assigned.size()), assigned) &&
         (scope.size() == assigned.size() || scope[assigned.size()] == '/');
}

}  // namespace quaymaster::auth
