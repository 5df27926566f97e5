#pragma once

#include <string_view>

/// How answers depend on the api-version: every change in this provider, in one table. Source: recorded answers of
/// the service, 2018 to 2026. versions_test.cc requests each row at both of its versions.
namespace quaymaster::recovery_services {

struct VersionCut {
  std::string_view last;   // the newest version known to have the old form
  std::string_view first;  // the oldest one known to have the new form; versions in between get the old one
  std::string_view what;   // what begins with it
};

/// Does this version have the new form? A preview counts by its date.
constexpr bool is_since(std::string_view api_version, const VersionCut& cut) {
  return api_version.substr(0, cut.first.size()) >= cut.first;
}

namespace cuts {

// Vaults.
inline constexpr VersionCut kCreationIsFollowed{"2021-03-01", "2022-04-01", "a new vault has an operation to follow"};
inline constexpr VersionCut kDeletionIsFollowed{"2024-01-01", "2024-02-01", "so has the deletion of a vault"};
inline constexpr VersionCut kVaultStorage{"2021-03-01", "2022-04-01",
                                          "monitoringSettings, backupStorageVersion and redundancySettings of a vault"};
inline constexpr VersionCut kVaultNetwork{"2022-04-01", "2022-10-01", "publicNetworkAccess of a vault"};
inline constexpr VersionCut kVaultSecurity{"2023-01-01", "2023-02-01",
                                           "restoreSettings of a vault, and securitySettings of one that has none set"};
inline constexpr VersionCut kVaultScores{"2023-02-01", "2023-04-01", "secureScore and bcdrSecurityLevel of a vault"};
inline constexpr VersionCut kNoImmutability{"2023-04-01", "2024-04-01",
                                            "immutabilitySettings is null where it was absent"};
inline constexpr VersionCut kBornAlwaysOn{
    "2024-04-01", "2025-08-01", "a new vault keeps softDeleteState AlwaysON, and sourceScanConfiguration of a vault"};

// Protected items and requests about them.
inline constexpr VersionCut kKpisBegin{"2019-05-13", "2019-06-15", "kpisHealths of a protected item"};
inline constexpr VersionCut kKpisEnd{"2022-06-01", "2022-09-01", "no kpisHealths any more"};
inline constexpr VersionCut kItemVault{"2022-10-01", "2023-01-01",
                                       "vaultId and softDeleteRetentionPeriod of a protected item"};
inline constexpr VersionCut kItemScanning{"2023-06-01", "2024-01-01", "sourceSideScanning of a protected item"};
inline constexpr VersionCut kStatusType{"2023-06-01", "2024-04-01", "objectType of a backupStatus"};

// Recovery points and jobs.
inline constexpr VersionCut kTiersInWords{"2021-10-01", "2021-11-15", "tiers of a recovery point are text"};
inline constexpr VersionCut kActionsInWords{"2023-01-01", "2023-02-01", "actionsInfo of a job is text"};
inline constexpr VersionCut kTaskTimes{"2021-12-01", "2022-01-01", "times of a backup's tasks"};
inline constexpr VersionCut kTaskTypes{"2023-06-01", "2024-01-01", "taskType of the tasks of backups and restores"};

inline constexpr const VersionCut* kAll[] = {
    &kCreationIsFollowed, &kDeletionIsFollowed, &kVaultStorage,   &kVaultNetwork, &kVaultSecurity, &kVaultScores,
    &kNoImmutability,     &kBornAlwaysOn,       &kKpisBegin,      &kKpisEnd,      &kItemVault,     &kItemScanning,
    &kStatusType,         &kTiersInWords,       &kActionsInWords, &kTaskTimes,    &kTaskTypes,
};

}  // namespace cuts
}  // namespace quaymaster::recovery_services
