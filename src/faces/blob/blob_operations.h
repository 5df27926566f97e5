#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "faces/blob/blob_address.h"
#include "faces/blob/blob_call.h"
#include "http/message.h"
#include "identity/signatures/sas.h"

namespace quaymaster::storage {

/// What tells operations of one method and address apart beside comp and restype: headers.
enum class Variant {
  plain,
  page,         // x-ms-blob-type: PageBlob
  append,       // x-ms-blob-type: AppendBlob
  from_url,     // x-ms-copy-source, for a block, a page, an appended block or (with x-ms-blob-type) a blob
  copy,         // x-ms-copy-source alone
  copy_waited,  // x-ms-copy-source with x-ms-requires-sync: true
};

/// How a row is run.
enum class Runs {
  here,      // `plain`, on the connection's thread: reads records only
  on_pool,   // `plain`, where it may wait for the disk
  streamed,  // `streamed`, a coroutine that reads the request's body or writes a long answer
};

/// One operation of the Blob service. Router, authorization, handler and doc/api read this row.
struct BlobOperation {
  std::string_view name;  // as storage logs name it
  http::Method method;
  Level level;
  std::string_view restype;  // of the service only; a container's is always "container", a blob's none
  std::string_view comp;
  Variant variant;
  identity::SasNeed sas;
  std::string_view action;  // what a bearer token's roles must allow
  Runs runs;
  bool takes_document = false;  // the body is read whole before, at most kLargestDocument
  Result<http::Reply> (*plain)(BlobCall& call) = nullptr;
  http::Task<Result<http::Reply>> (*streamed)(BlobCall& call) = nullptr;
  std::string_view not_offered = {};  // why, when there is neither

  bool offered() const { return plain != nullptr || streamed != nullptr; }
};

/// A block list of 50,000 ids of 88 characters with their tags has less.
constexpr std::size_t kLargestDocument = 8 * kMiB;

std::span<const BlobOperation> blob_operations();

/// The row that a request means. Errc::invalid: kInvalidParameter (no such comp or restype), kInvalidVerb (405),
/// kMissingHeader or kInvalidHeaderValue (x-ms-blob-type).
Result<const BlobOperation*> find_operation(const http::Request& request, const BlobAddress& address);

}  // namespace quaymaster::storage
