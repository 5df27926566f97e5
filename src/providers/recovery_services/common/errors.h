#pragma once

#include <array>

#include "arm/body_errors.h"
#include "base/error.h"

/// The published errors of Microsoft.RecoveryServices, in addition to those of Resource Manager itself
/// (arm/errors.h). Codes: backup.md 4.2; a name that it marks as our choice is our choice here too. Each sentence
/// says what happened and what to do about it.
namespace quaymaster::recovery_services::errors {

#define QM_ROW(name, status, code, sentence) inline constexpr ErrorRow name = {status, code, sentence}

// Every area.
QM_ROW(kInvalidInput, 400, "BMSUserErrorInvalidInput", "Input provided for the call is invalid. {}");
QM_ROW(kOperationNotFound, 404, "BMSUserErrorOperationNotFound",
       "The operation '{}' was not found. Finished operations are kept for seven days.");

// Vaults and their settings.
QM_ROW(kInvalidVaultName, 400, "InvalidResourceName",
       "The vault name '{}' is not valid. A name has 2 to 50 letters, digits and hyphens, the first a letter.");
QM_ROW(kInvalidLocation, 400, "InvalidLocation", "The location '{}' is not known. GET {} lists the known ones.");
QM_ROW(kVaultNotEmptyContainers, 400, "ServiceResourceNotEmptyWithContainerDetails",
       "The vault '{}' cannot be deleted as there are existing resources within the vault. Unregister these containers "
       "after stopping protection and deleting the data of their items: {}");
QM_ROW(kVaultNotEmpty, 400, "ServiceResourceNotEmptyWithBackendMessage",
       "The vault '{}' cannot be deleted as there are existing resources within the vault. {} Delete their backup data "
       "first; items in soft deleted state are removed after their retention, or when soft delete is disabled.");
QM_ROW(kStorageLocked, 400, "CloudInvalidInputError",
       "The storage redundancy of the vault '{}' is '{}' and can no longer be changed, since an item was protected in "
       "it. Create another vault for '{}'.");
QM_ROW(kSettingIsFinal, 400, "CloudInvalidInputError", "'{}' is '{}', which is final. It cannot become '{}'.");
QM_ROW(kGuardedOperation, 403, "UserErrorResourceGuardAuthorizationFailed",
       "The vault '{}' is guarded by '{}'. Send the request '{}' of that guard in resourceGuardOperationRequests, or "
       "unlock the deletion first.");
QM_ROW(kGuardForbidden, 403, "UserErrorResourceGuardAuthorizationFailed",
       "The vault '{}' is guarded by '{}', and the client '{}' does not have the permission '{}' there. Ask someone "
       "who has it, or ask for a role at the guard.");

// Protected items.
QM_ROW(kItemNotFound, 404, "BMSUserErrorDataSourceObjectNotFound",
       "The protected item '{}' in the container '{}' was not found. It may have been deleted. GET "
       "backupProtectedItems lists those that the vault has.");
QM_ROW(kItemGone, 404, "BMSUserErrorDataSourceObjectNotFound",
       "The protected item was deleted before the operation began.");
QM_ROW(kInvalidConfigure, 400, "BMSUserErrorInvalidConfigureProtectionRequest",
       "The request to configure protection is not valid. {}");
QM_ROW(kMachineNotFound, 400, "UserErrorVmNotFoundV2",
       "The virtual machine '{}' was not found. Create it first, or correct 'sourceResourceId'.");
QM_ROW(kShareNotFound, 400, "FileShareNotFound",
       "The storage account '{}' has no file share '{}' that has a directory. Create the share first.");
QM_ROW(kMachineElsewhere, 400, "BMSUserErrorInvalidConfigureProtectionRequest",
       "The virtual machine '{}' is in '{}' and the vault '{}' is in '{}'. A vault protects machines in its own "
       "location: use or create one there.");
QM_ROW(kProtectedElsewhere, 400, "VirtualMachineAlreadyProtected",
       "'{}' is already protected by the vault '{}'. Stop its protection there first.");
QM_ROW(kItemSoftDeleted, 400, "BMSUserErrorItemSoftDeleted",
       "'{}' is in soft deleted state. Undelete it first: PUT it with isRehydrate true and protectionState "
       "ProtectionStopped.");
QM_ROW(kItemNotSoftDeleted, 400, "BMSUserErrorItemNotSoftDeleted",
       "'{}' is not in soft deleted state, so there is nothing to undelete.");
QM_ROW(kItemLocked, 409, "BMSUserErrorObjectLocked",
       "Another operation on '{}' is in progress. Wait until it has ended, then try again.");
QM_ROW(kImmutable, 400, "UserErrorOperationDeniedOnImmutableItem", "The operation is denied. {}");

// Discovery and containers.
QM_ROW(kContainerNotFound, 404, "BMSUserErrorContainerObjectNotFound",
       "The container '{}' is not registered with the vault. GET backupProtectionContainers lists the existing ones.");
QM_ROW(kContainerNotEmpty, 400, "BMSUserErrorContainerHasDatasources",
       "The container '{}' has protected items. Stop their protection and delete their backup data first.");
QM_ROW(kContainerElsewhere, 400, "BMSUserErrorContainerAlreadyRegistered",
       "The storage account '{}' is registered with the vault '{}'. Unregister it there first.");
QM_ROW(kContainerSourceNotFound, 400, "BMSUserErrorContainerSourceNotFound",
       "The source '{}' of the container was not found. Create it first, or correct 'sourceResourceId'.");

// Jobs. The codes are our choice; the sentences follow the documentation of each case (backup.md 14.5).
QM_ROW(kJobNotFound, 404, "BMSUserErrorJobNotFound",
       "The job '{}' was not found in this vault. GET backupJobs lists the existing ones.");
QM_ROW(kJobNeverCancellable, 400, "BMSUserErrorJobNotCancellable",
       "Cancellation is not supported for jobs of the operation '{}'. Wait for the job to finish.");
QM_ROW(kJobEnded, 400, "BMSUserErrorJobNotCancellable",
       "The job '{}' is not in a cancellable state: it has ended as '{}'.");
QM_ROW(kJobNotInProgress, 400, "BMSUserErrorJobNotCancellable",
       "Only jobs in progress can be cancelled. The job '{}' is being cancelled already; follow it until it ends.");
QM_ROW(kJobCancelFailed, 400, "BMSUserErrorJobCancelFailed",
       "Backup failed to cancel the job '{}'. Please try again in a few minutes.");
QM_ROW(kJobEndedFirst, 400, "BMSUserErrorJobNotCancellable",
       "The job '{}' ended as '{}' before the cancellation took effect.");
// Backups and recovery points.
QM_ROW(kPointNotFound, 404, "BMSUserErrorRecoveryPointNotFound",
       "The recovery point '{}' was not found. GET recoveryPoints lists the existing ones.");
QM_ROW(kPointNotMovable, 400, "BMSUserErrorRecoveryPointMoveNotSupported",
       "The recovery point '{}' cannot be moved to '{}': this server has no archive tier.");
QM_ROW(kItemNotProtected, 400, "BMSUserErrorProtectionStopped",
       "The item '{}' cannot be backed up: {}. Protect it with a policy first.");
QM_ROW(kBackupInProgress, 409, "UserErrorBackupOperationInProgress",
       "The backup '{}' of the virtual machine '{}' is in progress. Wait until that job has ended, or cancel it.");
QM_ROW(kSnapshotInProgress, 409, "ParallelSnapshotRequest",
       "The backup '{}' of the file share '{}' is in progress. Wait until that job has ended, or cancel it.");

// Policies.
QM_ROW(kPolicyNotFound, 404, "BMSUserErrorPolicyNotFound",
       "The policy '{}' was not found in the vault. GET backupPolicies lists the existing ones.");
QM_ROW(kInvalidPolicy, 400, "BMSUserErrorInvalidPolicyInput", "The policy is not in the proper format. {}");
QM_ROW(kPolicyInUse, 400, "BMSUserErrorPolicyInUse",
       "The policy '{}' governs {} protected item(s), among them '{}'. Give them another policy or stop their "
       "protection first.");
QM_ROW(
    kPolicyDoesNotFit, 400, "BMSUserErrorInvalidPolicyForGivenProvider",
    "The policy '{}' is of the management type '{}' and cannot govern an item of '{}'. Choose a policy of that type.");
QM_ROW(kPolicyElsewhere, 400, "BMSUserErrorInvalidInput",
       "'{}' does not name a backup policy of the vault '{}'. Send an id that GET backupPolicies returns.");
QM_ROW(kMachineGone, 400, "UserErrorVmNotFoundV2",
       "The virtual machine '{}' doesn't exist: the image of its disk '{}' was not found.");
QM_ROW(kImageNotAllowed, 400, "UserErrorDiskImageNotAllowed",
       "The image of the disk '{}' of '{}' is not in a directory that this server may read.");
QM_ROW(kImageUnreadable, 400, "UserErrorDiskImageUnreadable",
       "The image of the disk '{}' of '{}' is damaged, or uses features that are not supported.");
QM_ROW(kShareNotAllowed, 400, "UserErrorFileShareNotAllowed",
       "The directory of the file share '{}' is outside the directories that this server may read.");
QM_ROW(kMaintenanceRuns, 409, "QuaymasterMaintenanceInProgress",
       "A {} of the vault '{}' is in progress, started by {}. Wait until it has ended.");
// Restores. Codes for shares: backup.md 14.4; those for images are ours.
QM_ROW(kRestoreTargetBusy, 409, "UserErrorAnotherRestoreInProgressOnSameTarget",
       "Another restore to '{}' is in progress. Wait for its job '{}' to finish, or cancel it.");
QM_ROW(kRestoreTargetExists, 409, "UserErrorRestoreTargetExists",
       "'{}' already exists, and a restore never overwrites it. Choose another place or name.");
QM_ROW(kRestoreTargetForbidden, 400, "UserErrorRestoreTargetNotAllowed", "Nothing can be restored to '{}': {}");
QM_ROW(kTargetShareNotFound, 400, "TargetFileShareNotFound",
       "The target file share '{}' of the storage account '{}' was not found. Create it, or name another one.");
QM_ROW(kTargetAccountNotFound, 400, "UserErrorStorageAccountNotFound",
       "The storage account '{}' was not found. Create it, or name another one.");
QM_ROW(kRestoreMachineNotFound, 400, "UserErrorVmNotFoundV2",
       "The virtual machine '{}' does not exist, so its disks cannot be replaced. Restore to an alternate location.");
QM_ROW(kRestoreOfDeletedItem, 400, "BMSUserErrorItemSoftDeleted",
       "The backup data of '{}' was deleted. Undelete the protected item first.");
QM_ROW(kNoSuchEntry, 404, "BMSUserErrorEntryNotFound", "The recovery point has no entry '{}'.");
QM_ROW(kRangeNotSatisfiable, 416, "InvalidRange", "The range is outside the entry, which has {} bytes.");

#undef QM_ROW

/// Every row, for the test that checks them all. Each area appends its own.
inline constexpr std::array kAll = {
    &kInvalidInput,
    &kOperationNotFound,
    &kInvalidVaultName,
    &kInvalidLocation,
    &kVaultNotEmptyContainers,
    &kVaultNotEmpty,
    &kStorageLocked,
    &kSettingIsFinal,
    &kGuardedOperation,
    &kGuardForbidden,
    &kItemNotFound,
    &kItemGone,
    &kInvalidConfigure,
    &kMachineNotFound,
    &kShareNotFound,
    &kMachineElsewhere,
    &kProtectedElsewhere,
    &kItemSoftDeleted,
    &kItemNotSoftDeleted,
    &kItemLocked,
    &kImmutable,
    &kContainerNotFound,
    &kContainerNotEmpty,
    &kContainerElsewhere,
    &kContainerSourceNotFound,
    // jobs
    &kJobNotFound,
    &kJobNeverCancellable,
    &kJobEnded,
    &kJobNotInProgress,
    &kJobCancelFailed,
    &kJobEndedFirst,
    // Backups and recovery points.
    &kPointNotFound,
    &kPointNotMovable,
    &kItemNotProtected,
    &kBackupInProgress,
    &kSnapshotInProgress,
    // policies
    &kPolicyNotFound,
    &kInvalidPolicy,
    &kPolicyInUse,
    &kPolicyDoesNotFit,
    &kPolicyElsewhere,
    &kMachineGone,
    &kImageNotAllowed,
    &kImageUnreadable,
    &kShareNotAllowed,
    &kMaintenanceRuns,
    &kRestoreTargetBusy,
    &kRestoreTargetExists,
    &kRestoreTargetForbidden,
    &kTargetShareNotFound,
    &kTargetAccountNotFound,
    &kRestoreMachineNotFound,
    &kRestoreOfDeletedItem,
    &kNoSuchEntry,
    &kRangeNotSatisfiable,
};

/// Errors for invalid bodies: backup.md 4.2, BMSUserErrorInvalidInput.
inline constexpr arm::BodyErrors kBodies{&kInvalidInput, &kInvalidInput, &kInvalidInput};

}  // namespace quaymaster::recovery_services::errors
