#pragma once

#include "blob/records/records.h"

namespace quaymaster::blob {

// Contents that several records use: a blob and its snapshots, versions or copies. Live bytes are counted once for each
// content, however many users it has. Everything here runs inside the caller's change or view.

/// The pieces that the content of a record consists of. Errc::corrupt: there is no such content.
Result<Pieces> shared_pieces(store::Reader& reader, OwnerId content);

/// Lifts the pieces and the block list of a current blob out of its record, so that other records can use them. Does
/// nothing if they are shared already, or if there are none. Sets blob.content.
Result<> share(store::Writer& writer, const Context& context, BlobRecord& blob);
/// Counts one more user; nothing to do for 0, no content.
Result<> add_user(store::Writer& writer, OwnerId content);
/// Counts one user less; the content goes with the last one.
Result<> remove_user(store::Writer& writer, OwnerId content, Usage& usage);

}  // namespace quaymaster::blob
