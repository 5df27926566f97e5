#include "blob/records/contents.h"

namespace quaymaster::blob {

Result<Pieces> shared_pieces(store::Reader& reader, OwnerId content) {
  std::optional<Pieces> pieces;
  TRY(reader.each(
      "SELECT pieces FROM blob_contents WHERE id = ?",
      [&](const store::Row& row) -> Result<> {
        TRY(pieces, decode_pieces(row.blob(0)));
        return ok();
      },
      content));
  return pieces ? Result<Pieces>(std::move(*pieces)) : corrupt("content {} is missing", content);
}

Result<> share(store::Writer& writer, const Context& context, BlobRecord& blob) {
  if (blob.content != 0 || (blob.pieces.empty() && !blob.has_blocks)) {
    return ok();
  }
  const OwnerId content = context.sequence.next();
  TRY(writer.change("INSERT INTO blob_contents (id, users, pieces) SELECT ?, 1, pieces FROM blob_blobs WHERE id = ?",
                    content, blob.id));
  TRY(writer.change("UPDATE blob_blobs SET content = ?, pieces = x'' WHERE id = ?", content, blob.id));
  TRY(change_references(writer, content, {}, blob.pieces));
  TRY(change_references(writer, blob.id, blob.pieces, {}));
  if (blob.has_blocks) {
    TRY(writer.change("UPDATE blob_block_lists SET blob = ? WHERE blob = ?", content, blob.id));
  }
  blob.content = content;
  return ok();
}

Result<> add_user(store::Writer& writer, OwnerId content) {
  if (content != 0) {
    TRY(const auto changed, writer.change("UPDATE blob_contents SET users = users + 1 WHERE id = ?", content));
    if (changed != 1) {
      return corrupt("content {} is missing", content);
    }
  }
  return ok();
}

Result<> remove_user(store::Writer& writer, OwnerId content, Usage& usage) {
  std::int64_t users = 0;
  TRY(const bool found, writer.first(
                            "UPDATE blob_contents SET users = users - 1 WHERE id = ? RETURNING users",
                            [&](const store::Row& row) { users = row.integer(0); }, content));
  if (!found) {
    return corrupt("content {} is missing", content);
  }
  if (users > 0) {
    return ok();
  }
  TRY(const auto pieces, shared_pieces(writer, content));
  usage.remove(pieces);
  TRY(change_references(writer, content, pieces, {}));
  TRY(writer.change("DELETE FROM blob_block_lists WHERE blob = ?", content));
  TRY(writer.change("DELETE FROM blob_contents WHERE id = ?", content));
  return ok();
}

}  // namespace quaymaster::blob
