#include "providers/recovery_services/jobs/job_errors.h"

#include <algorithm>
#include <array>

namespace quaymaster::recovery_services::job_errors {
namespace {

constexpr std::array kAll = {
    &kCancelled,
    &kInternal,
    &kMachineNotFound,
    &kMachineNotReady,
    &kFreezeFailed,
    &kSnapshotNoNetwork,
    &kInstantPointNotFound,
    &kSizeNotAvailable,
    &kBackupRuns,
    &kWrongSystems,
    &kShareNotFound,
    &kMaxSnapshots,
    &kAccountNotFound,
    &kAccountLocked,
    &kShareUnreachable,
    &kParallelSnapshot,
    &kShareSnapshotNotFound,
    &kTargetShareNotFound,
    &kTargetShareFull,
    &kTargetQuota,
    &kRestoreRuns,
    &kSomeNotRestored,
    &kNoneRestored,
    &kConflictLimit,
    &kSourceNotValid,
    &kTargetLocked,
    &kTransferFailed,
    &kSourceChanged,
    &kSomeNotBackedUp,
    &kTargetExists,
    &kTargetNotAllowed,
    &kTargetNoSpace,
    &kPointDamaged,
    &kPointGone,
    &kDiskNotFound,
    &kItemGone,
    &kNotAllowedAnyMore,
};

}  // namespace

std::span<const JobErrorText* const> all() {
  return kAll;
}

const JobErrorText* find(std::string_view code) {
  const auto found = std::ranges::find(kAll, code, [](const JobErrorText* row) { return row->published.code; });
  return found == kAll.end() ? nullptr : *found;
}

JobError of_failed(const jobs::Record& record) {
  if (const auto* row = find(record.error_code)) {
    return {row->number, record.error_code, record.reason, {std::string(row->advice)}};
  }
  if (!record.error_code.empty()) {
    return {kOther, record.error_code, record.reason, {std::string(kInternal.advice)}};
  }
  return {kInternal.number, std::string(kInternal.published.code), record.reason, {std::string(kInternal.advice)}};
}

}  // namespace quaymaster::recovery_services::job_errors
