#include "vault/records/vault_rows.h"

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

store::Keys adding_to(const std::string& vault) {
  return store::Keys().shared(vault);
}

store::Keys alone_with(const std::string& vault) {
  return store::Keys().alone(vault);
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
  constexpr std::int64_t kPage = 4096;
  std::int64_t number = -1;
  for (std::int64_t rows = kPage; rows == kPage;) {
    rows = 0;
    TRY(reader.each(
        "SELECT number, id, state, size, plain_size, chunks, indexed FROM vault_packs WHERE vault = ? AND number > ? "
        "ORDER BY number LIMIT ?",
        [&](const store::Row& row) -> Result<> {
          ++rows;
          number = row.integer(0);
          PackInfo info;
          TRY(info.id, row.blob_guid(1));
          info.flags = static_cast<std::uint8_t>(row.integer(2));
          info.size = static_cast<std::uint64_t>(row.integer(3));
          info.plain_size = static_cast<std::uint64_t>(row.integer(4));
          info.chunks = static_cast<std::uint32_t>(row.integer(5));
          info.indexed = row.integer(6) != 0;
          packs.add(static_cast<std::uint32_t>(number), info);
          return ok();
        },
        vault, number, kPage));
  }
  return ok();
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

Result<bool> remove_condemned_pack(store::Writer& writer, const std::string& vault, std::uint32_t number) {
  TRY(const auto gone, writer.change("DELETE FROM vault_packs WHERE vault = ? AND number = ? AND state & ? <> 0", vault,
                                     number, static_cast<int>(kCondemned)));
  return gone > 0;
}

/// One statement for each stretch of consecutive numbers.
Result<> mark_indexed(store::Writer& writer, const std::string& vault, std::span<const std::uint32_t> sorted_numbers) {
  for (std::size_t from = 0; from < sorted_numbers.size();) {
    auto to = from;
    while (to + 1 < sorted_numbers.size() && sorted_numbers[to + 1] == sorted_numbers[to] + 1) {
      ++to;
    }
    TRY(writer.change("UPDATE vault_packs SET indexed = 1 WHERE vault = ? AND number >= ? AND number <= ?", vault,
                      sorted_numbers[from], sorted_numbers[to]));
    from = to + 1;
  }
  return ok();
}

Result<> mark_none_indexed(store::Writer& writer, const std::string& vault) {
  TRY(writer.change("UPDATE vault_packs SET indexed = 0 WHERE vault = ? AND indexed = 1", vault));
  return ok();
}

Result<std::vector<RunRow>> read_runs(store::Reader& reader, const std::string& vault) {
  std::vector<RunRow> runs;
  TRY(reader.each(
      "SELECT id, parts, age FROM vault_runs WHERE vault = ? ORDER BY age",
      [&](const store::Row& row) -> Result<> {
        TRY(const auto id, row.blob_guid(0));
        runs.push_back({id, static_cast<std::uint32_t>(row.integer(1)), row.integer(2)});
        return ok();
      },
      vault));
  return runs;
}

Result<> add_run(store::Writer& writer, const std::string& vault, const RunRow& run) {
  TRY(writer.change("INSERT INTO vault_runs (vault, id, parts, age) VALUES (?, ?, ?, ?)", vault, Bytes(run.id.bytes),
                    run.parts, run.age));
  return ok();
}

Result<> remove_run(store::Writer& writer, const std::string& vault, const Guid& id) {
  TRY(writer.change("DELETE FROM vault_runs WHERE vault = ? AND id = ?", vault, Bytes(id.bytes)));
  return ok();
}

Result<> remove_runs(store::Writer& writer, const std::string& vault) {
  TRY(writer.change("DELETE FROM vault_runs WHERE vault = ?", vault));
  return ok();
}

Result<std::vector<PointRow>> read_points(store::Reader& reader, const std::string& vault, std::string_view source) {
  std::vector<PointRow> points;
  TRY(reader.each(
      "SELECT id, created FROM vault_points WHERE vault = ? AND source = ? ORDER BY created DESC, id",
      [&](const store::Row& row) -> Result<> {
        TRY(const auto id, row.blob_guid(0));
        points.push_back({id, row.time(1)});
        return ok();
      },
      vault, source));
  return points;
}

Result<std::vector<Guid>> read_point_ids(store::Reader& reader, const std::string& vault) {
  std::vector<Guid> ids;
  TRY(reader.each(
      "SELECT id FROM vault_points WHERE vault = ? ORDER BY created",
      [&](const store::Row& row) -> Result<> {
        TRY(const auto id, row.blob_guid(0));
        ids.push_back(id);
        return ok();
      },
      vault));
  return ids;
}

Result<> add_point(store::Writer& writer, const std::string& vault, const PointRow& point, std::string_view source) {
  TRY(writer.change("INSERT INTO vault_points (vault, id, source, created) VALUES (?, ?, ?, ?)", vault,
                    Bytes(point.id.bytes), source, point.created));
  return ok();
}

Result<bool> remove_point_row(store::Writer& writer, const std::string& vault, const Guid& id) {
  TRY(const auto removed, writer.change("DELETE FROM vault_points WHERE vault = ? AND id = ?", vault, Bytes(id.bytes)));
  return removed > 0;
}

Result<> remove_vault_rows(store::Writer& writer, const std::string& vault) {
  TRY(writer.change("DELETE FROM vault_points WHERE vault = ?", vault));
  TRY(writer.change("DELETE FROM vault_packs WHERE vault = ?", vault));
  TRY(writer.change("DELETE FROM vault_runs WHERE vault = ?", vault));
  TRY(writer.change("DELETE FROM vault_heads WHERE vault = ?", vault));
  return ok();
}

}  // namespace quaymaster::vault
