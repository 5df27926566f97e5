#include "faces/blob/blob_operations.h"

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"

namespace quaymaster::storage {
namespace {

using enum http::Method;
using enum Level;
using enum Variant;

// Signatures (blob.md, 3.6): resource type and letters of an account SAS, letters of a service SAS.
constexpr BlobSignature kListContainers{{'s', "l", ""}};
constexpr BlobSignature kReadService{{'s', "r", ""}};
constexpr BlobSignature kWriteService{{'s', "w", ""}};
constexpr BlobSignature kCreateContainer{{'c', "cw", ""}};
constexpr BlobSignature kReadContainer{{'c', "r", ""}};
constexpr BlobSignature kWriteContainer{{'c', "w", ""}};
constexpr BlobSignature kDeleteContainer{{'c', "d", ""}};
constexpr BlobSignature kListBlobs{{'c', "l", "l"}};
constexpr BlobSignature kReadBlob{{'o', "r", "r"}};
constexpr BlobSignature kCreateBlob{{'o', "wc", "wc"}};  // with c alone nothing is overwritten
constexpr BlobSignature kWriteBlob{{'o', "w", "w"}};
constexpr BlobSignature kAppendBlob{{'o', "aw", "aw"}};
constexpr BlobSignature kDeleteBlob{{'o', "d", "d"}};
constexpr BlobSignature kDeleteVersion{{'o', "x", "x"}};
constexpr BlobSignature kDeleteForGood{{'o', "y", "y"}};
constexpr BlobSignature kBreakLease{{'o', "wd", "wd"}};
constexpr BlobSignature kTagBlob{{'o', "t", "t"}};
constexpr BlobSignature kFindInService{{'s', "f", ""}};
constexpr BlobSignature kFindInContainer{{'c', "f", "f"}};
constexpr BlobSignature kHoldBlob{{'o', "i", "i"}};
constexpr BlobSignature kAnySignature{{'*', "*", "*"}};
constexpr BlobSignature kNoneForKey{{'o', "", ""}, "a signature has no principal that a key could be issued for"};
constexpr BlobSignature kNoneForBatch{{'o', "", ""}, "each request of a batch has its own authorization"};
constexpr BlobSignature kNoneForAccess{{'o', "", ""}, "access to a container is decided by keys and tokens"};

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
constexpr std::string_view kDeleteVersionAction = QM_BLOB_ACTION "containers/blobs/deleteBlobVersion/action";
constexpr std::string_view kDeleteForGoodAction = QM_BLOB_ACTION "containers/blobs/permanentDelete/action";
constexpr std::string_view kAddAction = QM_BLOB_ACTION "containers/blobs/add/action";
constexpr std::string_view kReadTagsAction = QM_BLOB_ACTION "containers/blobs/tags/read";
constexpr std::string_view kWriteTagsAction = QM_BLOB_ACTION "containers/blobs/tags/write";
constexpr std::string_view kFindAction = QM_BLOB_ACTION "containers/blobs/filter/action";
constexpr std::string_view kImmutableAction = QM_BLOB_ACTION "containers/blobs/immutableStorage/runAsSuperUser/action";
#undef QM_BLOB_ACTION

constexpr std::string_view kLeases = "leases are not offered yet";
constexpr std::string_view kCopies = "copying on the server is not offered yet";
constexpr std::string_view kPolicies = "public access and stored access policies are not offered";
constexpr std::string_view kAppends = "append blobs are not written over REST yet";
constexpr std::string_view kPages = "page blobs are not written over REST yet";
constexpr std::string_view kTags = "blob index tags are not offered yet";
constexpr std::string_view kImmutability = "immutability and legal holds are not offered yet";
constexpr std::string_view kDelegation = "user delegation keys are not offered yet";
constexpr std::string_view kBatches = "batches are not offered yet";
constexpr std::string_view kDataLake = "accounts have no hierarchical namespace";
constexpr std::string_view kQuery = "queries inside a blob are not offered";
constexpr std::string_view kReplica = "there is no secondary endpoint";

using Plain = Result<http::Reply> (*)(BlobCall&);
constexpr BlobHandler here(Plain function) {
  return {Runs::here, false, function};
}
constexpr BlobHandler on_pool(Plain function) {
  return {Runs::on_pool, false, function};
}
constexpr BlobHandler with_document(Plain function) {
  return {Runs::on_pool, true, function};
}
constexpr BlobHandler streamed(http::Task<Result<http::Reply>> (*function)(BlobCall&)) {
  return {Runs::streamed, false, nullptr, function};
}
/// An operation that is refused on purpose is a row as well: the answer is 501 NotImplemented with the row's note.
constexpr BlobHandler not_offered{};

constexpr std::string_view kContainer = "/{container}?restype=container";
constexpr std::string_view kBlob = "/{container}/{blob}";

// clang-format off
constexpr BlobOperation kBlobOperations[] = {
    // The service.
    {"ListContainers", get, "/?comp=list", kReadContainerAction, kListContainers, on_pool(list_containers)},
    {"GetAccountInformation", get, "/?restype=account&comp=properties", kReadServiceAction, kAnySignature, here(get_account_information)},
    {"GetAccountInformation", head, "/?restype=account&comp=properties", kReadServiceAction, kAnySignature, here(get_account_information)},
    {"GetBlobServiceProperties", get, "/?restype=service&comp=properties", kReadServiceAction, kReadService, here(get_service_properties)},
    {"SetBlobServiceProperties", put, "/?restype=service&comp=properties", kWriteServiceAction, kWriteService, with_document(set_service_properties)},
    {"GetBlobServiceStats", get, "/?restype=service&comp=stats", kReadServiceAction, kReadService, not_offered, kReplica},
    {"GetUserDelegationKey", post, "/?restype=service&comp=userdelegationkey", kKeyAction, kNoneForKey, not_offered, kDelegation},
    {"BlobBatch", post, "/?comp=batch", kWriteAction, kNoneForBatch, not_offered, kBatches},
    {"FindBlobsByTags", get, "/?comp=blobs", kFindAction, kFindInService, not_offered, kTags},
    // Containers.
    {"CreateContainer", put, kContainer, kWriteContainerAction, kCreateContainer, on_pool(create_container)},
    {"GetContainerProperties", get, kContainer, kReadContainerAction, kReadContainer, here(get_container_properties)},
    {"GetContainerProperties", head, kContainer, kReadContainerAction, kReadContainer, here(get_container_properties)},
    {"GetContainerMetadata", get, "/{container}?restype=container&comp=metadata", kReadContainerAction, kReadContainer, here(get_container_properties)},
    {"GetContainerMetadata", head, "/{container}?restype=container&comp=metadata", kReadContainerAction, kReadContainer, here(get_container_properties)},
    {"SetContainerMetadata", put, "/{container}?restype=container&comp=metadata", kWriteContainerAction, kWriteContainer, on_pool(set_container_metadata)},
    {"DeleteContainer", del, kContainer, kDeleteContainerAction, kDeleteContainer, on_pool(delete_container)},
    {"ListBlobs", get, "/{container}?restype=container&comp=list", kReadAction, kListBlobs, on_pool(list_blobs)},
    {"GetContainerACL", get, "/{container}?restype=container&comp=acl", kReadContainerAction, kNoneForAccess, not_offered, kPolicies},
    {"GetContainerACL", head, "/{container}?restype=container&comp=acl", kReadContainerAction, kNoneForAccess, not_offered, kPolicies},
    {"SetContainerACL", put, "/{container}?restype=container&comp=acl", kWriteContainerAction, kNoneForAccess, not_offered, kPolicies},
    {"LeaseContainer", put, "/{container}?restype=container&comp=lease", kWriteContainerAction, kWriteContainer, not_offered, kLeases},
    {"RestoreContainer", put, "/{container}?restype=container&comp=undelete", kWriteContainerAction, kWriteContainer, on_pool(restore_container)},
    {"RenameContainer", put, "/{container}?restype=container&comp=rename", kWriteContainerAction, kWriteContainer, not_offered, "a preview of the service that clients do not use"},
    {"ContainerBatch", post, "/{container}?restype=container&comp=batch", kWriteAction, kNoneForBatch, not_offered, kBatches},
    {"FindBlobsByTagsInContainer", get, "/{container}?restype=container&comp=blobs", kFindAction, kFindInContainer, not_offered, kTags},
    // Blobs of all types.
    {"GetBlob", get, kBlob, kReadAction, kReadBlob, streamed(get_blob)},
    {"GetBlobProperties", head, kBlob, kReadAction, kReadBlob, here(get_blob_properties)},
    {"GetBlobMetadata", get, "/{container}/{blob}?comp=metadata", kReadAction, kReadBlob, here(get_blob_metadata)},
    {"GetBlobMetadata", head, "/{container}/{blob}?comp=metadata", kReadAction, kReadBlob, here(get_blob_metadata)},
    {"SetBlobMetadata", put, "/{container}/{blob}?comp=metadata", kWriteAction, kWriteBlob, on_pool(set_blob_metadata)},
    {"SetBlobProperties", put, "/{container}/{blob}?comp=properties", kWriteAction, kWriteBlob, on_pool(set_blob_properties)},
    {"DeleteBlob", del, kBlob, kDeleteAction, kDeleteBlob, on_pool(delete_blob)},
    {"DeleteBlob", del, "/{container}/{blob}?versionid={version}", kDeleteVersionAction, kDeleteVersion, on_pool(delete_blob), {}, old_version},
    {"DeleteBlob", del, "/{container}/{blob}?deletetype=permanent", kDeleteForGoodAction, kDeleteForGood, on_pool(delete_blob), "with a snapshot or version that is deleted already", for_good},
    {"LeaseBlob", put, "/{container}/{blob}?comp=lease", kWriteAction, kBreakLease, not_offered, kLeases},
    {"SnapshotBlob", put, "/{container}/{blob}?comp=snapshot", kWriteAction, kCreateBlob, on_pool(snapshot_blob)},
    {"CopyBlob", put, kBlob, kWriteAction, kCreateBlob, not_offered, kCopies, copy},
    {"CopyBlobFromURL", put, kBlob, kWriteAction, kCreateBlob, not_offered, kCopies, copy_waited},
    {"AbortCopyBlob", put, "/{container}/{blob}?comp=copy", kWriteAction, kWriteBlob, not_offered, kCopies},
    {"SetBlobTier", put, "/{container}/{blob}?comp=tier", kWriteAction, kWriteBlob, on_pool(set_blob_tier)},
    {"GetBlobTags", get, "/{container}/{blob}?comp=tags", kReadTagsAction, kTagBlob, not_offered, kTags},
    {"SetBlobTags", put, "/{container}/{blob}?comp=tags", kWriteTagsAction, kTagBlob, not_offered, kTags},
    {"UndeleteBlob", put, "/{container}/{blob}?comp=undelete", kWriteAction, kWriteBlob, on_pool(undelete_blob)},
    {"SetBlobImmutabilityPolicy", put, "/{container}/{blob}?comp=immutabilityPolicies", kImmutableAction, kHoldBlob, not_offered, kImmutability},
    {"DeleteBlobImmutabilityPolicy", del, "/{container}/{blob}?comp=immutabilityPolicies", kImmutableAction, kHoldBlob, not_offered, kImmutability},
    {"SetBlobLegalHold", put, "/{container}/{blob}?comp=legalhold", kImmutableAction, kHoldBlob, not_offered, kImmutability},
    {"SetBlobExpiry", put, "/{container}/{blob}?comp=expiry", kWriteAction, kWriteBlob, not_offered, kDataLake},
    {"QueryBlobContents", post, "/{container}/{blob}?comp=query", kReadAction, kReadBlob, not_offered, kQuery},
    // Block blobs.
    {"PutBlob", put, kBlob, kWriteAction, kCreateBlob, streamed(put_blob), "", block},
    {"PutBlock", put, "/{container}/{blob}?comp=block", kWriteAction, kCreateBlob, streamed(put_block)},
    {"PutBlockList", put, "/{container}/{blob}?comp=blocklist", kWriteAction, kCreateBlob, with_document(put_block_list)},
    {"GetBlockList", get, "/{container}/{blob}?comp=blocklist", kReadAction, kReadBlob, here(get_block_list)},
    {"PutBlockFromURL", put, "/{container}/{blob}?comp=block", kWriteAction, kCreateBlob, not_offered, kCopies, from_url},
    {"PutBlobFromURL", put, kBlob, kWriteAction, kCreateBlob, not_offered, kCopies, blob_from_url},
    // Append and page blobs.
    {"PutBlobAppend", put, kBlob, kWriteAction, kCreateBlob, not_offered, kAppends, append},
    {"AppendBlock", put, "/{container}/{blob}?comp=appendblock", kAddAction, kAppendBlob, not_offered, kAppends},
    {"AppendBlockFromURL", put, "/{container}/{blob}?comp=appendblock", kAddAction, kAppendBlob, not_offered, kAppends, from_url},
    {"AppendBlobSeal", put, "/{container}/{blob}?comp=seal", kAddAction, kAppendBlob, not_offered, kAppends},
    {"PutBlobPage", put, kBlob, kWriteAction, kCreateBlob, not_offered, kPages, page},
    {"PutPage", put, "/{container}/{blob}?comp=page", kWriteAction, kWriteBlob, not_offered, kPages},
    {"PutPageFromURL", put, "/{container}/{blob}?comp=page", kWriteAction, kWriteBlob, not_offered, kPages, from_url},
    {"GetPageRanges", get, "/{container}/{blob}?comp=pagelist", kReadAction, kReadBlob, not_offered, kPages},
    {"IncrementalCopyBlob", put, "/{container}/{blob}?comp=incrementalcopy", kWriteAction, kWriteBlob, not_offered, kCopies},
};
// clang-format on

/// Put Blob is six operations, distinguished by the blob's type and a source.
Result<Variant> variant_of_put_blob(const http::Request& request) {
  const auto type = header(request, "x-ms-blob-type");
  if (header(request, "x-ms-copy-source")) {
    if (type) {
      return blob_from_url;
    }
    const auto waited = header(request, "x-ms-requires-sync");
    return waited && equal_ignoring_case(*waited, "true") ? copy_waited : copy;
  }
  if (!type) {
    return refuse_missing(kMissingHeader, "x-ms-blob-type");
  }
  if (*type == "BlockBlob") {
    return block;
  }
  if (*type == "PageBlob") {
    return page;
  }
  if (*type == "AppendBlob") {
    return append;
  }
  return refuse_header(kInvalidHeaderValue, "x-ms-blob-type", *type);
}

Result<Variant> variant_of_deletion(const http::Request& request) {
  const auto type = request.parameter("deletetype").value_or("");
  if (!type.empty() && !equal_ignoring_case(type, "permanent")) {
    return refuse_parameter(kInvalidParameter, "deletetype", type, "the only one is 'permanent'");
  }
  return !type.empty() ? for_good : request.parameter("versionid").value_or("").empty() ? plain : old_version;
}

Result<Variant> variant_of(const http::Request& request, const BlobAddress& address, std::string_view comp) {
  if (address.level == Level::blob && request.method == del && comp.empty()) {
    return variant_of_deletion(request);
  }
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

std::span<const VariantHeader> headers_of(Variant variant) {
  static constexpr VariantHeader kBlock[] = {{"x-ms-blob-type", "BlockBlob"}};
  static constexpr VariantHeader kPage[] = {{"x-ms-blob-type", "PageBlob"}};
  static constexpr VariantHeader kAppend[] = {{"x-ms-blob-type", "AppendBlob"}};
  static constexpr VariantHeader kCopy[] = {{"x-ms-copy-source"}};
  static constexpr VariantHeader kCopyWaited[] = {{"x-ms-copy-source"}, {"x-ms-requires-sync", "true"}};
  static constexpr VariantHeader kBlobFromUrl[] = {{"x-ms-copy-source"}, {"x-ms-blob-type"}};
  switch (variant) {
    case plain:
    case old_version:
    case for_good:
      return {};
    case block:
      return kBlock;
    case page:
      return kPage;
    case append:
      return kAppend;
    case from_url:
    case copy:
      return kCopy;
    case blob_from_url:
      return kBlobFromUrl;
    case copy_waited:
      return kCopyWaited;
  }
  return {};
}

std::span<const BlobOperation> blob_operations() {
  return kBlobOperations;
}

Result<const BlobOperation*> find_operation(const http::Request& request, const BlobAddress& address) {
  const auto comp = request.parameter("comp").value_or("");
  // For a container, restype has already been used; elsewhere it is part of the row.
  const auto restype = address.level == Level::service ? request.parameter("restype").value_or("") : "";
  const auto is_here = [&](const BlobOperation& row) {
    return row.pattern.level == address.level && equal_ignoring_case(row.pattern.restype, restype) &&
           equal_ignoring_case(row.pattern.comp, comp);
  };
  if (address.level == Level::container && !request.parameter("restype")) {
    return refuse_parameter(kMissingParameter, "restype", "", "a container's operations need restype=container");
  }
  const auto first = std::ranges::find_if(kBlobOperations, is_here);
  if (first == std::end(kBlobOperations)) {
    return refuse_parameter(kInvalidParameter, "comp", comp, "no operation of this resource has this value");
  }
  TRY(const auto variant, variant_of(request, address, first->pattern.comp));
  for (const auto& row : kBlobOperations) {
    if (is_here(row) && row.method == request.method && row.variant == variant) {
      return &row;
    }
  }
  return refuse(Errc::invalid, kInvalidVerb);
}

}  // namespace quaymaster::storage
