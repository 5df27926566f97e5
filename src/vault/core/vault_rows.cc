#include "vault/core/vault_rows.h"

#include <algorithm>

namespace quaymaster::vault {
namespace {

constexpr std::string_view kFirst = R"(
CREATE TABLE vault_packs (
  vault TEXT NOT NULL, number INTEGER NOT NULL, id BLOB NOT NULL, state INTEGER NOT NULL,
  size INTEGER NOT NULL, plain_size INTEGER NOT NULL, chunks INTEGER NOT NULL, indexed INTEGER NOT NULL,
  PRIMARY KEY (vault, number));
CREATE TABLE vault_runs (
  vault TEXT NOT NULL, id BLOB NOT NULL, parts INTEGER NOT NULL, age INTEGER NOT NULL, PRIMARY KEY (vault, id));
CREATE TABLE vault_points (
  vault TEXT NOT NULL, id BLOB NOT NULL, source TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (vault, id));
CREATE INDEX vault_points_by_source ON vault_points (vault, source, created);
)";
constexpr std::string_view kHeads = R"(
CREATE TABLE vault_heads (
  vault TEXT PRIMARY KEY, next_pack INTEGER NOT NULL, rebuild INTEGER NOT NULL);
)";
constexpr std::string_view kSteps[] = {kFirst, kHeads};

}  // namespace

store::Schema vault_schema() {
  return {"vault", kSteps};
}

Result<Guid> guid_of(Bytes bytes) {
  Guid guid;
  if (bytes.size() != guid.bytes.size()) {
    return corrupt("an id of {} bytes", bytes.size());
  }
  std::ranges::copy(bytes, guid.bytes.begin());
  return guid;
}

Result<std::optional<VaultHead>> read_head(store::Reader& reader, const std::string& vault) {
  std::optional<VaultHead> head;
  TRY(reader.first(
      "SELECT next_pack, rebuild FROM vault_heads WHERE vault = ?",
      [&](const store::Row& row) { head = VaultHead{static_cast<std::uint32_t>(row.integer(0)), row.integer(1) != 0}; },
      vault));
  return head;
}

Result<> touch_head(store::Writer& writer, const std::string& vault) {
  TRY(writer.change("UPDATE vault_heads SET rebuild = rebuild WHERE vault = ?", vault));
  return ok();
}

Result<> order_rebuild(store::Writer& writer, const std::string& vault) {
  TRY(writer.change("UPDATE vault_heads SET rebuild = 1 WHERE vault = ?", vault));
  return ok();
}

Result<> note_index_is_sound(store::Writer& writer, const std::string& vault, std::uint32_t next_pack) {
  TRY(
      writer.change("INSERT INTO vault_heads (vault, next_pack, rebuild) VALUES (?, ?, 0) "
                    "ON CONFLICT (vault) DO UPDATE SET rebuild = 0",
                    vault, next_pack));
  return ok();
}

Result<> read_packs(store::Reader& reader, const std::string& vault, PackTable& packs) {
  return reader.each(
      "SELECT number, id, state, size, plain_size, chunks, indexed FROM vault_packs WHERE vault = ?",
      [&](const store::Row& row) -> Result<> {
        PackInfo info;
        TRY(info.id, guid_of(row.blob(1)));
        info.flags = static_cast<std::uint8_t>(row.integer(2));
        info.size = static_cast<std::uint64_t>(row.integer(3));
        info.plain_size = static_cast<std::uint64_t>(row.integer(4));
        info.chunks = static_cast<std::uint32_t>(row.integer(5));
        info.indexed = row.integer(6) != 0;
        packs.add(static_cast<std::uint32_t>(row.integer(0)), info);
        return ok();
      },
      vault);
}

Result<> add_pack(store::Writer& writer, const std::string& vault, std::uint32_t number, const PackInfo& info) {
  TRY(
      writer.change("INSERT INTO vault_packs (vault, number, id, state, size, plain_size, chunks, indexed) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                    vault, number, Bytes(info.id.bytes), info.flags, info.size, info.plain_size, info.chunks));
  TRY(
      writer.change("INSERT INTO vault_heads (vault, next_pack, rebuild) VALUES (?, ?, 0) "
                    "ON CONFLICT (vault) DO UPDATE SET next_pack = excluded.next_pack "
                    "WHERE vault_heads.next_pack < excluded.next_pack",
                    vault, std::int64_t{number} + 1));
  return ok();
}

Result<> set_flag(store::Writer& writer, const std::string& vault, std::uint32_t number, PackFlags flag, bool set) {
  if (set) {
    TRY(writer.change("UPDATE vault_packs SET state = state | ? WHERE vault = ? AND number = ?", static_cast<int>(flag),
                      vault, number));
  } else {
    TRY(writer.change("UPDATE vault_packs SET state = state & ? WHERE vault = ? AND number = ?",
                      ~static_cast<int>(flag), vault, number));
  }
  return ok();
}

Result<> remove_pack(store::Writer& writer, const std::string& vault, std::uint32_t number) {
  TRY(writer.change("DELETE FROM vault_packs WHERE vault = ? AND number = ?", vault, number));
  return ok();
}

Result<> remove_vault_rows(store::Writer& writer, const std::string& vault) {
  TRY(writer.change("DELETE FROM vault_points WHERE vault = ?", vault));
  TRY(writer.change("DELETE FROM vault_packs WHERE vault = ?", vault));
  TRY(writer.change("DELETE FROM vault_runs WHERE vault = ?", vault));
  TRY(writer.change("DELETE FROM vault_heads WHERE vault = ?", vault));
  return ok();
}

}  // namespace quaymaster::vault
