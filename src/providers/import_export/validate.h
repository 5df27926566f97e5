#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "providers/import_export/drive_keys.h"
#include "providers/import_export/models.h"
#include "providers/import_export/record.h"

/// From what a client sent to the record, or to the refusal it reads. No store, no clock: what depends on other
/// resources (accounts, groups, drives in use) is the handlers' business.
/// Source: import-export.md chapters 3, 5.3, 14 and 15.2.
namespace quaymaster::import_export {

constexpr std::size_t kMostDrives = 10;
constexpr std::size_t kLongestBlobList = 32 * 1024;  // bytes of an inline list
constexpr std::size_t kLongestName = 80;

/// Errors of everything below: Errc::invalid or Errc::conflict with a published row and a target.

/// 1 to 80 of letters, digits, "-", "_" and ".", beginning with a letter or digit.
Result<> check_job_name(std::string_view name);

/// Fills everything a PUT decides: document, type and drives. `job` is a new record with its id, or the present one of
/// a PUT that replaces; a drive that stays in the list and comes without a BitLocker key keeps the one it has.
Result<> apply_put(JobRecord& job, const JobRequest& request, const DriveKeys& keys);

/// Applies a PATCH, whole or not at all: on an error `job` is untouched. What changes nothing is allowed in any state.
/// Does not move the job to Shipping by itself: `ship` answers that it was asked to, and that it may.
struct PatchEffect {
  bool changed = false;
  bool ship = false;
};
Result<PatchEffect> apply_patch(JobRecord& job, const JobRequest& request, const DriveKeys& keys);

/// The refusal of a action that the job's state does not allow; `doing` completes "in which … is not possible".
Result<> require(const JobRecord& job, JobAction action, std::string_view doing, std::string_view target);

}  // namespace quaymaster::import_export
