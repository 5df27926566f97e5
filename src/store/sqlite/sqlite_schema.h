#pragma once

#include <span>

#include "store/sqlite/sqlite_connection.h"

namespace quaymaster::store {

/// Migrates the tables of every owner in one transaction; writes nothing when they are up to date. Errc::unsupported:
/// an owner's tables are newer than its steps. Errc::corrupt: the file belongs to another program. Format:
/// doc/formats/records.md.
Result<> bring_up_to_date(Connection& connection, std::span<const Schema> schemas);

}  // namespace quaymaster::store
