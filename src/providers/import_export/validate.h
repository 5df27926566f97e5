#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "providers/import_export/drive_keys.h"
#include "providers/import_export/models.h"
#include "providers/import_export/record.h"

/// Converts a client's request to the record, or to a published error. Uses neither store nor clock: the handlers
/// check everything that depends on other resources (accounts, groups, drives in use). Source: import-export.md
/// chapters 3, 5.3, 14 and 15.2.
namespace quaymaster::import_export {

constexpr std::size_t kMostDrives = 10;
constexpr std::size_t kLongestBlobList = 32 * 1024;  // bytes of an inline list
constexpr std::size_t kLongestName = 80;

/// Errors of everything below: Errc::invalid or Errc::conflict with a published row and a target.

/// 1 to 80 letters, digits, "-", "_" and ".", starting with a letter or digit.
Result<> check_job_name(std::string_view name);

/// Sets everything that a PUT determines: document, type and drives. `job` is a new record with its id, or the
/// present one if the PUT replaces it. A drive that stays in the list and comes without a BitLocker key keeps its
/// key.
Result<> apply_put(JobRecord& job, const JobRequest& request, const DriveKeys& keys);

/// Applies a PATCH as a whole or not at all: on an error `job` is unchanged. A PATCH that changes nothing is allowed
/// in any state. It does not move the job to Shipping itself: `ship` says that the request asked for it and that it
/// is allowed.
struct PatchEffect {
  bool changed = false;
  bool ship = false;
};
Result<PatchEffect> apply_patch(JobRecord& job, const JobRequest& request, const DriveKeys& keys);

/// The error for an action that the job's state does not allow; `doing` completes "in which … is not possible".
Result<> require(const JobRecord& job, JobAction action, std::string_view doing, std::string_view target);

}  // namespace quaymaster::import_export
