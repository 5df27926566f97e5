#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "store/database.h"
#include "vault/pack/pack_table.h"

namespace quaymaster::vault {

// The tables of a vault and every statement on them.

store::Schema vault_schema();

// The keys of changes to the rows of `vault`: what adds to them may go on at the same time; what decides by all of them
// goes alone.
store::Keys adding_to(const std::string& vault);
store::Keys alone_with(const std::string& vault);

/// What is known about a vault's index before a run is opened.
struct VaultHead {
  std::uint32_t next_pack = 1;   // no smaller number is ever assigned to a pack again
  bool rebuild_ordered = false;  // the index must be rebuilt from the packs
};
/// nullopt: nothing was ever stored, or the vault was written by an older program, whose index does not follow the
/// rules.
Result<std::optional<VaultHead>> read_head(store::Reader& reader, const std::string& vault);
/// A change without content: once it is durable, earlier changes that were reported as failed cannot appear any more.
Result<> touch_head(store::Writer& writer, const std::string& vault);
Result<> order_rebuild(store::Writer& writer, const std::string& vault);
/// Call in the transaction that replaces the index with a rebuilt one. `next_pack`: for a vault without a head.
Result<> note_index_is_sound(store::Writer& writer, const std::string& vault, std::uint32_t next_pack);

/// Fills the table. Errc::corrupt.
Result<> read_packs(store::Reader& reader, const std::string& vault, PackTable& packs);
/// The pack's number is never reused from then on.
Result<> add_pack(store::Writer& writer, const std::string& vault, std::uint32_t number, const PackInfo& info);
Result<> set_flag(store::Writer& writer, const std::string& vault, std::uint32_t number, PackFlags flag, bool set);
/// False: it is not condemned, or not there, and nothing was removed.
Result<bool> remove_condemned_pack(store::Writer& writer, const std::string& vault, std::uint32_t number);
/// Says that runs of the index hold these packs whole. `sorted_numbers` ascend.
Result<> mark_indexed(store::Writer& writer, const std::string& vault, std::span<const std::uint32_t> sorted_numbers);
Result<> mark_none_indexed(store::Writer& writer, const std::string& vault);

/// A run of the chunk index. A greater age is newer.
struct RunRow {
  Guid id;
  std::uint32_t parts = 0;
  std::int64_t age = 0;
};
/// By age. Errc::corrupt.
Result<std::vector<RunRow>> read_runs(store::Reader& reader, const std::string& vault);
Result<> add_run(store::Writer& writer, const std::string& vault, const RunRow& run);
Result<> remove_run(store::Writer& writer, const std::string& vault, const Guid& id);
Result<> remove_runs(store::Writer& writer, const std::string& vault);

struct PointRow {
  Guid id;
  Time created;
};
/// Newest first. Errc::corrupt.
Result<std::vector<PointRow>> read_points(store::Reader& reader, const std::string& vault, std::string_view source);
/// Of every source, oldest first. Errc::corrupt.
Result<std::vector<Guid>> read_point_ids(store::Reader& reader, const std::string& vault);
Result<> add_point(store::Writer& writer, const std::string& vault, const PointRow& point, std::string_view source);
/// False: there is none.
Result<bool> remove_point_row(store::Writer& writer, const std::string& vault, const Guid& id);

/// Of a vault that is destroyed: packs, runs, points and head.
Result<> remove_vault_rows(store::Writer& writer, const std::string& vault);

}  // namespace quaymaster::vault
