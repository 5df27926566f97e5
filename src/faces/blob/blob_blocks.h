#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "blob/blob_store.h"
#include "faces/blob/blob_call.h"
#include "http/request.h"

namespace quaymaster::storage {

/// The blockid parameter: base64 of 1 to 64 bytes; the text itself is the id. Errc::invalid: kMissingParameter,
/// kInvalidParameter, kOutOfRangeInput.
Result<std::string> read_block_id(const http::Request& request);

/// Parses the body of Put Block List: <BlockList> of <Latest>, <Uncommitted> and <Committed>. Foreign input.
/// Errc::invalid: kInvalidXml, kInvalidBlockList (an id that no block can have), kBlockListTooLong.
Result<std::vector<blob::BlockReference>> parse_block_list(std::string_view document);

/// The answer of Get Block List. `committed`, `uncommitted`: which lists were requested.
std::string write_block_lists(const blob::BlockLists& lists, bool committed, bool uncommitted);

/// Put Block's error in the service's words.
Result<> block_error(Result<> result, BlobCall& call);

}  // namespace quaymaster::storage
