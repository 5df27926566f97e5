#include "identity/principals/roles.h"

#include <gtest/gtest.h>

#include <set>

#include "base/guid.h"

namespace quaymaster::identity {
namespace {

TEST(Roles, TheTableIsSound) {
  std::set<std::string_view> ids;
  for (const auto& role : built_in_roles()) {
    EXPECT_TRUE(parse_guid(role.id)) << role.name;
    EXPECT_TRUE(ids.insert(role.id).second) << role.name;
    EXPECT_EQ(find_role(role.name), &role);
    EXPECT_EQ(find_role(role.id), &role);
  }
  EXPECT_EQ(find_role("nobody"), nullptr);
}

TEST(Roles, WildcardsCoverAnyTextWithoutCase) {
  EXPECT_TRUE(covers("*", "Microsoft.X/y/write"));
  EXPECT_TRUE(covers("*/read", "microsoft.x/y/READ"));
  EXPECT_FALSE(covers("*/read", "Microsoft.X/y/readAll"));
  EXPECT_TRUE(covers("Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write"));
  EXPECT_FALSE(covers("Microsoft.Authorization/*/Write", "Microsoft.Authorization/write"));
  EXPECT_FALSE(covers("", "x"));
}

TEST(Roles, AllowWhatTheyAreMadeFor) {
  const std::string_view list_keys = "Microsoft.Storage/storageAccounts/listKeys/action";
  EXPECT_TRUE(find_role("Owner")->allows(list_keys));
  EXPECT_TRUE(find_role("Contributor")->allows(list_keys));
  EXPECT_TRUE(find_role("Storage Account Key Operator Service Role")->allows(list_keys));
  EXPECT_FALSE(find_role("Reader")->allows(list_keys));
  EXPECT_FALSE(find_role("Contributor")->allows("Microsoft.Authorization/roleAssignments/write"));
  EXPECT_TRUE(find_role("User Access Administrator")->allows("Microsoft.Authorization/roleAssignments/write"));
  const std::string_view read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
  EXPECT_FALSE(find_role("Owner")->allows_data(read)) << "Azure keeps data apart from management";
  EXPECT_TRUE(find_role("Storage Blob Data Reader")->allows_data(read));
}

TEST(Roles, BackupRolesDoWhatTheyAreNamedFor) {
  const std::string items = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/";
  const auto may = [&](std::string_view role, const std::string& action) { return find_role(role)->allows(action); };
  for (const auto* role : {"Backup Contributor", "Backup Operator", "Backup Reader"}) {
    EXPECT_TRUE(may(role, "Microsoft.RecoveryServices/vaults/backupJobs/read")) << role;
    EXPECT_FALSE(may(role, "Microsoft.RecoveryServices/vaults/delete")) << role;
    EXPECT_FALSE(may(role, "Microsoft.Authorization/roleAssignments/write")) << role;
    EXPECT_FALSE(find_role(role)->description.empty());
  }
  EXPECT_TRUE(may("Backup Contributor", items + "delete"));
  EXPECT_FALSE(may("Backup Operator", items + "delete"));
  EXPECT_TRUE(may("Backup Operator", items + "backup/action"));
  EXPECT_FALSE(may("Backup Reader", items + "backup/action"));
  EXPECT_TRUE(may("Backup Operator", "Microsoft.RecoveryServices/vaults/backupJobs/cancel/action"));
  EXPECT_FALSE(may("Backup Reader", "Microsoft.RecoveryServices/vaults/backupJobs/cancel/action"));
}

TEST(Roles, WhatIsDoneToBlobsIsData) {
  EXPECT_TRUE(is_data_action("microsoft.storage/storageAccounts/blobServices/containers/blobs/read"));
  EXPECT_FALSE(is_data_action("Microsoft.Storage/storageAccounts/blobServices/containers/read"));
  EXPECT_FALSE(is_data_action("Microsoft.Storage"));
}

TEST(Roles, ScopesHoldForWholeSegments) {
  EXPECT_TRUE(is_within("/", "/subscriptions/s"));
  EXPECT_TRUE(is_within("/", "/"));
  EXPECT_TRUE(is_within("/subscriptions/S", "/subscriptions/s"));
  EXPECT_TRUE(is_within("/subscriptions/s/", "/subscriptions/s/resourceGroups/g"));
  EXPECT_FALSE(is_within("/subscriptions/s", "/subscriptions/s2"));
  EXPECT_FALSE(is_within("/subscriptions/s/resourceGroups/g", "/subscriptions/s"));
}

}  // namespace
}  // namespace quaymaster::identity
