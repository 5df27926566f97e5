#include "faces/blob/blob_operations.h"

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"

namespace quaymaster::storage {
namespace {

using identity::SasNeed;
using enum http::Method;
using enum Level;
using enum Variant;
using enum Runs;

constexpr bool kDocument = true;
constexpr bool kNoDocument = false;

// Signatures (blob.md, 3.6): resource type and letters of an account SAS, letters of a service SAS.
constexpr SasNeed kListContainers{'s', "l", ""};
constexpr SasNeed kReadService{'s', "r", ""};
constexpr SasNeed kWriteService{'s', "w", ""};
constexpr SasNeed kCreateContainer{'c', "cw", ""};
constexpr SasNeed kReadContainer{'c', "r", ""};
constexpr SasNeed kWriteContainer{'c', "w", ""};
constexpr SasNeed kDeleteContainer{'c', "d", ""};
constexpr SasNeed kListBlobs{'c', "l", "l"};
constexpr SasNeed kReadBlob{'o', "r", "r"};
constexpr SasNeed kCreateBlob{'o', "wc", "wc"};  // with c alone nothing is overwritten
constexpr SasNeed kWriteBlob{'o', "w", "w"};
constexpr SasNeed kAppendBlob{'o', "aw", "aw"};
constexpr SasNeed kDeleteBlob{'o', "d", "d"};
constexpr SasNeed kBreakLease{'o', "wd", "wd"};
constexpr SasNeed kTagBlob{'o', "t", "t"};
constexpr SasNeed kFindInService{'s', "f", ""};
constexpr SasNeed kFindInContainer{'c', "f", "f"};
constexpr SasNeed kHoldBlob{'o', "i", "i"};
constexpr SasNeed kAnySignature{'*', "*", "*"};
constexpr SasNeed kNoSignature{'o', "", ""};

// Actions and data actions, as Azure's built-in roles name them.
#define QM_BLOB_ACTION "Microsoft.Storage/storageAccounts/blobServices/"
constexpr std::string_view kReadServiceAction = QM_BLOB_ACTION "read";
constexpr std::string_view kWriteServiceAction = QM_BLOB_ACTION "write";
constexpr std::string_view kKeyAction = QM_BLOB_ACTION "generateUserDelegationKey/action";
constexpr std::string_view kReadContainerAction = QM_BLOB_ACTION "containers/read";
constexpr std::string_view kWriteContainerAction = QM_BLOB_ACTION "containers/write";
constexpr std::string_view kDeleteContainerAction = QM_BLOB_ACTION "containers/delete";
constexpr std::string_view kReadAction = QM_BLOB_ACTION "containers/blobs/read";
constexpr std::string_view kWriteAction = QM_BLOB_ACTION "containers/blobs/write";
constexpr std::string_view kDeleteAction = QM_BLOB_ACTION "containers/blobs/delete";
constexpr std::string_view kAddAction = QM_BLOB_ACTION "containers/blobs/add/action";
constexpr std::string_view kReadTagsAction = QM_BLOB_ACTION "containers/blobs/tags/read";
constexpr std::string_view kWriteTagsAction = QM_BLOB_ACTION "containers/blobs/tags/write";
constexpr std::string_view kFindAction = QM_BLOB_ACTION "containers/blobs/filter/action";
constexpr std::string_view kImmutableAction = QM_BLOB_ACTION "containers/blobs/immutableStorage/runAsSuperUser/action";
#undef QM_BLOB_ACTION

constexpr std::string_view kLeases = "leases are not offered yet";
constexpr std::string_view kSnapshots = "snapshots and versions are not offered yet";
constexpr std::string_view kCopies = "copying on the server is not offered yet";
constexpr std::string_view kPolicies = "public access and stored access policies are not offered";
constexpr std::string_view kAppends = "append blobs are not written over REST yet";
constexpr std::string_view kPages = "page blobs are not written over REST yet";
constexpr std::string_view kTags = "blob index tags are not offered yet";
constexpr std::string_view kSoftDelete = "soft delete is not offered yet";
constexpr std::string_view kImmutability = "immutability and legal holds are not offered yet";
constexpr std::string_view kDelegation = "user delegation keys are not offered yet";
constexpr std::string_view kBatches = "batches are not offered yet";
constexpr std::string_view kDataLake = "accounts have no hierarchical namespace";
constexpr std::string_view kQuery = "queries inside a blob are not offered";
constexpr std::string_view kReplica = "there is no secondary whose state could be told";

constexpr BlobOperation offer(std::string_view name, http::Method method, Level level, std::string_view restype,
                              std::string_view comp, SasNeed sas, std::string_view action, Runs runs, bool document,
                              Result<http::Reply> (*plain_handler)(BlobCall&)) {
  return {name, method, level, restype, comp, plain, sas, action, runs, document, plain_handler};
}
constexpr BlobOperation stream(std::string_view name, http::Method method, std::string_view comp, SasNeed sas,
                               std::string_view action, http::Task<Result<http::Reply>> (*handler)(BlobCall&)) {
  return {name, method, Level::blob, "", comp, plain, sas, action, streamed, false, nullptr, handler};
}
constexpr BlobOperation refused(std::string_view name, http::Method method, Level level, std::string_view restype,
                                std::string_view comp, Variant variant, SasNeed sas, std::string_view action,
                                std::string_view why) {
  return {name, method, level, restype, comp, variant, sas, action, here, false, nullptr, nullptr, why};
}

// clang-format off
constexpr BlobOperation kBlobOperations[] = {
    // The service.
    offer("ListContainers", get, service, "", "list", kListContainers, kReadContainerAction, on_pool, kNoDocument, list_containers),
    offer("GetAccountInformation", get, service, "account", "properties", kAnySignature, kReadServiceAction, here, kNoDocument, get_account_information),
    offer("GetAccountInformation", head, service, "account", "properties", kAnySignature, kReadServiceAction, here, kNoDocument, get_account_information),
    offer("GetBlobServiceProperties", get, service, "service", "properties", kReadService, kReadServiceAction, here, kNoDocument, get_service_properties),
    offer("SetBlobServiceProperties", put, service, "service", "properties", kWriteService, kWriteServiceAction, on_pool, kDocument, set_service_properties),
    refused("GetBlobServiceStats", get, service, "service", "stats", plain, kReadService, kReadServiceAction, kReplica),
    refused("GetUserDelegationKey", post, service, "service", "userdelegationkey", plain, kNoSignature, kKeyAction, kDelegation),
    refused("BlobBatch", post, service, "", "batch", plain, kNoSignature, kWriteAction, kBatches),
    refused("FindBlobsByTags", get, service, "", "blobs", plain, kFindInService, kFindAction, kTags),
    // Containers.
    offer("CreateContainer", put, container, "", "", kCreateContainer, kWriteContainerAction, on_pool, kNoDocument, create_container),
    offer("GetContainerProperties", get, container, "", "", kReadContainer, kReadContainerAction, here, kNoDocument, get_container_properties),
    offer("GetContainerProperties", head, container, "", "", kReadContainer, kReadContainerAction, here, kNoDocument, get_container_properties),
    offer("GetContainerMetadata", get, container, "", "metadata", kReadContainer, kReadContainerAction, here, kNoDocument, get_container_properties),
    offer("GetContainerMetadata", head, container, "", "metadata", kReadContainer, kReadContainerAction, here, kNoDocument, get_container_properties),
    offer("SetContainerMetadata", put, container, "", "metadata", kWriteContainer, kWriteContainerAction, on_pool, kNoDocument, set_container_metadata),
    offer("DeleteContainer", del, container, "", "", kDeleteContainer, kDeleteContainerAction, on_pool, kNoDocument, delete_container),
    offer("ListBlobs", get, container, "", "list", kListBlobs, kReadAction, on_pool, kNoDocument, list_blobs),
    refused("GetContainerACL", get, container, "", "acl", plain, kNoSignature, kReadContainerAction, kPolicies),
    refused("GetContainerACL", head, container, "", "acl", plain, kNoSignature, kReadContainerAction, kPolicies),
    refused("SetContainerACL", put, container, "", "acl", plain, kNoSignature, kWriteContainerAction, kPolicies),
    refused("LeaseContainer", put, container, "", "lease", plain, kWriteContainer, kWriteContainerAction, kLeases),
    refused("RestoreContainer", put, container, "", "undelete", plain, kWriteContainer, kWriteContainerAction, kSoftDelete),
    refused("RenameContainer", put, container, "", "rename", plain, kWriteContainer, kWriteContainerAction, "a preview of the service that clients do not use"),
    refused("ContainerBatch", post, container, "", "batch", plain, kNoSignature, kWriteAction, kBatches),
    refused("FindBlobsByTagsInContainer", get, container, "", "blobs", plain, kFindInContainer, kFindAction, kTags),
    // Blobs of all types.
    stream("GetBlob", get, "", kReadBlob, kReadAction, get_blob),
    offer("GetBlobProperties", head, blob, "", "", kReadBlob, kReadAction, here, kNoDocument, get_blob_properties),
    offer("GetBlobMetadata", get, blob, "", "metadata", kReadBlob, kReadAction, here, kNoDocument, get_blob_metadata),
    offer("GetBlobMetadata", head, blob, "", "metadata", kReadBlob, kReadAction, here, kNoDocument, get_blob_metadata),
    offer("SetBlobMetadata", put, blob, "", "metadata", kWriteBlob, kWriteAction, on_pool, kNoDocument, set_blob_metadata),
    offer("SetBlobProperties", put, blob, "", "properties", kWriteBlob, kWriteAction, on_pool, kNoDocument, set_blob_properties),
    offer("DeleteBlob", del, blob, "", "", kDeleteBlob, kDeleteAction, on_pool, kNoDocument, delete_blob),
    refused("LeaseBlob", put, blob, "", "lease", plain, kBreakLease, kWriteAction, kLeases),
    refused("SnapshotBlob", put, blob, "", "snapshot", plain, kCreateBlob, kWriteAction, kSnapshots),
    refused("CopyBlob", put, blob, "", "", copy, kCreateBlob, kWriteAction, kCopies),
    refused("CopyBlobFromURL", put, blob, "", "", copy_waited, kCreateBlob, kWriteAction, kCopies),
    refused("AbortCopyBlob", put, blob, "", "copy", plain, kWriteBlob, kWriteAction, kCopies),
    offer("SetBlobTier", put, blob, "", "tier", kWriteBlob, kWriteAction, on_pool, kNoDocument, set_blob_tier),
    refused("GetBlobTags", get, blob, "", "tags", plain, kTagBlob, kReadTagsAction, kTags),
    refused("SetBlobTags", put, blob, "", "tags", plain, kTagBlob, kWriteTagsAction, kTags),
    refused("UndeleteBlob", put, blob, "", "undelete", plain, kWriteBlob, kWriteAction, kSoftDelete),
    refused("SetBlobImmutabilityPolicy", put, blob, "", "immutabilityPolicies", plain, kHoldBlob, kImmutableAction, kImmutability),
    refused("DeleteBlobImmutabilityPolicy", del, blob, "", "immutabilityPolicies", plain, kHoldBlob, kImmutableAction, kImmutability),
    refused("SetBlobLegalHold", put, blob, "", "legalhold", plain, kHoldBlob, kImmutableAction, kImmutability),
    refused("SetBlobExpiry", put, blob, "", "expiry", plain, kWriteBlob, kWriteAction, kDataLake),
    refused("QueryBlobContents", post, blob, "", "query", plain, kReadBlob, kReadAction, kQuery),
    // Block blobs.
    stream("PutBlob", put, "", kCreateBlob, kWriteAction, put_blob),
    stream("PutBlock", put, "block", kCreateBlob, kWriteAction, put_block),
    offer("PutBlockList", put, blob, "", "blocklist", kCreateBlob, kWriteAction, on_pool, kDocument, put_block_list),
    offer("GetBlockList", get, blob, "", "blocklist", kReadBlob, kReadAction, here, kNoDocument, get_block_list),
    refused("PutBlockFromURL", put, blob, "", "block", from_url, kCreateBlob, kWriteAction, kCopies),
    refused("PutBlobFromURL", put, blob, "", "", from_url, kCreateBlob, kWriteAction, kCopies),
    // Append and page blobs.
    refused("PutBlobAppend", put, blob, "", "", append, kCreateBlob, kWriteAction, kAppends),
    refused("AppendBlock", put, blob, "", "appendblock", plain, kAppendBlob, kAddAction, kAppends),
    refused("AppendBlockFromURL", put, blob, "", "appendblock", from_url, kAppendBlob, kAddAction, kAppends),
    refused("AppendBlobSeal", put, blob, "", "seal", plain, kAppendBlob, kAddAction, kAppends),
    refused("PutBlobPage", put, blob, "", "", page, kCreateBlob, kWriteAction, kPages),
    refused("PutPage", put, blob, "", "page", plain, kWriteBlob, kWriteAction, kPages),
    refused("PutPageFromURL", put, blob, "", "page", from_url, kWriteBlob, kWriteAction, kPages),
    refused("GetPageRanges", get, blob, "", "pagelist", plain, kReadBlob, kReadAction, kPages),
    refused("IncrementalCopyBlob", put, blob, "", "incrementalcopy", plain, kWriteBlob, kWriteAction, kCopies),
};
// clang-format on

/// Put Blob is six operations; the blob's type and a source tell them apart.
Result<Variant> variant_of_put_blob(const http::Request& request) {
  const auto type = header(request, "x-ms-blob-type");
  if (header(request, "x-ms-copy-source")) {
    if (type) {
      return from_url;
    }
    const auto waited = header(request, "x-ms-requires-sync");
    return waited && equal_ignoring_case(*waited, "true") ? copy_waited : copy;
  }
  if (!type) {
    return refuse_missing(kMissingHeader, "x-ms-blob-type");
  }
  if (*type == "BlockBlob") {
    return plain;
  }
  if (*type == "PageBlob") {
    return page;
  }
  if (*type == "AppendBlob") {
    return append;
  }
  return refuse_header(kInvalidHeaderValue, "x-ms-blob-type", *type);
}

Result<Variant> variant_of(const http::Request& request, const BlobAddress& address, std::string_view comp) {
  if (address.level != Level::blob || request.method != put) {
    return plain;
  }
  if (comp.empty()) {
    return variant_of_put_blob(request);
  }
  const bool takes_source = comp == "block" || comp == "appendblock" || comp == "page";
  return takes_source && header(request, "x-ms-copy-source") ? from_url : plain;
}

}  // namespace

std::span<const BlobOperation> blob_operations() {
  return kBlobOperations;
}

Result<const BlobOperation*> find_operation(const http::Request& request, const BlobAddress& address) {
  const auto comp = request.parameter("comp").value_or("");
  // A container's restype is what made it one; elsewhere it is part of the row.
  const auto restype = address.level == Level::service ? request.parameter("restype").value_or("") : "";
  const auto is_here = [&](const BlobOperation& row) {
    return row.level == address.level && equal_ignoring_case(row.restype, restype) &&
           equal_ignoring_case(row.comp, comp);
  };
  if (address.level == Level::container && !request.parameter("restype")) {
    return refuse_parameter(kMissingParameter, "restype", "", "a container's operations need restype=container");
  }
  const auto first = std::ranges::find_if(kBlobOperations, is_here);
  if (first == std::end(kBlobOperations)) {
    return refuse_parameter(kInvalidParameter, "comp", comp, "no operation of this resource has this value");
  }
  TRY(const auto variant, variant_of(request, address, first->comp));
  for (const auto& row : kBlobOperations) {
    if (is_here(row) && row.method == request.method && row.variant == variant) {
      return &row;
    }
  }
  return refuse(Errc::invalid, kInvalidVerb);
}

}  // namespace quaymaster::storage
