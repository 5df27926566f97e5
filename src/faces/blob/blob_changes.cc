#include <utility>

#include "base/encode.h"
#include "faces/blob/blob_conditions.h"
#include "faces/blob/blob_errors.h"
#include "faces/blob/blob_handlers.h"
#include "faces/blob/blob_headers.h"

namespace quaymaster::storage {
namespace {

http::Reply answer(const blob::BlobInfo& blob) {
  http::Reply reply;
  add_version(reply.headers, blob.etag, blob.modified);
  reply.headers.add("x-ms-request-server-encrypted", "true");
  return reply;
}

}  // namespace

Result<http::Reply> set_blob_properties(BlobCall& call) {
  TRY(refuse_old_state(call.request));
  // Resizing and sequence numbers belong to page blobs, which are read-only here.
  for (const auto* name : {"x-ms-blob-content-length", "x-ms-sequence-number-action"}) {
    if (const auto value = header(call.request, name)) {
      return refuse_header(kUnsupportedHeader, name, *value);
    }
  }
  TRY(const auto conditions, write_conditions(call.request));
  TRY(auto properties, read_properties(call.request, Writing::properties));
  TRY(const auto blob, in_blob_words(call.blobs.set_properties(call.key(), std::move(properties), conditions), call));
  return answer(blob);
}

Result<http::Reply> set_blob_metadata(BlobCall& call) {
  TRY(refuse_old_state(call.request));
  TRY(const auto conditions, write_conditions(call.request));
  TRY(auto metadata, read_metadata(call.request));
  TRY(const auto blob, in_blob_words(call.blobs.set_metadata(call.key(), std::move(metadata), conditions), call));
  return answer(blob);
}

Result<http::Reply> set_blob_tier(BlobCall& call) {
  TRY(refuse_conditions(call.request));
  TRY(const bool old_state, names_old_state(call.request));
  if (old_state) {
    return blob_error(not_found("the blob has no snapshots and no versions"), call);
  }
  TRY(const auto tier, read_tier(call.request));
  if (!tier) {
    return refuse_missing(kMissingHeader, "x-ms-access-tier");
  }
  TRY(in_blob_words(call.blobs.set_tier(call.key(), *tier), call));
  return http::Reply();
}

Result<http::Reply> delete_blob(BlobCall& call) {
  if (!call.request.parameter("deletetype").value_or("").empty()) {
    return refuse(Errc::invalid, kParameterNotOffered, "deletetype", "deleted blobs are not kept");
  }
  TRY(auto conditions, write_conditions(call.request));
  conditions.must_not_exist = false;  // has no meaning here (blob.md, 10.1)
  const auto snapshots = header(call.request, "x-ms-delete-snapshots").value_or("");
  const bool only = equal_ignoring_case(snapshots, "only");
  if (!snapshots.empty() && !only && !equal_ignoring_case(snapshots, "include")) {
    return refuse_header(kInvalidHeaderValue, "x-ms-delete-snapshots", snapshots);
  }
  TRY(const bool old_state, names_old_state(call.request));
  if (old_state && !snapshots.empty()) {
    return refuse_header(kInvalidHeaderValue, "x-ms-delete-snapshots", snapshots);
  }
  if (old_state) {
    return blob_error(not_found("the blob has no snapshots and no versions"), call);
  }

  http::Reply reply;
  reply.status = 202;
  reply.headers.add("x-ms-delete-type-permanent", "true");
  if (only) {  // there are no snapshots; the blob stays
    TRY(const auto blob, in_blob_words(call.blobs.get_blob(call.key()), call));
    TRY(blob::check_conditions(conditions, blob));
    return reply;
  }
  TRY(in_blob_words(call.blobs.delete_blob(call.key(), conditions), call));
  return reply;
}

}  // namespace quaymaster::storage
