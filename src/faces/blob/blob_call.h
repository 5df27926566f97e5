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

/// One authorized request on its way through its row. Lives in the frame of the face's coroutine; what it refers to
/// outlives it.
struct BlobCall {
  blob::Store& blobs;
  store::Database& database;
  ThreadPool& pool;
  const http::Request& request;
  http::Body& body;
  BlobAddress address;
  BlobAccount account;
  std::string version;   // x-ms-version in force
  std::string document;  // the request's body, where the row takes it as a whole
  std::optional<identity::SasGrant> sas;
  /// The signature allows to create, not to overwrite (permission c without w).
  bool create_only = false;
  ThreadPool::Share share = 0;  // of the pool; the caller's once it is known

  blob::BlobKey key() const { return {address.account, address.container, address.blob}; }
};

/// The engine's error in the service's words: tells a missing container from a missing blob, and what exists.
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
