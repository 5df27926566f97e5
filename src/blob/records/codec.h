#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "blob/blob_store.h"

namespace quaymaster::blob {

// Encodes values that no statement reads in one column. Format: doc/formats/blob-records.md. Decoders return
// Errc::corrupt for anything that an encoder did not write.

Buffer encode(const Metadata& metadata);  // an empty buffer for empty metadata
Result<Metadata> decode_metadata(Bytes bytes);

Buffer encode(const Properties& properties);
Result<Properties> decode_properties(Bytes bytes);

/// One entry of a committed block list: the next `size` bytes of the blob. No piece belongs to two entries.
struct ListedBlock {
  std::string id;
  std::uint64_t size = 0;
};
Buffer encode(const std::vector<ListedBlock>& blocks);
Result<std::vector<ListedBlock>> decode_blocks(Bytes bytes);

}  // namespace quaymaster::blob
