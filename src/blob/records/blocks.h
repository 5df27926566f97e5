#pragma once

#include <string>
#include <vector>

#include "blob/records/records.h"

namespace quaymaster::blob {

// Uncommitted blocks and block lists, inside a change or view. Errc as the corresponding calls of Store.

Result<> stage_block(store::Writer& writer, const Context& context, const BlobKey& key, const std::string& block_id,
                     std::uint64_t size, const Pieces& pieces);

Result<BlobInfo> commit_list(store::Writer& writer, const Context& context, const BlobKey& key,
                             const std::vector<BlockReference>& list, const Properties& properties,
                             const Metadata& metadata, const Conditions& conditions);

Result<BlockLists> block_lists(store::Reader& reader, const BlobKey& key, const StateId& state);

}  // namespace quaymaster::blob
