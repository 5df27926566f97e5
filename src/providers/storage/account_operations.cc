#include "providers/storage/account_operations.h"
#include "arm/paths.h"
#include "providers/storage/shares.h"

namespace quaymaster::storage {
namespace {

#define QM_STORAGE "/providers/Microsoft.Storage"
#define QM_ACCOUNT QM_GROUP QM_STORAGE "/storageAccounts/{accountName}"
#define QM_SHARES QM_ACCOUNT "/fileServices/default/shares"
#define QM_CONTAINERS QM_ACCOUNT "/blobServices/default/containers"
#define QM_ACTION "Microsoft.Storage/storageAccounts"

using enum http::Method;
using A = AccountOperations;

constexpr std::string_view kFirst = "2015-06-15";

constexpr std::string_view kOnBlobEndpoint = "containers are managed on the Blob endpoint.";
constexpr std::string_view kPropertiesOnBlobEndpoint = "service properties are managed on the Blob endpoint.";
constexpr std::string_view kNoFileService = "shares are directories of this server; no file service has properties.";

constexpr arm::Operation kOperations[] = {
    {"StorageAccounts_CheckNameAvailability", post, QM_SUBSCRIPTION QM_STORAGE "/checkNameAvailability", kFirst,
     "Microsoft.Storage/checknameavailability/read", arm::bind<&A::check_name>},
    {"StorageAccounts_List", get, QM_SUBSCRIPTION QM_STORAGE "/storageAccounts", kFirst, QM_ACTION "/read",
     arm::bind<&A::list>},
    {"StorageAccounts_ListByResourceGroup", get, QM_GROUP QM_STORAGE "/storageAccounts", kFirst, QM_ACTION "/read",
     arm::bind<&A::list_in_group>},
    {"StorageAccounts_GetProperties", get, QM_ACCOUNT, kFirst, QM_ACTION "/read", arm::bind<&A::get>},
    {"StorageAccounts_Create", put, QM_ACCOUNT, kFirst, QM_ACTION "/write", arm::bind<&A::create>,
     "Completes at once with 200; settings that the server does not support are refused by name."},
    {"StorageAccounts_Update", patch, QM_ACCOUNT, kFirst, QM_ACTION "/write", arm::bind<&A::update>},
    {"StorageAccounts_Delete", del, QM_ACCOUNT, kFirst, QM_ACTION "/delete", arm::bind<&A::remove>,
     "Deletes every blob in it; 204 when there is no such account."},
    {"StorageAccounts_ListKeys", post, QM_ACCOUNT "/listKeys", kFirst, QM_ACTION "/listkeys/action",
     arm::bind<&A::list_keys>},
    {"StorageAccounts_RegenerateKey", post, QM_ACCOUNT "/regenerateKey", kFirst, QM_ACTION "/regeneratekey/action",
     arm::bind<&A::regenerate_key>, "key1 and key2; there are no Kerberos keys."},
    {"StorageAccounts_ListAccountSAS", post, QM_ACCOUNT "/ListAccountSas", kFirst, QM_ACTION "/listAccountSas/action",
     arm::not_offered, "sign with an account key instead."},
    {"StorageAccounts_ListServiceSAS", post, QM_ACCOUNT "/ListServiceSas", kFirst, QM_ACTION "/listServiceSas/action",
     arm::not_offered, "sign with an account key instead."},
    {"StorageAccounts_Failover", post, QM_ACCOUNT "/failover", kFirst, QM_ACTION "/failover/action", arm::not_offered,
     "an account has one copy, on this server."},
    {"FileShares_List", get, QM_SHARES, "2019-04-01", QM_ACTION "/fileServices/shares/read", arm::bind<&Shares::list>},
    {"FileShares_Get", get, QM_SHARES "/{shareName}", "2019-04-01", QM_ACTION "/fileServices/shares/read",
     arm::bind<&Shares::get>},
    {"FileShares_Create", put, QM_SHARES "/{shareName}", "2019-04-01", QM_ACTION "/fileServices/shares/write",
     arm::bind<&Shares::put>,
     "The metadata key quaymaster_path names the directory of the server for the share, below one of the share "
     "directories. If it overlaps the file or directory of another share or disk, the caller needs "
     "`Microsoft.Storage/storageAccounts/listKeys/action` or `Microsoft.Compute/disks/beginGetAccess/action` there."},
    {"FileShares_Delete", del, QM_SHARES "/{shareName}", "2019-04-01", QM_ACTION "/fileServices/shares/delete",
     arm::bind<&Shares::remove>, "The directory is kept."},
    {"FileShares_Update", patch, QM_SHARES "/{shareName}", "2019-04-01", QM_ACTION "/fileServices/shares/write",
     arm::not_offered, "repeat the request that created the share, with the new values."},
    {"FileServices_GetServiceProperties", get, QM_ACCOUNT "/fileServices/default", "2019-04-01",
     QM_ACTION "/fileServices/read", arm::not_offered, kNoFileService},
    {"FileServices_SetServiceProperties", put, QM_ACCOUNT "/fileServices/default", "2019-04-01",
     QM_ACTION "/fileServices/write", arm::not_offered, kNoFileService},
    {"BlobContainers_List", get, QM_CONTAINERS, "2018-02-01", QM_ACTION "/blobServices/containers/read",
     arm::not_offered, kOnBlobEndpoint},
    {"BlobContainers_Get", get, QM_CONTAINERS "/{containerName}", "2018-02-01",
     QM_ACTION "/blobServices/containers/read", arm::not_offered, kOnBlobEndpoint},
    {"BlobContainers_Create", put, QM_CONTAINERS "/{containerName}", "2018-02-01",
     QM_ACTION "/blobServices/containers/write", arm::not_offered, kOnBlobEndpoint},
    {"BlobContainers_Update", patch, QM_CONTAINERS "/{containerName}", "2018-02-01",
     QM_ACTION "/blobServices/containers/write", arm::not_offered, kOnBlobEndpoint},
    {"BlobContainers_Delete", del, QM_CONTAINERS "/{containerName}", "2018-02-01",
     QM_ACTION "/blobServices/containers/delete", arm::not_offered, kOnBlobEndpoint},
    {"BlobServices_GetServiceProperties", get, QM_ACCOUNT "/blobServices/default", "2018-07-01",
     QM_ACTION "/blobServices/read", arm::not_offered, kPropertiesOnBlobEndpoint},
    {"BlobServices_SetServiceProperties", put, QM_ACCOUNT "/blobServices/default", "2018-07-01",
     QM_ACTION "/blobServices/write", arm::not_offered, kPropertiesOnBlobEndpoint},
};

// Newest first, as the listing of providers requires: az uses the first that is not a preview.
constexpr std::string_view kNewestFirst[] = {"2025-08-01", "2025-06-01", "2024-01-01", "2023-05-01", "2023-01-01",
                                             "2022-09-01", "2021-09-01", "2021-04-01", "2019-06-01", "2018-07-01",
                                             "2017-06-01", "2016-12-01", "2016-01-01", "2015-06-15"};
constexpr std::string_view kOldestFirst[] = {"2015-06-15", "2016-01-01", "2016-12-01", "2017-06-01", "2018-07-01",
                                             "2019-06-01", "2021-04-01", "2021-09-01", "2022-09-01", "2023-01-01",
                                             "2023-05-01", "2024-01-01", "2025-06-01", "2025-08-01"};
constexpr arm::ResourceType kTypes[] = {{"storageAccounts", kNewestFirst}, {"checkNameAvailability", kNewestFirst}};

}  // namespace

const arm::Provider kStorageProvider{"Microsoft.Storage", kOperations, kTypes, kOldestFirst, "application/json"};

}  // namespace quaymaster::storage
