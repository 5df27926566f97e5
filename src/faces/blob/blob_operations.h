#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/operation.h"
#include "base/result.h"
#include "faces/blob/blob_address.h"
#include "faces/blob/blob_call.h"
#include "http/message.h"
#include "identity/signatures/sas.h"

namespace quaymaster::storage {

/// Older versions are refused for all rows; a version newer than the newest known one is served as that one.
constexpr std::string_view kFirstVersion = "2009-09-19";

/// The headers and parameters that distinguish operations of one method and address in addition to comp and restype.
enum class Variant {
  plain,
  block,          // x-ms-blob-type: BlockBlob
  page,           // x-ms-blob-type: PageBlob
  append,         // x-ms-blob-type: AppendBlob
  from_url,       // x-ms-copy-source, for a block, a page or an appended block
  blob_from_url,  // x-ms-copy-source and x-ms-blob-type
  copy,           // x-ms-copy-source alone
  copy_waited,    // x-ms-copy-source with x-ms-requires-sync: true
  old_version,    // versionid, of a deletion
  for_good,       // deletetype=permanent
};

/// A header of a variant; without a value, any value matches.
struct VariantHeader {
  std::string_view name;
  std::string_view value = {};
};
std::span<const VariantHeader> headers_of(Variant variant);

/// What a row requires of a shared access signature, or why none is sufficient.
struct BlobSignature {
  identity::SasNeed need;
  std::string_view why_none = {};
};

/// Where a row's handler runs.
enum class Runs {
  here,      // `plain`, on the connection's thread: reads records only
  on_pool,   // `plain`, on the pool, where it may wait for the disk
  streamed,  // `streamed`, a coroutine that reads the request's body or writes a long answer
};

/// How a row calls its handler; if there is neither function: not offered, Operation::note says why.
struct BlobHandler {
  Runs runs = Runs::here;
  bool takes_document = false;  // the whole body is read first, at most kLargestDocument
  Result<http::Reply> (*plain)(BlobCall& call) = nullptr;
  http::Task<Result<http::Reply>> (*streamed)(BlobCall& call) = nullptr;

  constexpr bool is_there() const { return plain != nullptr || streamed != nullptr; }
};

/// The meaning of a row's path: "/{container}?restype=container&comp=acl".
struct BlobPattern {
  Level level = Level::service;
  std::string_view restype;  // of the service only; a container's is always "container", a blob has none
  std::string_view comp;
};
constexpr BlobPattern read_pattern(std::string_view path) {
  const auto names = path.substr(0, path.find('?'));
  auto query = path.substr(names.size());
  const auto value_of = [query](std::string_view name) {
    const auto at = query.find(name);
    const auto value = at == std::string_view::npos ? std::string_view() : query.substr(at + name.size());
    return value.substr(0, value.find('&'));
  };
  const auto level = names == "/" ? Level::service : names == "/{container}" ? Level::container : Level::blob;
  return {level, level == Level::service ? value_of("restype=") : std::string_view(), value_of("comp=")};
}

/// One operation of the Blob service. Router, authorization, handler and doc/api read this row.
struct BlobOperation : api::Operation {
  /// The id as storage logs spell it; the action is what a bearer token's roles must allow.
  constexpr BlobOperation(std::string_view row_id, http::Method row_method, std::string_view row_path,
                          std::string_view row_action, const BlobSignature& row_signature,
                          const BlobHandler& row_handler, std::string_view row_note = {},
                          Variant row_variant = Variant::plain)
      : api::Operation{row_id, row_method, row_path, kFirstVersion, row_action, row_note, row_handler.is_there()},
        pattern(read_pattern(row_path)),
        variant(row_variant),
        signature(row_signature),
        handler(row_handler) {}

  BlobPattern pattern;
  Variant variant;
  BlobSignature signature;
  BlobHandler handler;
};

/// Larger than a block list of 50,000 ids of 88 characters with their tags.
constexpr std::size_t kLargestDocument = 8 * kMiB;

std::span<const BlobOperation> blob_operations();

/// The row that a request matches. Errc::invalid: kInvalidParameter (no such comp or restype), kInvalidVerb (405),
/// kMissingHeader or kInvalidHeaderValue (x-ms-blob-type).
Result<const BlobOperation*> find_operation(const http::Request& request, const BlobAddress& address);

/// The page "Blob" of doc/api, generated from the rows.
std::string document_blob_operations();

}  // namespace quaymaster::storage
