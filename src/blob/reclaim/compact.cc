#include "blob/reclaim/compact.h"

#include <algorithm>
#include <map>

namespace quaymaster::blob {
namespace {

constexpr std::uint64_t kCopyStep = 4 * kWindow;
/// The size of one flush and one transaction: many small pieces share them, and concurrent writers wait only briefly.
constexpr std::size_t kMostOfBatch = 256;
constexpr std::uint64_t kBatchBytes = 8 * kMiB;

bool touches(const Pieces& pieces, ExtentId extent) {
  return std::ranges::any_of(pieces, [extent](const Piece& piece) { return piece.extent == extent; });
}

}  // namespace

Result<> Compaction::move_out_of(ExtentId extent, const std::stop_token& stop) {
  std::vector<OwnerId> owners;
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    owners.clear();
    return reader.each(
        "SELECT owner FROM blob_references WHERE extent = ? ORDER BY owner",
        [&](const store::Row& row) -> Result<> {
          owners.push_back(row.integer(0));
          return ok();
        },
        extent);
  }));
  PieceWriter writer(extents_, pins_);
  std::vector<Copied> batch;
  std::uint64_t batch_bytes = 0;
  Result<> worst = ok();
  for (const auto owner : owners) {
    if (stop.stop_requested()) {
      break;
    }
    TRY(auto records, records_of(owner, extent));
    for (auto& owned : records) {
      auto copied = copy(std::move(owned), extent, writer);
      if (!copied && copied.error().kind() != Errc::corrupt) {
        return copied.error();
      }
      if (!copied) {
        worst = copied.error();
        continue;
      }
      batch_bytes += copied.value().bytes;
      batch.push_back(std::move(copied).value());
      if (batch.size() == kMostOfBatch || batch_bytes >= kBatchBytes) {
        TRY(swap(batch));
        batch_bytes = 0;
      }
    }
  }
  TRY(swap(batch));
  return worst;
}

/// The owner's current pieces in `extent`; none when it was deleted or has changed.
Result<std::vector<Compaction::Owned>> Compaction::records_of(OwnerId owner, ExtentId extent) {
  std::vector<Owned> records;
  const auto keep = [&](Table table, std::string block_id, Bytes encoded) -> Result<> {
    TRY(auto pieces, decode_pieces(encoded));
    if (touches(pieces, extent)) {
      records.push_back({owner, table, std::move(block_id), std::move(pieces)});
    }
    return ok();
  };
  TRY(database_.read([&](store::Reader& reader) -> Result<> {
    records.clear();
    TRY(reader.each(
        "SELECT pieces FROM blob_blobs WHERE id = ?",
        [&](const store::Row& row) { return keep(Table::blobs, {}, row.blob(0)); }, owner));
    TRY(reader.each(
        "SELECT pieces FROM blob_former WHERE id = ?",
        [&](const store::Row& row) { return keep(Table::former, {}, row.blob(0)); }, owner));
    TRY(reader.each(
        "SELECT pieces FROM blob_contents WHERE id = ?",
        [&](const store::Row& row) { return keep(Table::contents, {}, row.blob(0)); }, owner));
    return reader.each(
        "SELECT block_id, pieces FROM blob_staged WHERE draft = ?",
        [&](const store::Row& row) { return keep(Table::staged, std::string(as_text(row.blob(0))), row.blob(1)); },
        owner);
  }));
  return records;
}

Result<Compaction::Copied> Compaction::copy(Owned owned, ExtentId extent, PieceWriter& writer) {
  Copied copied;
  std::map<std::uint32_t, const Pieces*> copies;  // by position: a piece that a block list repeats is copied once
  for (const auto& piece : owned.pieces) {
    if (piece.extent != extent) {
      copied.fresh.push_back(piece);
      continue;
    }
    auto& copy = copies[piece.position];
    if (copy == nullptr) {
      TRY(auto content, copy_piece(piece, writer));
      copied.bytes += stored_size(piece.size);
      copied.contents.push_back(std::move(content));
      copy = &copied.contents.back()->pieces();
    }
    for (auto part : *copy) {
      part.offset += piece.offset;
      copied.fresh.push_back(part);
    }
  }
  copied.owned = std::move(owned);
  return copied;
}

Result<std::unique_ptr<StoredContent>> Compaction::copy_piece(const Piece& piece, PieceWriter& writer) {
  Buffer buffer(std::min<std::uint64_t>(piece.size, kCopyStep));
  if (piece.size <= kWindow) {
    TRY(reader_.read(piece, 0, buffer));
    TRY(writer.write_small(buffer));
    return writer.finish(std::nullopt);
  }
  for (std::uint64_t offset = 0; offset < piece.size; offset += kCopyStep) {
    const auto part = MutableBytes(buffer).first(std::min<std::uint64_t>(kCopyStep, piece.size - offset));
    TRY(reader_.read(piece, offset, part));
    TRY(writer.write(part));
  }
  return writer.finish(std::nullopt);
}

/// Commits the batch: bytes first, then the records that point to them.
Result<> Compaction::swap(std::vector<Copied>& batch) {
  for (const auto& copied : batch) {
    for (const auto& content : copied.contents) {
      TRY(content->flush());
    }
  }
  TRY(database_.write([&](store::Writer& writer) -> Result<> {
    for (const auto& copied : batch) {
      TRY(swap_one(writer, copied.owned, copied.fresh));
    }
    return ok();
  }));
  for (const auto& copied : batch) {
    bytes_moved_ += copied.bytes;
  }
  batch.clear();
  return ok();
}

Result<> Compaction::swap_one(store::Writer& writer, const Owned& owned, const Pieces& fresh) {
  const auto expected = encode(owned.pieces);
  const auto replacement = encode(fresh);
  std::int64_t changed = 0;
  if (owned.table == Table::staged) {
    TRY(changed, writer.change("UPDATE blob_staged SET pieces = ? WHERE draft = ? AND block_id = ? AND pieces = ?",
                               replacement, owned.owner, as_bytes(owned.block_id), expected));
  } else {
    const auto* sql = owned.table == Table::blobs ? "UPDATE blob_blobs SET pieces = ? WHERE id = ? AND pieces = ?"
                      : owned.table == Table::former
                          ? "UPDATE blob_former SET pieces = ? WHERE id = ? AND pieces = ?"
                          : "UPDATE blob_contents SET pieces = ? WHERE id = ? AND pieces = ?";
    TRY(changed, writer.change(sql, replacement, owned.owner, expected));
  }
  if (changed == 0) {
    return ok();  // the owner was changed meanwhile
  }
  Usage usage;
  usage.remove(owned.pieces);
  usage.add(fresh);
  TRY(usage.apply(writer));
  // Other blocks of a draft may still be in the old extents, so a draft keeps its references.
  return change_references(writer, owned.owner, owned.table == Table::staged ? Pieces{} : owned.pieces, fresh);
}

}  // namespace quaymaster::blob
