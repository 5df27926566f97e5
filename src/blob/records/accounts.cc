#include "blob/records/accounts.h"

namespace quaymaster::blob {

Keeping keeping_of(const store::Row& row, int first_column) {
  Keeping keeping;
  if (!row.is_null(first_column)) {
    keeping.versions = row.integer(first_column) != 0;
    keeping.blob_days = static_cast<int>(row.integer(first_column + 1));
    keeping.permanent_delete = row.integer(first_column + 2) != 0;
    keeping.container_days = static_cast<int>(row.integer(first_column + 3));
  }
  return keeping;
}

Result<Keeping> read_keeping(store::Reader& reader, const std::string& account) {
  Keeping keeping;
  TRY(reader.first(
      "SELECT " QM_KEEPING_COLUMNS " FROM blob_accounts WHERE account = ?",
      [&](const store::Row& row) { keeping = keeping_of(row, 0); }, account));
  return keeping;
}

Result<Keeping> change_keeping(store::Writer& writer, const std::string& account,
                               const std::function<void(Keeping&)>& edit) {
  TRY(auto keeping, read_keeping(writer, account));
  edit(keeping);
  TRY(writer.change("INSERT INTO blob_accounts (account, " QM_KEEPING_COLUMNS ") VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT (account) DO UPDATE SET versions = excluded.versions,"
                    " blob_days = excluded.blob_days, permanent_delete = excluded.permanent_delete,"
                    " container_days = excluded.container_days",
                    account, keeping.versions, keeping.blob_days, keeping.permanent_delete, keeping.container_days));
  return keeping;
}

}  // namespace quaymaster::blob
