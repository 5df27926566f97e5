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
  auto reply = answer(blob);
  add_version_id(reply.headers, blob);
  return reply;
}

Result<http::Reply> set_blob_tier(BlobCall& call) {
  TRY(refuse_conditions(call.request));
  TRY(const auto state, read_state(call.request));
  TRY(const auto tier, read_tier(call.request));
  if (!tier) {
    return refuse_missing(kMissingHeader, "x-ms-access-tier");
  }
  TRY(in_blob_words(call.blobs.set_tier(call.key(), *tier, state), call));
  return http::Reply();
}

Result<http::Reply> snapshot_blob(BlobCall& call) {
  TRY(refuse_old_state(call.request));
  TRY(auto conditions, write_conditions(call.request));
  conditions.must_not_exist = false;  // has no meaning here (blob.md, 10.1)
  TRY(auto metadata, read_metadata(call.request));
  const auto own = metadata.empty() ? std::nullopt : std::optional(std::move(metadata));
  TRY(const auto snapshot, in_blob_words(call.blobs.create_snapshot(call.key(), own, conditions), call));
  auto reply = answer(snapshot);
  reply.status = 201;
  reply.headers.add("x-ms-snapshot", format_time(*snapshot.snapshot));
  add_version_id(reply.headers, snapshot);
  return reply;
}

namespace {

/// The snapshots that a deletion of the blob takes along.
Result<blob::SnapshotDeletion> read_snapshot_deletion(const http::Request& request, const blob::StateId& state) {
  constexpr std::string_view kName = "x-ms-delete-snapshots";
  const auto text = header(request, kName).value_or("");
  if (text.empty()) {
    return blob::SnapshotDeletion::refuse;
  }
  const bool only = equal_ignoring_case(text, "only");
  if (state.kind != blob::StateId::Kind::current || (!only && !equal_ignoring_case(text, "include"))) {
    return refuse_header(kInvalidHeaderValue, kName, text);
  }
  return only ? blob::SnapshotDeletion::only : blob::SnapshotDeletion::include;
}

}  // namespace

Result<http::Reply> delete_blob(BlobCall& call) {
  TRY(auto conditions, write_conditions(call.request));
  conditions.must_not_exist = false;  // has no meaning here (blob.md, 10.1)
  blob::DeleteRequest request;
  TRY(request.state, read_state(call.request));
  TRY(request.snapshots, read_snapshot_deletion(call.request, request.state));
  const auto type = call.request.parameter("deletetype").value_or("");
  request.permanent = !type.empty();
  if (request.permanent && request.state.kind == blob::StateId::Kind::current) {
    return refuse_parameter(kInvalidParameter, "deletetype", type, "only a snapshot or a version is deleted for good");
  }
  TRY(const bool kept, in_blob_words(call.blobs.delete_blob(call.key(), conditions, request), call));
  http::Reply reply;
  reply.status = 202;
  reply.headers.add("x-ms-delete-type-permanent", kept ? "false" : "true");
  return reply;
}

Result<http::Reply> undelete_blob(BlobCall& call) {
  TRY(refuse_old_state(call.request));
  TRY(refuse_conditions(call.request));
  TRY(in_blob_words(call.blobs.undelete_blob(call.key()), call));
  return http::Reply();
}

}  // namespace quaymaster::storage
