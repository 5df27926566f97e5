#pragma once

#include "blob/records/former.h"

namespace quaymaster::blob {

// Deleting and restoring blobs, inside a change. Errc as the corresponding calls of Store.

Result<bool> delete_blob(store::Writer& writer, const Context& context, const BlobKey& key,
                         const Conditions& conditions, const DeleteRequest& request);
Result<> undelete_blob(store::Writer& writer, const Context& context, const BlobKey& key);

}  // namespace quaymaster::blob
