#include <string>
#include <utility>

#include "base/encode.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"

namespace quaymaster::storage {
namespace {

http::Reply answer(int status, const blob::ContainerInfo& container) {
  http::Reply reply;
  reply.status = status;
  add_version(reply.headers, container.etag, container.modified);
  return reply;
}

Result<> check_date(const blob::Conditions& conditions, const blob::ContainerInfo& container) {
  blob::BlobInfo dated;
  dated.modified = container.modified;
  const auto met = check_read(conditions, dated);
  if (!met) {
    return refuse(Errc::precondition, kConditionNotMet);
  }
  return ok();
}

}  // namespace

Result<http::Reply> create_container(BlobCall& call) {
  TRY(refuse_conditions(call.request));
  TRY(auto metadata, read_metadata(call.request));
  // Accounts do not allow public access; the request is refused rather than creating a container that differs from it.
  if (const auto access = header(call.request, "x-ms-blob-public-access")) {
    if (*access != "container" && *access != "blob") {
      return refuse_header(kInvalidHeaderValue, "x-ms-blob-public-access", *access);
    }
    return refuse(Errc::conflict, kPublicAccess);
  }
  TRY(const auto container, in_container_words(call.blobs.create_container(call.address.account, call.address.container,
                                                                           std::move(metadata))));
  return answer(201, container);
}

Result<http::Reply> get_container_properties(BlobCall& call) {
  TRY(refuse_conditions(call.request));
  TRY(const auto container, in_container_words(call.blobs.get_container(call.address.account, call.address.container)));
  auto reply = answer(200, container);
  add_metadata(reply.headers, container.metadata);
  if (equal_ignoring_case(call.request.parameter("comp").value_or(""), "metadata")) {
    return reply;
  }
  reply.headers.add("x-ms-lease-status", "unlocked");
  reply.headers.add("x-ms-lease-state", "available");
  reply.headers.add("x-ms-has-immutability-policy", "false");
  reply.headers.add("x-ms-has-legal-hold", "false");
  reply.headers.add("x-ms-immutable-storage-with-versioning-enabled", "false");
  reply.headers.add("x-ms-default-encryption-scope", "$account-encryption-key");
  reply.headers.add("x-ms-deny-encryption-scope-override", "false");
  return reply;
}

Result<http::Reply> set_container_metadata(BlobCall& call) {
  TRY(const auto conditions, container_conditions(call.request));
  TRY(auto metadata, read_metadata(call.request));
  const auto& [account, name] = std::pair(call.address.account, call.address.container);
  TRY(const auto before, in_container_words(call.blobs.get_container(account, name)));
  TRY(check_date(conditions, before));
  TRY(const auto container, in_container_words(call.blobs.set_container_metadata(account, name, std::move(metadata))));
  return answer(200, container);
}

Result<http::Reply> restore_container(BlobCall& call) {
  constexpr std::string_view kName = "x-ms-deleted-container-name";
  constexpr std::string_view kVersion = "x-ms-deleted-container-version";
  TRY(refuse_conditions(call.request));
  const auto name = header(call.request, kName);
  const auto version = header(call.request, kVersion);
  if (!name || !version) {
    return refuse_missing(kMissingHeader, name ? kVersion : kName);
  }
  const auto id = deleted_container_id(*version);
  if (!id) {
    return refuse_header(kInvalidHeaderValue, kVersion, *version);
  }
  TRY(const auto container, in_container_words(call.blobs.restore_container(call.address.account, std::string(*name),
                                                                            *id, call.address.container)));
  return answer(201, container);
}

Result<http::Reply> delete_container(BlobCall& call) {
  TRY(const auto conditions, container_conditions(call.request));
  TRY(in_container_words(call.blobs.delete_container(call.address.account, call.address.container, conditions)));
  http::Reply reply;
  reply.status = 202;
  return reply;
}

}  // namespace quaymaster::storage
