#pragma once

#include <optional>
#include <string>

#include "store/database.h"
#include "vault/pack/pack_table.h"

namespace quaymaster::vault {

// The rows of a vault: the schema and every statement on packs and heads. Runs have theirs in chunk_index.cc, points
// in vault.cc.

store::Schema vault_schema();

/// What is known of a vault's index before a run is opened.
struct VaultHead {
  std::uint32_t next_pack = 1;   // no smaller number is ever given to a pack again
  bool rebuild_ordered = false;  // the index must be made from the packs again
};
/// None: nothing was ever stored, or an older program wrote the vault, whose index does not hold the rules.
Result<std::optional<VaultHead>> read_head(store::Reader& reader, const std::string& vault);
/// Changes nothing, but is a change: it settles, once it is durable, that earlier ones which were reported as failed
/// did not take place.
Result<> touch_head(store::Writer& writer, const std::string& vault);
Result<> order_rebuild(store::Writer& writer, const std::string& vault);
/// In the transaction that puts a rebuilt index into place. `next_pack`: for a vault without a head.
Result<> note_index_is_sound(store::Writer& writer, const std::string& vault, std::uint32_t next_pack);

/// Fills the table. Errc::corrupt.
Result<> read_packs(store::Reader& reader, const std::string& vault, PackTable& packs);
/// The pack's number does not come back from then on.
Result<> add_pack(store::Writer& writer, const std::string& vault, std::uint32_t number, const PackInfo& info);
Result<> set_flag(store::Writer& writer, const std::string& vault, std::uint32_t number, PackFlags flag, bool set);
Result<> remove_pack(store::Writer& writer, const std::string& vault, std::uint32_t number);
/// Of a vault that is destroyed: packs, runs, points and head.
Result<> remove_vault_rows(store::Writer& writer, const std::string& vault);

Result<Guid> guid_of(Bytes bytes);

}  // namespace quaymaster::vault
