#include "blob/records/records.h"

#include <algorithm>

#include "base/encode.h"
#include "blob/conditions.h"
#include "blob/records/accounts.h"
#include "blob/records/contents.h"
#include "blob/records/former.h"
#include "blob/refusals.h"

namespace quaymaster::blob {
namespace {

constexpr std::size_t kLongestName = 4096;
/// How many blocks of a draft lose their records in one transaction, which takes a few milliseconds.
constexpr std::uint64_t kBlocksAtOnce = 1000;

Bytes name_of(const std::string& name) {
  return as_bytes(name);
}

Result<std::optional<Tier>> decode_tier(std::int64_t number) {
  if (number < 0 || number > static_cast<int>(Tier::cold)) {
    return corrupt("a record has the unknown tier {}", number);
  }
  return number == 0 ? std::nullopt : std::optional(static_cast<Tier>(number));
}

/// A blob keeps its tier when its content is replaced without naming one. Only block blobs have a tier.
void carry_tier(BlobInfo& info, const std::optional<BlobRecord>& before, Time now) {
  auto& tier = info.properties.tier;
  if (info.type != Type::block) {
    tier = std::nullopt;
  } else if (tier) {
    info.tier_changed = now;
  } else if (before) {
    tier = before->info.properties.tier;
    info.tier_changed = before->info.tier_changed;
  }
}

}  // namespace

Result<Sequence> Sequence::open(store::Database& database) {
  std::int64_t epoch = 0;
  TRY(database.write([&epoch](store::Writer& writer) -> Result<> {
    TRY(const bool found,
        writer.first("UPDATE blob_counters SET value = value + 1 WHERE name = 'epoch' RETURNING value",
                     [&epoch](const store::Row& row) { epoch = row.integer(0); }));
    return found ? Result<>(ok()) : Result<>(corrupt("the counter of epochs is missing"));
  }));
  return Sequence(epoch);
}

Result<> check_name(const std::string& name) {
  if (name.empty() || name.size() > kLongestName || !is_utf8(name)) {
    return invalid("a blob name of {} bytes", name.size());
  }
  return ok();
}

/// Block blobs have no holes; one in a record would return zeros that were never written.
Result<> check_whole(const BlobRecord& blob) {
  std::uint64_t end = 0;
  for (const auto& piece : blob.pieces) {
    if (blob.info.type != Type::page && piece.offset != end) {
      break;
    }
    end = piece.offset + piece.size;
  }
  const bool whole = blob.info.type == Type::page ? end <= blob.info.size : end == blob.info.size;
  return whole ? Result<>(ok()) : Result<>(corrupt("the record of blob {} has pieces for {} bytes", blob.id, end));
}

namespace {

/// QM_STATE_COLUMNS.
Result<BlobRecord> read_state(const store::Row& row) {
  BlobRecord blob;
  blob.id = row.integer(0);
  blob.info.name = as_text(row.blob(1));
  blob.info.type = static_cast<Type>(row.integer(2));
  blob.info.size = static_cast<std::uint64_t>(row.integer(3));
  blob.info.etag = static_cast<std::uint64_t>(row.integer(4));
  blob.info.created = row.time(5);
  blob.info.modified = row.time(6);
  blob.has_blocks = row.integer(7) != 0;
  TRY(blob.info.properties, decode_properties(row.blob(8)));
  TRY(blob.info.metadata, decode_metadata(row.blob(9)));
  TRY(blob.info.properties.tier, decode_tier(row.integer(10)));
  blob.info.tier_changed = row.time(11);
  blob.content = row.integer(12);
  return blob;
}

}  // namespace

Result<BlobRecord> read_info(const store::Row& row) {
  TRY(auto blob, read_state(row));
  if (row.integer(13) != 0) {
    blob.info.version = row.time(13);
  }
  return blob;
}

Result<BlobRecord> read_former(const store::Row& row) {
  TRY(auto blob, read_state(row));
  blob.info.is_current = false;
  blob.kind = static_cast<FormerKind>(row.integer(14));
  switch (blob.kind) {
    case FormerKind::snapshot:
      blob.info.snapshot = row.time(15);
      break;
    case FormerKind::version:
      blob.info.version = row.time(15);
      break;
    case FormerKind::deleted_blob:
      break;
    default:
      return corrupt("a former state has the unknown kind {}", row.integer(14));
  }
  if (row.integer(16) != 0) {
    blob.info.deletion = Deletion{row.time(16), row.time(17)};
  }
  return blob;
}

int encode_tier(std::optional<Tier> tier) {
  return tier ? static_cast<int>(*tier) : 0;
}

Result<std::optional<ContainerId>> find_container(store::Reader& reader, const std::string& account,
                                                  const std::string& container) {
  std::optional<ContainerId> id;
  TRY(reader.first(
      "SELECT id FROM blob_containers WHERE account = ? AND name = ?",
      [&](const store::Row& row) { id = row.integer(0); }, account, name_of(container)));
  return id;
}

Result<ContainerId> require_container(store::Reader& reader, const std::string& account, const std::string& container) {
  TRY(const auto id, find_container(reader, account, container));
  if (!id) {
    return not_found("container {} of account {}", container, account);
  }
  return *id;
}

Result<Place> require_place(store::Reader& reader, const std::string& account, const std::string& container) {
  Place place;
  TRY(const bool found,
      reader.first(
          "SELECT c.id, c.has_former, " QM_KEEPING_COLUMNS
          " FROM blob_containers c LEFT JOIN blob_accounts a ON a.account = c.account"
          " WHERE c.account = ? AND c.name = ?",
          [&](const store::Row& row) { place = {row.integer(0), row.integer(1) != 0, keeping_of(row, 2)}; }, account,
          name_of(container)));
  if (!found) {
    return not_found("container {} of account {}", container, account);
  }
  return place;
}

Result<std::optional<BlobRecord>> find_blob(store::Reader& reader, const BlobKey& key, Depth depth) {
  std::optional<BlobRecord> found;
  const auto on_row = [&](const store::Row& row) -> Result<> {
    TRY(found, read_info(row));
    if (depth == Depth::info) {
      return ok();
    }
    if (found->content == 0) {
      TRY(found->pieces, decode_pieces(row.blob(kAfterBlobInfo)));
    } else {
      TRY(found->pieces, shared_pieces(reader, found->content));
    }
    return check_whole(*found);
  };
  if (depth == Depth::info) {
    TRY(reader.each("SELECT " QM_BLOB_INFO_COLUMNS " FROM blob_blobs WHERE container ="
                    " (SELECT id FROM blob_containers WHERE account = ? AND name = ?) AND name = ?",
                    on_row, key.account, name_of(key.container), name_of(key.name)));
  } else {
    TRY(reader.each("SELECT " QM_BLOB_INFO_COLUMNS ", pieces FROM blob_blobs WHERE container ="
                    " (SELECT id FROM blob_containers WHERE account = ? AND name = ?) AND name = ?",
                    on_row, key.account, name_of(key.container), name_of(key.name)));
  }
  return found;
}

Result<std::optional<Draft>> find_draft(store::Reader& reader, ContainerId container, const std::string& name) {
  std::optional<Draft> draft;
  TRY(reader.first(
      "SELECT id, blocks, id_size FROM blob_drafts WHERE container = ? AND name = ?",
      [&](const store::Row& row) {
        draft = Draft{row.integer(0), static_cast<std::uint64_t>(row.integer(1)),
                      static_cast<std::uint64_t>(row.integer(2))};
      },
      container, name_of(name)));
  return draft;
}

Result<std::vector<StagedBlock>> staged_blocks(store::Reader& reader, OwnerId draft) {
  std::vector<StagedBlock> blocks;
  TRY(reader.each(
      "SELECT block_id, size, pieces FROM blob_staged WHERE draft = ? ORDER BY block_id",
      [&](const store::Row& row) -> Result<> {
        TRY(auto pieces, decode_pieces(row.blob(2)));
        blocks.push_back(
            {std::string(as_text(row.blob(0))), static_cast<std::uint64_t>(row.integer(1)), std::move(pieces)});
        return ok();
      },
      draft));
  return blocks;
}

Result<std::vector<ListedBlock>> listed_blocks(store::Reader& reader, const BlobRecord& blob) {
  std::vector<ListedBlock> blocks;
  if (blob.has_blocks) {
    TRY(reader.each(
        "SELECT blocks FROM blob_block_lists WHERE blob = ?",
        [&](const store::Row& row) -> Result<> {
          TRY(blocks, decode_blocks(row.blob(0)));
          return ok();
        },
        blob.owner()));
  }
  return blocks;
}

Result<Target> find_target(store::Reader& reader, const BlobKey& key) {
  TRY(check_name(key.name));
  Target target;
  TRY(target.place, require_place(reader, key.account, key.container));
  TRY(target.blob, find_blob(reader, key, Depth::pieces));
  TRY(target.draft, find_draft(reader, target.place.id, key.name));
  return target;
}

Result<> check_target(const Conditions& conditions, const Target& target) {
  if (!target.blob) {
    return check_version(conditions, std::nullopt, true);
  }
  return check_version(conditions, Version{target.blob->info.etag, target.blob->info.modified}, true);
}

Time time_of_change(const Context& context, const std::optional<BlobRecord>& before) {
  const auto now = context.clock.now();
  return before ? std::max(now, before->info.modified + Ticks{1}) : now;
}

namespace {

/// Where a new version goes: into the record of the blob that it replaces, or into a new one.
struct Replaced {
  bool in_place = false;
  OwnerId id = 0;
  std::optional<Time> version;
};

/// A blob with snapshots keeps its type.
Result<> refuse_snapshots(store::Reader& reader, const Place& place, const std::string& name, Time now) {
  TRY(const auto states, former_states(reader, place, name, now));
  const bool has = std::ranges::any_of(
      states, [](const auto& state) { return state.kind == FormerKind::snapshot && !state.info.deletion; });
  return has ? Result<>(refuse(Errc::conflict, kSnapshotsPresent)) : ok();
}

/// Ends the blob that is replaced. The caller writes the new one.
Result<Replaced> replace(store::Writer& writer, const Context& context, const std::string& name, Type type,
                         const Target& target, Time now, Usage& usage) {
  const auto& [place, before, draft] = target;
  const auto fate = before ? fate_of(place.keeping, before->info) : Fate::gone;
  if (before && before->info.type != type) {
    TRY(refuse_snapshots(writer, place, name, now));
  }
  Replaced replaced;
  if (fate != Fate::gone || place.keeping.versions || place.has_former) {
    TRY(auto moments, Moments::of(writer, place, name, before, now));
    if (fate == Fate::version) {
      TRY(move_to_former(writer, place, *before, FormerKind::version, moments.version_of(before->info), {}));
    } else if (fate == Fate::deleted) {
      TRY(move_to_former(writer, place, *before, FormerKind::snapshot, moments.next(),
                         deletion_now(context.clock.now(), place.keeping.blob_days)));
    } else if (!before) {
      TRY(make_way(writer, place, name, moments));
    }
    if (place.keeping.versions) {
      replaced.version = moments.next();
    }
  }
  replaced.in_place = before && fate == Fate::gone;
  replaced.id = replaced.in_place ? before->id : context.sequence.next();
  if (replaced.in_place && before->content == 0) {
    usage.remove(before->pieces);
  } else if (replaced.in_place) {
    TRY(remove_user(writer, before->content, usage));
  }
  return replaced;
}

}  // namespace

Result<BlobInfo> save(store::Writer& writer, const Context& context, const BlobKey& key, const Target& target,
                      const NewVersion& version) {
  const auto now = time_of_change(context, target.blob);
  const bool has_blocks = !version.blocks.empty();
  Usage usage;
  usage.add(version.pieces);
  TRY(const auto replaced, replace(writer, context, key.name, version.type, target, now, usage));
  const auto id = replaced.id;
  BlobInfo info{key.name,
                version.type,
                version.size,
                static_cast<std::uint64_t>(context.sequence.next()),
                target.blob ? target.blob->info.created : now,
                now,
                version.properties,
                version.metadata};
  info.version = replaced.version;
  carry_tier(info, target.blob, context.clock.now());
  if (target.draft) {
    TRY(remove_draft(writer, *target.draft, usage));
  }
  TRY(usage.apply(writer));
  const bool owned = replaced.in_place && target.blob->content == 0;
  const bool had_blocks = owned && target.blob->has_blocks;
  TRY(change_references(writer, id, owned ? target.blob->pieces : Pieces{}, version.pieces));

  const auto type = static_cast<int>(version.type);
  const auto tier = encode_tier(info.properties.tier);
  const auto properties = encode(info.properties);
  const auto metadata = encode(info.metadata);
  const auto pieces = encode(version.pieces);
  const auto version_id = info.version.value_or(Time{});
  if (replaced.in_place) {
    TRY(writer.change(
        "UPDATE blob_blobs SET type = ?, size = ?, etag = ?, modified = ?, has_blocks = ?, properties = ?,"
        " metadata = ?, pieces = ?, tier = ?, tier_changed = ?, content = 0, version = ? WHERE id = ?",
        type, info.size, info.etag, now, has_blocks, properties, metadata, pieces, tier, info.tier_changed, version_id,
        id));
  } else {
    TRY(
        writer.change("INSERT INTO blob_blobs (id, container, name, type, size, etag, created, modified, has_blocks,"
                      " properties, metadata, pieces, tier, tier_changed, content, version)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
                      id, target.place.id, name_of(key.name), type, info.size, info.etag, info.created, now, has_blocks,
                      properties, metadata, pieces, tier, info.tier_changed, version_id));
  }
  if (has_blocks) {
    TRY(
        writer.change("INSERT INTO blob_block_lists (blob, blocks) VALUES (?, ?)"
                      " ON CONFLICT (blob) DO UPDATE SET blocks = excluded.blocks",
                      id, encode(version.blocks)));
  } else if (had_blocks) {
    TRY(writer.change("DELETE FROM blob_block_lists WHERE blob = ?", id));
  }
  return info;
}

Result<> remove_record(store::Writer& writer, const BlobRecord& blob, Usage& usage) {
  if (blob.content != 0) {
    TRY(remove_user(writer, blob.content, usage));
  } else {
    usage.remove(blob.pieces);
    TRY(change_references(writer, blob.id, blob.pieces, {}));
    if (blob.has_blocks) {
      TRY(writer.change("DELETE FROM blob_block_lists WHERE blob = ?", blob.id));
    }
  }
  TRY(writer.change(
      blob.kind == FormerKind::current ? "DELETE FROM blob_blobs WHERE id = ?" : "DELETE FROM blob_former WHERE id = ?",
      blob.id));
  return ok();
}

Result<> remove_draft(store::Writer& writer, const Draft& draft, Usage& usage) {
  if (draft.blocks > kBlocksAtOnce) {
    TRY(writer.change("UPDATE blob_drafts SET container = ?, modified = 0 WHERE id = ?", -draft.id, draft.id));
    return ok();
  }
  TRY(const auto blocks, staged_blocks(writer, draft.id));
  Pieces all;
  for (const auto& block : blocks) {
    usage.remove(block.pieces);
    all.insert(all.end(), block.pieces.begin(), block.pieces.end());
  }
  TRY(change_references(writer, draft.id, all, {}));
  TRY(writer.change("DELETE FROM blob_staged WHERE draft = ?", draft.id));
  TRY(writer.change("DELETE FROM blob_drafts WHERE id = ?", draft.id));
  return ok();
}

Result<> remove_some_blocks(store::Writer& writer, OwnerId draft, Usage& usage) {
  std::uint64_t count = 0;
  Buffer last;
  TRY(writer.each(
      "SELECT block_id, pieces FROM blob_staged WHERE draft = ? ORDER BY block_id LIMIT ?",
      [&](const store::Row& row) -> Result<> {
        TRY(const auto pieces, decode_pieces(row.blob(1)));
        usage.remove(pieces);
        last.assign(row.blob(0).begin(), row.blob(0).end());
        ++count;
        return ok();
      },
      draft, kBlocksAtOnce));
  TRY(writer.change("DELETE FROM blob_staged WHERE draft = ? AND block_id <= ?", draft, last));
  if (count < kBlocksAtOnce) {
    TRY(writer.change("DELETE FROM blob_drafts WHERE id = ?", draft));
  }
  return ok();
}

}  // namespace quaymaster::blob
