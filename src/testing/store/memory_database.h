#pragma once

#include <memory>
#include <span>

#include "store/database.h"

namespace quaymaster::store {

/// A database for tests, on tmpfs and never synced, removed with the object. It runs every change twice (testing/store/
/// repeating_database.h), since any database may. `clock` is that of Database::now; null is the system's.
Result<std::unique_ptr<Database>> open_in_memory(std::span<const Schema> schemas, const Clock* clock = nullptr);

/// The same, running each change once: for tests that look at the database itself.
Result<std::unique_ptr<Database>> open_in_memory_once(std::span<const Schema> schemas);

}  // namespace quaymaster::store
