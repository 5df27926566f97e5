#include "blob/records/former.h"

#include <algorithm>

#include "blob/conditions.h"
#include "blob/records/contents.h"

namespace quaymaster::blob {
namespace {

constexpr Time kLongAgo{};

Result<> mark_container(store::Writer& writer, const Place& place) {
  if (!place.has_former) {
    TRY(writer.change("UPDATE blob_containers SET has_former = 1 WHERE id = ? AND has_former = 0", place.id));
  }
  return ok();
}

Result<BlobRecord> read_with_pieces(store::Reader& reader, const store::Row& row) {
  TRY(auto record, read_former(row));
  if (record.content == 0) {
    TRY(record.pieces, decode_pieces(row.blob(kAfterFormer)));
  } else {
    TRY(record.pieces, shared_pieces(reader, record.content));
  }
  return record;
}

}  // namespace

Result<Moments> Moments::of(store::Reader& reader, const Place& place, const std::string& name,
                            const std::optional<BlobRecord>& current, Time now) {
  auto last = current ? current->info.version.value_or(kLongAgo) : kLongAgo;
  if (place.has_former) {
    TRY(reader.first(
        "SELECT moment FROM blob_former WHERE container = ? AND name = ? AND moment < ? ORDER BY moment DESC LIMIT 1",
        [&](const store::Row& row) { last = std::max(last, row.time(0)); }, place.id, as_bytes(name), kLastMoment));
  }
  return Moments(last, now);
}

Fate fate_of(const Keeping& keeping, const BlobInfo& blob) {
  return keeping.versions || blob.version ? Fate::version : keeping.blob_days > 0 ? Fate::deleted : Fate::gone;
}

Deletion deletion_now(Time now, int days) {
  return {now, now + std::chrono::days(days)};
}

Result<> move_to_former(store::Writer& writer, const Place& place, const BlobRecord& blob, FormerKind kind, Time moment,
                        const std::optional<Deletion>& deletion) {
  TRY(mark_container(writer, place));
  TRY(writer.change(
      "INSERT INTO blob_former (id, container, name, moment, kind, deleted, expires, type, size, etag, created,"
      " modified, has_blocks, properties, metadata, tier, tier_changed, content, pieces)"
      " SELECT id, container, name, ?, ?, ?, ?, type, size, etag, created, modified, has_blocks, properties, metadata,"
      " tier, tier_changed, content, pieces FROM blob_blobs WHERE id = ?",
      moment, static_cast<int>(kind), deletion ? deletion->at : kLongAgo, deletion ? deletion->expires : kLongAgo,
      blob.id));
  TRY(writer.change("DELETE FROM blob_blobs WHERE id = ?", blob.id));
  return ok();
}

Result<> copy_to_former(store::Writer& writer, const Context& context, const Place& place, const BlobRecord& blob,
                        const BlobInfo& info, FormerKind kind, Time moment) {
  TRY(mark_container(writer, place));
  TRY(writer.change(
      "INSERT INTO blob_former (id, container, name, moment, kind, deleted, expires, type, size, etag, created,"
      " modified, has_blocks, properties, metadata, tier, tier_changed, content, pieces)"
      " SELECT ?, container, name, ?, ?, 0, 0, type, size, ?, created, ?, has_blocks, properties, ?,"
      " tier, tier_changed, content, pieces FROM blob_blobs WHERE id = ?",
      context.sequence.next(), moment, static_cast<int>(kind), info.etag, info.modified, encode(info.metadata),
      blob.id));
  return add_user(writer, blob.content);
}

Result<> make_way(store::Writer& writer, const Place& place, const std::string& name, Moments& moments) {
  if (!place.has_former) {
    return ok();
  }
  TRY(const auto moved,
      writer.change("UPDATE blob_former SET kind = ?, moment = ? WHERE container = ? AND name = ? AND moment = ?",
                    static_cast<int>(FormerKind::snapshot), moments.upcoming(), place.id, as_bytes(name), kLastMoment));
  if (moved != 0) {
    moments.next();
  }
  return ok();
}

Result<std::vector<BlobRecord>> former_states(store::Reader& reader, const Place& place, const std::string& name,
                                              Time now) {
  std::vector<BlobRecord> states;
  if (!place.has_former) {
    return states;
  }
  TRY(reader.each(
      "SELECT " QM_FORMER_COLUMNS ", pieces FROM blob_former WHERE container = ? AND name = ? ORDER BY moment",
      [&](const store::Row& row) -> Result<> {
        TRY(auto state, read_with_pieces(reader, row));
        if (!state.info.deletion || state.info.deletion->expires > now) {
          states.push_back(std::move(state));
        }
        return ok();
      },
      place.id, as_bytes(name)));
  return states;
}

Result<std::optional<BlobRecord>> find_state(store::Reader& reader, const BlobKey& key, const StateId& state,
                                             Depth depth) {
  if (state.kind != StateId::Kind::snapshot) {
    TRY(auto blob, find_blob(reader, key, depth));
    if (state.kind == StateId::Kind::current || (blob && blob->info.version == state.at)) {
      return blob;
    }
  }
  const auto kind = state.kind == StateId::Kind::snapshot ? FormerKind::snapshot : FormerKind::version;
  std::optional<BlobRecord> found;
  TRY(reader.each(
      "SELECT " QM_FORMER_COLUMNS
      ", pieces FROM blob_former WHERE container ="
      " (SELECT id FROM blob_containers WHERE account = ? AND name = ?) AND name = ? AND moment = ? AND kind = ?"
      " AND deleted = 0",
      [&](const store::Row& row) -> Result<> {
        TRY(found, depth == Depth::info ? read_former(row) : read_with_pieces(reader, row));
        return ok();
      },
      key.account, as_bytes(key.container), as_bytes(key.name), state.at, static_cast<int>(kind)));
  if (found && depth == Depth::pieces) {
    TRY(check_whole(*found));
  }
  return found;
}

Result<BlobInfo> create_snapshot(store::Writer& writer, const Context& context, const BlobKey& key,
                                 const std::optional<Metadata>& metadata, const Conditions& conditions) {
  TRY(auto target, find_target(writer, key));
  if (!target.blob) {
    return not_found("blob {} in container {}", key.name, key.container);
  }
  auto& blob = *target.blob;
  TRY(check_version(conditions, Version{blob.info.etag, blob.info.modified}, false));
  const auto now = context.clock.now();
  TRY(auto moments, Moments::of(writer, target.place, key.name, blob, now));
  TRY(share(writer, context, blob));
  auto snapshot = blob.info;
  snapshot.version.reset();
  if (target.place.keeping.versions) {
    const auto version = moments.version_of(blob.info);
    TRY(copy_to_former(writer, context, target.place, blob, blob.info, FormerKind::version, version));
  }
  snapshot.snapshot = moments.next();
  snapshot.is_current = false;
  if (target.place.keeping.versions) {
    snapshot.version = moments.next();
    TRY(writer.change("UPDATE blob_blobs SET version = ? WHERE id = ?", *snapshot.version, blob.id));
  }
  if (metadata) {
    snapshot.metadata = *metadata;
    snapshot.etag = static_cast<std::uint64_t>(context.sequence.next());
    snapshot.modified = std::max(now, blob.info.modified + Ticks{1});
  }
  TRY(copy_to_former(writer, context, target.place, blob, snapshot, FormerKind::snapshot, *snapshot.snapshot));
  return snapshot;
}

Result<BlobInfo> set_metadata(store::Writer& writer, const Context& context, const BlobKey& key,
                              const Metadata& metadata, const Conditions& conditions) {
  TRY(auto target, find_target(writer, key));
  if (!target.blob) {
    return not_found("blob {} in container {}", key.name, key.container);
  }
  auto& blob = *target.blob;
  TRY(check_version(conditions, Version{blob.info.etag, blob.info.modified}, false));
  const auto before = blob.info;
  auto& info = blob.info;
  info.metadata = metadata;
  info.etag = static_cast<std::uint64_t>(context.sequence.next());
  info.modified = time_of_change(context, target.blob);
  if (fate_of(target.place.keeping, before) == Fate::version) {
    TRY(auto moments, Moments::of(writer, target.place, key.name, blob, info.modified));
    TRY(share(writer, context, blob));
    const auto version = moments.version_of(before);
    TRY(copy_to_former(writer, context, target.place, blob, before, FormerKind::version, version));
    info.version = target.place.keeping.versions ? std::optional(moments.next()) : std::nullopt;
  }
  TRY(writer.change("UPDATE blob_blobs SET etag = ?, modified = ?, metadata = ?, version = ? WHERE id = ?", info.etag,
                    info.modified, encode(info.metadata), info.version.value_or(kLongAgo), blob.id));
  return std::move(info);
}

}  // namespace quaymaster::blob
