#include "blob/records/deletion.h"

#include <algorithm>

#include "blob/conditions.h"
#include "blob/refusals.h"

namespace quaymaster::blob {
namespace {

Error missing(const BlobKey& key) {
  return not_found("blob {} in container {}", key.name, key.container);
}

/// Deletes a former state; true: it is kept for the account's days.
Result<bool> discard(store::Writer& writer, const Place& place, const BlobRecord& state, Time now, Usage& usage) {
  const auto days = place.keeping.blob_days;
  if (days == 0) {
    TRY(remove_record(writer, state, usage));
    return false;
  }
  const auto deletion = deletion_now(now, days);
  TRY(writer.change("UPDATE blob_former SET deleted = ?, expires = ? WHERE id = ?", deletion.at, deletion.expires,
                    state.id));
  return true;
}

bool is(const BlobRecord& state, const StateId& id) {
  return id.kind == StateId::Kind::snapshot ? state.info.snapshot == id.at : state.info.version == id.at;
}

Result<bool> delete_state(store::Writer& writer, const Context& context, const BlobKey& key,
                          const Conditions& conditions, const DeleteRequest& request) {
  TRY(const auto place, require_place(writer, key.account, key.container));
  TRY(const auto current, find_blob(writer, key, Depth::info));
  if (current && is(*current, request.state)) {
    return refuse(Errc::forbidden, kCurrentVersion);
  }
  const auto now = context.clock.now();
  TRY(const auto states, former_states(writer, place, key.name, now));
  const auto found = std::ranges::find_if(states, [&](const auto& state) { return is(state, request.state); });
  if (found == states.end() || (found->info.deletion && !request.permanent)) {
    return missing(key);
  }
  TRY(check_version(conditions, Version{found->info.etag, found->info.modified}, false));
  if (request.permanent && !place.keeping.permanent_delete) {
    return refuse(Errc::forbidden, kPermanentDelete);
  }
  if (request.permanent && !found->info.deletion) {
    return refuse(Errc::conflict, kNotDeleted);
  }
  Usage usage;
  bool kept = false;
  if (request.permanent) {
    TRY(remove_record(writer, *found, usage));
  } else {
    TRY(kept, discard(writer, place, *found, now, usage));
  }
  TRY(usage.apply(writer));
  return kept;
}

/// The blob is not current any more; true: it is kept.
Result<bool> end_current(store::Writer& writer, const Target& target, const std::string& name, Time now, Usage& usage) {
  const auto& blob = *target.blob;
  const auto fate = fate_of(target.place.keeping, blob.info);
  if (fate == Fate::gone) {
    TRY(remove_record(writer, blob, usage));
    return false;
  }
  if (fate == Fate::version) {
    TRY(auto moments, Moments::of(writer, target.place, name, blob, now));
    TRY(move_to_former(writer, target.place, blob, FormerKind::version, moments.version_of(blob.info), {}));
    return true;
  }
  TRY(move_to_former(writer, target.place, blob, FormerKind::deleted_blob, kLastMoment,
                     deletion_now(now, target.place.keeping.blob_days)));
  return true;
}

}  // namespace

Result<bool> delete_blob(store::Writer& writer, const Context& context, const BlobKey& key,
                         const Conditions& conditions, const DeleteRequest& request) {
  if (request.state.kind != StateId::Kind::current) {
    return delete_state(writer, context, key, conditions, request);
  }
  TRY(const auto target, find_target(writer, key));
  const bool only = request.snapshots == SnapshotDeletion::only;
  if (!target.blob && (!target.draft || only)) {
    return missing(key);
  }
  Usage usage;
  bool kept = false;
  if (target.blob) {
    TRY(check_version(conditions, Version{target.blob->info.etag, target.blob->info.modified}, false));
    const auto now = context.clock.now();
    TRY(const auto states, former_states(writer, target.place, key.name, now));
    for (const auto& state : states) {
      if (state.kind != FormerKind::snapshot || state.info.deletion) {
        continue;
      }
      if (request.snapshots == SnapshotDeletion::refuse) {
        return refuse(Errc::conflict, kSnapshotsPresent);
      }
      TRY(const bool snapshot_kept, discard(writer, target.place, state, now, usage));
      kept = kept || snapshot_kept;
    }
    if (!only) {
      TRY(kept, end_current(writer, target, key.name, now, usage));
    }
  }
  if (target.draft && !only) {
    TRY(remove_draft(writer, *target.draft, usage));
  }
  TRY(usage.apply(writer));
  return kept;
}

Result<> undelete_blob(store::Writer& writer, const Context& context, const BlobKey& key) {
  TRY(const auto place, require_place(writer, key.account, key.container));
  TRY(const auto current, find_blob(writer, key, Depth::info));
  TRY(const auto states, former_states(writer, place, key.name, context.clock.now()));
  if (!current && states.empty()) {
    return missing(key);
  }
  for (const auto& state : states) {
    if (!state.info.deletion) {
      continue;
    }
    if (state.kind != FormerKind::deleted_blob) {
      TRY(writer.change("UPDATE blob_former SET deleted = 0, expires = 0 WHERE id = ?", state.id));
      continue;
    }
    TRY(writer.change("INSERT INTO blob_blobs (" QM_BLOB_INFO_COLUMNS ", container, pieces)"
                      " SELECT " QM_STATE_COLUMNS ", 0, container, pieces FROM blob_former WHERE id = ?",
                      state.id));
    TRY(writer.change("DELETE FROM blob_former WHERE id = ?", state.id));
  }
  return ok();
}

}  // namespace quaymaster::blob
