#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "jobs/engine.h"
#include "providers/recovery_services/jobs/backup_jobs.h"

/// The errors of backup jobs, as `errorDetails` reports them. Names: backup.md 14.4. Numbers are as recorded where
/// marked R; no others are published, so the rest are ours: VM from 410001, backups of file shares from 420001,
/// restores of them from 430001, errors that Azure does not have from 440001. A number never changes its meaning.
namespace quaymaster::recovery_services::job_errors {

/// A step that returns `refuse(kind, row.published, …)` makes its job fail with this entry; warn_job accepts
/// `told(row, …)`. The "{}" placeholders of the sentence are filled as in every published row.
struct JobErrorText {
  std::int64_t number;
  ErrorRow published;
  std::string_view advice;  // what to do next
};

#define QM_ROW(name, number, code, sentence, advice) \
  inline constexpr JobErrorText name = {number, {400, code, sentence}, advice}

// Every kind of job.
QM_ROW(kCancelled, 400158, "UserErrorJobSuccessfullyCancelled", "Job is cancelled.",
       "Start the operation again if it is still needed.");  // R
QM_ROW(kInternal, 1073871825, "CloudInternalError",
       "Microsoft Azure Backup encountered an internal error.",  // R
       "Wait for a few minutes and then try the operation again. The server's log names the cause under the job's id.");

// Virtual machines.
QM_ROW(kMachineNotFound, 400136, "UserErrorVmNotFoundV2", "Virtual machine doesn't exist.",  // R
       "Register the virtual machine again under the same name, or stop its protection.");
QM_ROW(kMachineNotReady, 410001, "UserErrorVmNotInDesirableState",
       "The virtual machine is not in a state that allows backups: {}.", "Correct it and back up again.");
QM_ROW(kFreezeFailed, 410002, "UserErrorFsFreezeFailed",
       "The file systems of the virtual machine could not be frozen for a consistent backup.",
       "Check the file systems inside the virtual machine and back up again.");
QM_ROW(kSnapshotNoNetwork, 410003, "ExtensionSnapshotFailedNoNetwork",
       "The snapshot failed as the virtual machine could not be reached.", "Check its network and back up again.");
QM_ROW(kInstantPointNotFound, 410004, "UserErrorInstantRpNotFound", "The snapshot of the recovery point was not found.",
       "Restore from another recovery point.");
QM_ROW(kSizeNotAvailable, 410005, "UserErrorSkuNotAvailable",
       "The size '{}' is not available where the virtual machine is restored.",
       "Restore the disks, and create the virtual machine with another size.");
QM_ROW(kBackupRuns, 410006, "UserErrorBackupOperationInProgress", "Another backup of the same item is in progress.",
       "Wait for it to finish, or cancel it.");
QM_ROW(kWrongSystems, 520512, "UserErrorIncompatibleSrcTargetSystemsForRestore",
       "Source and target of the restore are not compatible.", "Choose another target.");  // R

// Backups of file shares.
QM_ROW(kShareNotFound, 420001, "FileShareNotFound",
       "The file share '{}' was not found, or its directory cannot be read.",
       "Create the file share or its directory again, or stop its protection.");
QM_ROW(kMaxSnapshots, 420002, "AFSMaxSnapshotReached", "The file share has reached the limit of 200 snapshots.",
       "Delete snapshots that are not needed.");
QM_ROW(kAccountNotFound, 420003, "UserErrorStorageAccountNotFound", "The storage account '{}' was not found.",
       "Create the storage account again, or stop protection of its file shares.");
QM_ROW(kAccountLocked, 420004, "UserErrorStorageAccountIsLocked", "The storage account '{}' is locked.",
       "Remove the lock and try again.");
QM_ROW(kShareUnreachable, 420005, "UserErrorFileShareEndpointUnreachable", "The file share '{}' could not be reached.",
       "Check that its directory is mounted and readable.");
QM_ROW(kParallelSnapshot, 420006, "ParallelSnapshotRequest", "Another backup of the same file share is in progress.",
       "Wait for it to finish, or cancel it.");
QM_ROW(kShareSnapshotNotFound, 420007, "UserErrorAFSSourceSnapshotNotFound",
       "The snapshot of the recovery point was not found.", "Restore from another recovery point.");

// Restores of file shares.
QM_ROW(kTargetShareNotFound, 430001, "TargetFileShareNotFound", "The target file share '{}' was not found.",
       "Create it, or choose another target.");
QM_ROW(kTargetShareFull, 430002, "UserErrorTargetFileShareFull", "The target file share '{}' is full.",
       "Make space in it, or choose another target; files that were restored stay.");
QM_ROW(kTargetQuota, 430003, "UserErrorTargetFileShareQuotaNotSufficient",
       "The quota of the target file share '{}' is not sufficient.", "Raise it, or choose another target.");
QM_ROW(kRestoreRuns, 430004, "UserErrorAnotherRestoreInProgressOnSameTarget",
       "Another restore to the same target is in progress.", "Wait for it to finish, or choose another target.");
QM_ROW(kSomeNotRestored, 430005, "UserErrorAFSRecoverySomeFilesNotRestored", "{} files could not be restored: {}",
       "Correct what the list names, and restore these files again.");
QM_ROW(kNoneRestored, 430006, "DataTransferServiceAllFilesFailedToRecover", "None of the files could be restored: {}",
       "Correct what the list names, and restore again.");
QM_ROW(kConflictLimit, 430007, "DataTransferServiceCoFLimitReached",
       "Files that already exist in the target stopped the restore: {}",
       "Restore to another folder, or choose to overwrite, skip or copy.");
QM_ROW(kSourceNotValid, 430008, "UserErrorDTSSourceUriNotValid", "'{}' does not exist in the recovery point.",
       "Restore a path that the recovery point has.");
QM_ROW(kTargetLocked, 430009, "UserErrorDTSDestLocked", "The target '{}' cannot be written.",
       "Check the permissions of the target directory.");
QM_ROW(kTransferFailed, 430010, "DatamoverGenericError", "The data could not be transferred: {}", "Try again.");

// Errors that Azure does not have.
QM_ROW(kSourceChanged, 440001, "UserErrorSourceChangedDuringBackup",
       "The source changed while it was read, so the recovery point mixes several states of it: {}",
       "Back up again while it is not written to, or keep it on a file system that can clone files, such as XFS or "
       "Btrfs.");
QM_ROW(kSomeNotBackedUp, 440002, "UserErrorSomeFilesNotBackedUp", "{} entries could not be read: {}",
       "Give the server the right to read them, or remove them.");
QM_ROW(kTargetExists, 440003, "UserErrorRestoreTargetExists", "The target '{}' already exists.",
       "Choose another target, or remove it.");
QM_ROW(kTargetNotAllowed, 440004, "UserErrorRestoreTargetNotAllowed",
       "The target '{}' is not in a directory that this server may write to.",
       "Choose a target inside the directories of the server's configuration.");
QM_ROW(kTargetNoSpace, 440005, "UserErrorRestoreTargetFull", "There is no space left on the target.",
       "Make space, or choose another target, and restore again; the recovery point is untouched.");
QM_ROW(kPointDamaged, 440006, "UserErrorRecoveryPointDamaged", "Data of the recovery point is damaged: {}",
       "Restore from another recovery point, and check the vault.");
QM_ROW(kPointGone, 440007, "UserErrorRecoveryPointNotFound", "The recovery point no longer exists.",
       "Restore from another recovery point.");
QM_ROW(kDiskNotFound, 440008, "UserErrorDiskNotFound", "The image of the disk '{}' was not found.",
       "Put the image back, or exclude the disk from the backup.");
QM_ROW(kNotAllowedAnyMore, 440010, "LinkedAuthorizationFailed", "{}",
       "Give the role again, or have someone who has it start the operation.");
QM_ROW(kItemGone, 440009, "UserErrorProtectedItemNotFound", "The protected item no longer exists.",
       "Protect it again.");

#undef QM_ROW

/// Every row, for lookups and for the test that checks them all.
std::span<const JobErrorText* const> all();
/// By its published name; null if there is none.
const JobErrorText* find(std::string_view code);

/// An entry of errorDetails.
template <class... Arguments>
JobError told(const JobErrorText& row, const Arguments&... arguments) {
  return {row.number,
          std::string(row.published.code),
          fmt::format(fmt::runtime(row.published.sentence), arguments...),
          {std::string(row.advice)}};
}

/// The entry for a failed engine job. An error from another table has no number here: it is reported under
/// kOther with its own code and sentence.
constexpr std::int64_t kOther = 440000;
JobError of_failed(const jobs::Record& record);

}  // namespace quaymaster::recovery_services::job_errors
