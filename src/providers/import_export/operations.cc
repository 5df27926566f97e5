#include <array>

#include "arm/operation.h"
#include "arm/paths.h"
#include "providers/import_export/provider.h"

namespace quaymaster::import_export {
namespace {

using enum http::Method;

#define QM_IMPORT_EXPORT "/providers/Microsoft.ImportExport"
#define QM_JOBS QM_IMPORT_EXPORT "/jobs"
#define QM_JOB QM_GROUP QM_JOBS "/{jobName}"

constexpr std::string_view kLocations = QM_IMPORT_EXPORT "/locations";
constexpr std::string_view kLocation = QM_IMPORT_EXPORT "/locations/{locationName}";
constexpr std::string_view kOperationList = QM_IMPORT_EXPORT "/operations";
constexpr std::string_view kDock = QM_IMPORT_EXPORT "/dock";
constexpr std::string_view kJobs = QM_SUBSCRIPTION QM_JOBS;
constexpr std::string_view kGroupJobs = QM_GROUP QM_JOBS;
constexpr std::string_view kJob = QM_JOB;
constexpr std::string_view kJobKeys = QM_JOB "/listBitLockerKeys";
constexpr std::string_view kJobDock = QM_JOB "/dockDrive";

constexpr std::string_view kFirst = "2016-11-01";
constexpr std::string_view kOurs = "Not part of Azure: how drives arrive at this server. See doc/import-export.md.";

constexpr std::string_view kNoResource = "a drive is not a resource";
constexpr std::string_view kNoKeyVaults = "it is stored and returned, but not used: this server has no key vaults";
constexpr arm::Link kPutLinks[] = {
    arm::needs("properties.storageAccountId", kListKeys, "Microsoft.Storage/storageAccounts"),
    arm::asked_by_handler("properties.storageAccountId",
                          "the same at the account of that name, since a classic account's id does not have its group"),
    arm::needs_nothing("properties.driveList.driveId", kNoResource),
    arm::needs_nothing("properties.encryptionKey.kekVaultResourceID", kNoKeyVaults),
};
constexpr arm::Link kPatchLinks[] = {
    arm::needs_nothing("properties.storageAccountId", "a PATCH cannot change it"),
    arm::needs_nothing("properties.driveList.driveId", kNoResource),
    arm::needs_nothing("properties.encryptionKey.kekVaultResourceID", kNoKeyVaults),
};
constexpr arm::Link kDockLinks[] = {arm::needs_nothing("driveId", kNoResource)};

// Source: Microsoft.ImportExport 2016-11-01, 2020-08-01 and 2021-01-01; all three have the same operations. Any
// caller with a token may read locations and operations.
using P = ImportExport;
constexpr arm::Operation kRows[] = {
    {"Locations_List", get, kLocations, kFirst, "", arm::bind<&P::list_locations>},
    {"Locations_Get", get, kLocation, kFirst, "", arm::bind<&P::get_location>},
    {"Operations_List", get, kOperationList, kFirst, "", arm::bind<&P::list_operations>},
    {"Jobs_ListBySubscription", get, kJobs, kFirst, "Microsoft.ImportExport/jobs/read",
     arm::bind<&P::list_by_subscription>},
    {"Jobs_ListByResourceGroup", get, kGroupJobs, kFirst, "Microsoft.ImportExport/jobs/read",
     arm::bind<&P::list_by_group>},
    {"Jobs_Get", get, kJob, kFirst, "Microsoft.ImportExport/jobs/read", arm::bind<&P::get_job>},
    {"Jobs_Create", put, kJob, kFirst, "Microsoft.ImportExport/jobs/write", arm::bind<&P::create_job>, "",
     arm::Reach::scope, kPutLinks},
    {"Jobs_Update", patch, kJob, kFirst, "Microsoft.ImportExport/jobs/write", arm::bind<&P::update_job>, "",
     arm::Reach::scope, kPatchLinks},
    {"Jobs_Delete", del, kJob, kFirst, "Microsoft.ImportExport/jobs/delete", arm::bind<&P::delete_job>},
    {"BitLockerKeys_List", post, kJobKeys, kFirst, "Microsoft.ImportExport/jobs/listBitLockerKeys/action",
     arm::bind<&P::list_keys>},
    {"Jobs_DockDrive", post, kJobDock, kFirst, "Microsoft.ImportExport/jobs/dockDrive/action",
     arm::bind<&P::dock_drive>, kOurs, arm::Reach::scope, kDockLinks},
    {"Dock_List", get, kDock, kFirst, "Microsoft.ImportExport/dock/read", arm::bind<&P::list_dock>, kOurs},
};

constexpr std::string_view kNewestFirst[] = {"2021-01-01", "2020-08-01", "2016-11-01"};
constexpr std::string_view kOldestFirst[] = {"2016-11-01", "2020-08-01", "2021-01-01"};
constexpr arm::ResourceType kTypes[] = {
    {"jobs", kNewestFirst}, {"locations", kNewestFirst}, {"operations", kNewestFirst}};

}  // namespace

// Recorded answers specify no charset.
const arm::Provider kProvider = {"Microsoft.ImportExport", kRows, kTypes, kOldestFirst, "application/json"};

}  // namespace quaymaster::import_export
