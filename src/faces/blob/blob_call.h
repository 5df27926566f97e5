#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/thread_pool.h"
#include "blob/blob_store.h"
#include "faces/blob/blob_address.h"
#include "faces/blob/blob_service.h"
#include "http/message.h"
#include "identity/signatures/sas.h"
#include "store/database.h"

namespace quaymaster::storage {

/// An authorized request and its context. Lives in the frame of the face's coroutine; what it refers to outlives it.
struct BlobCall {
  blob::Store& blobs;
  store::Database& database;
  ThreadPool& pool;
  const http::Request& request;
  http::Body& body;
  BlobAddress address;
  BlobAccount account;
  std::string version;   // x-ms-version in force
  Time now;              // when processing began
  std::string document;  // the request's body, for rows that need all of it at once
  std::optional<identity::SasGrant> sas;
  /// The signature allows creating but not overwriting (permission c without w).
  bool create_only = false;
  ThreadPool::Share share = 0;  // of the pool; the caller's, once the caller is known

  blob::BlobKey key() const { return {address.account, address.container, address.blob}; }
};

/// Translates an engine error into the service's words: distinguishes a missing container from a missing blob, and
/// names what already exists.
Error blob_error(Error error, BlobCall& call);
Error container_error(Error error);

/// For plain handlers: `BLOB_TRY(const auto info, call.blobs.get_blob(call.key()))`.
template <class T>
Result<T> in_blob_words(Result<T> result, BlobCall& call) {
  if (result) {
    return result;
  }
  return blob_error(std::move(result).error(), call);
}
template <class T>
Result<T> in_container_words(Result<T> result) {
  if (result) {
    return result;
  }
  return container_error(std::move(result).error());
}

}  // namespace quaymaster::storage
