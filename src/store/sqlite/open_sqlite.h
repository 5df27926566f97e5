#pragma once

#include <memory>
#include <span>

#include "base/files/disk.h"
#include "base/result.h"
#include "store/database.h"

namespace quaymaster::store {

/// Opens or creates the SQLite database file `path` (mode 0600) and migrates the tables of every owner, all or none.
/// `path`.lock is locked while it is open: opening it a second time, in this process or another, fails with Errc::busy
/// at once. Errc::unsupported: an owner's tables were written by a newer version; nothing is changed. Errc::corrupt:
/// not a database of ours. `clock`, which must outlive the database, is that of Database::now; null is the system's.
/// Format: doc/formats/records.md.
Result<std::unique_ptr<Database>> open_sqlite(const Path& path, std::span<const Schema> schemas,
                                              const Clock* clock = nullptr);

}  // namespace quaymaster::store
