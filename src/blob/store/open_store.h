#pragma once

#include <memory>

#include "blob/blob_store.h"

namespace quaymaster::blob {

/// `database`, `objects` and `clock` must outlive the store. Reads no blob, even after a crash: its remains are found
/// from the few extents that were open. One store per database at a time.
Result<std::unique_ptr<Store>> open_store(store::Database& database, objects::ObjectStore& objects, Clock& clock,
                                          Options options = {});

}  // namespace quaymaster::blob
