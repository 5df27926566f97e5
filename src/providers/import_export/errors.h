#pragma once

#include <array>

#include "base/error.h"

/// The published errors of Microsoft.ImportExport, in addition to those of Resource Manager itself (arm/errors.h).
/// The provider publishes no list of codes; these are the choices of import-export.md 15.2. Each sentence names the
/// property, the value and the rule, and says what to do.
namespace quaymaster::import_export::errors {

#define QM_ROW(name, status, code, sentence) inline constexpr ErrorRow name = {status, code, sentence}

QM_ROW(kInvalidParameter, 400, "InvalidParameter", "The value '{}' of '{}' is not valid. {}");
QM_ROW(kMissingRequiredProperty, 400, "MissingRequiredProperty", "The property '{}' is required. {}");
QM_ROW(kPropertyNotAllowed, 400, "PropertyNotAllowed", "The property '{}' must not be given here. {}");
QM_ROW(kTooManyDrives, 400, "TooManyDrives",
       "'driveList' has {} drives; a job takes at most {}. Spread the drives over several jobs.");
QM_ROW(kDuplicateDriveId, 400, "DuplicateDriveId",
       "The drive '{}' is named more than once in 'driveList'. Name each drive once.");
QM_ROW(kShippingInformationIncomplete, 400, "ShippingInformationIncomplete",
       "The job cannot go to Shipping without '{}'. Send it with this request or before.");
QM_ROW(kStorageAccountNotFound, 404, "StorageAccountNotFound",
       "The storage account '{}' was not found. Create it first, or correct 'storageAccountId'.");
QM_ROW(kLocationNotFound, 404, "LocationNotFound",
       "The location '{}' is not known. GET /providers/Microsoft.ImportExport/locations lists the known ones.");
QM_ROW(kInvalidJobState, 409, "InvalidJobState",
       "The job '{}' is in state {}, in which {} is not possible. It is possible in: {}.");
QM_ROW(kDriveInUse, 409, "DriveInUse",
       "The drive '{}' is being imported by the job '{}'. Wait until that job has ended, or cancel it.");
QM_ROW(kDriveNotInJob, 404, "DriveNotFound", "The job '{}' names no drive '{}'. Its drives are: {}.");
QM_ROW(kDockRefused, 400, "DriveNotUsable", "The folder cannot be docked as drive '{}': {}");
QM_ROW(kDockForbidden, 403, "DockPathNotAllowed",
       "The folder is outside the directories that drives may be docked from. Put the drive into the dock directory, "
       "or add its directory to the setting 'dock-allow'.");

#undef QM_ROW

/// Every row, for the test that checks them all and for doc/api.
inline constexpr std::array kAll = {
    &kInvalidParameter,       &kMissingRequiredProperty,
    &kPropertyNotAllowed,     &kTooManyDrives,
    &kDuplicateDriveId,       &kShippingInformationIncomplete,
    &kStorageAccountNotFound, &kLocationNotFound,
    &kInvalidJobState,        &kDriveInUse,
    &kDriveNotInJob,          &kDockRefused,
    &kDockForbidden,
};

}  // namespace quaymaster::import_export::errors
