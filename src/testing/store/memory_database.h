#pragma once

#include <memory>
#include <span>

#include "store/database.h"

namespace quaymaster::store {

/// A database for tests, on tmpfs and never synced, removed with the object.
Result<std::unique_ptr<Database>> open_in_memory(std::span<const Schema> schemas);

}  // namespace quaymaster::store
