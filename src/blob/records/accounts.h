#pragma once

#include <functional>
#include <string>

#include "blob/blob_store.h"
#include "store/database.h"

namespace quaymaster::blob {

// What accounts keep, inside a change or view. An account without a record keeps nothing.

Result<Keeping> read_keeping(store::Reader& reader, const std::string& account);
Result<Keeping> change_keeping(store::Writer& writer, const std::string& account,
                               const std::function<void(Keeping&)>& edit);

/// Columns for keeping_of, in its order, of blob_accounts; null where there is no record.
#define QM_KEEPING_COLUMNS "versions, blob_days, permanent_delete, container_days"
Keeping keeping_of(const store::Row& row, int first_column);

}  // namespace quaymaster::blob
