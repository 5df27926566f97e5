#pragma once

#include "store/database.h"

namespace quaymaster::blob {

/// Tables of the blob store, for open_sqlite.
store::Schema schema();

}  // namespace quaymaster::blob
