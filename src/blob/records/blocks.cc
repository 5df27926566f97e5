#include "blob/records/blocks.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <unordered_map>

#include "blob/records/former.h"

namespace quaymaster::blob {
namespace {

constexpr std::size_t kLongestBlockId = 255;

Result<> check_type(const std::optional<BlobRecord>& blob) {
  if (blob && blob->info.type != Type::block) {
    return unsupported("blob {} exists and is not a block blob", blob->info.name);
  }
  return ok();
}

/// How many bytes the base64 decodes to: "AA==", "AAA=" and "AAAA" are one, two and three.
std::uint64_t id_size(std::string_view id) {
  const auto last = id.find_last_not_of('=');
  const auto padding = id.size() - (last == std::string_view::npos ? 0 : last + 1);
  return id.size() * 3 / 4 - std::min(padding, id.size() * 3 / 4);
}

Result<> check_block_id(const std::string& id, const std::optional<Draft>& draft) {
  if (id.empty() || id.size() > kLongestBlockId) {
    return invalid("a block id of {} characters", id.size());
  }
  if (draft && draft->id_size != id_size(id)) {
    return invalid("a block id of {} bytes among those of {}", id_size(id), draft->id_size);
  }
  return ok();
}

Result<std::optional<Pieces>> staged_pieces(store::Reader& reader, OwnerId draft, const std::string& block_id) {
  std::optional<Pieces> pieces;
  TRY(reader.each(
      "SELECT pieces FROM blob_staged WHERE draft = ? AND block_id = ?",
      [&](const store::Row& row) -> Result<> {
        TRY(pieces, decode_pieces(row.blob(0)));
        return ok();
      },
      draft, as_bytes(block_id)));
  return pieces;
}

/// A block that a list may refer to.
struct Source {
  std::uint64_t size = 0;
  std::span<const Piece> pieces;  // offsets from `base`
  std::uint64_t base = 0;
};
using Sources = std::unordered_map<std::string_view, Source>;

Sources sources_of(const std::vector<StagedBlock>& staged) {
  Sources sources;
  for (const auto& block : staged) {
    sources.emplace(block.id, Source{block.size, block.pieces, 0});
  }
  return sources;
}

Sources sources_of(const std::vector<ListedBlock>& listed, const Pieces& pieces) {
  Sources sources;
  std::uint64_t base = 0;
  auto begin = pieces.begin();
  for (const auto& block : listed) {
    const auto end = std::find_if(begin, pieces.end(), [&](const Piece& p) { return p.offset >= base + block.size; });
    sources.emplace(block.id, Source{block.size, {begin, end}, base});  // of repeated ones, the first
    begin = end;
    base += block.size;
  }
  return sources;
}

const Source* find(const BlockReference& reference, const Sources& staged, const Sources& committed) {
  if (reference.source != BlockSource::committed) {
    if (const auto at = staged.find(reference.id); at != staged.end()) {
      return &at->second;
    }
  }
  if (reference.source != BlockSource::uncommitted) {
    if (const auto at = committed.find(reference.id); at != committed.end()) {
      return &at->second;
    }
  }
  return nullptr;
}

}  // namespace

Result<> stage_block(store::Writer& writer, const Context& context, const BlobKey& key, const std::string& block_id,
                     std::uint64_t size, const Pieces& pieces) {
  TRY(check_name(key.name));
  TRY(const auto container, require_container(writer, key.account, key.container));
  TRY(const auto blob, find_blob(writer, key, Depth::info));
  TRY(check_type(blob));
  TRY(auto draft, find_draft(writer, container, key.name));
  TRY(check_block_id(block_id, draft));
  if (!draft) {
    draft = Draft{context.sequence.next(), 0, id_size(block_id)};
    TRY(
        writer.change("INSERT INTO blob_drafts (id, container, name, blocks, id_size, modified)"
                      " VALUES (?, ?, ?, 0, ?, 0)",
                      draft->id, container, as_bytes(key.name), draft->id_size));
  }
  TRY(const auto replaced, staged_pieces(writer, draft->id, block_id));
  if (!replaced && draft->blocks >= kMostUncommittedBlocks) {
    return conflict("blob {} has {} uncommitted blocks", key.name, draft->blocks);
  }
  Usage usage;
  usage.add(pieces);
  if (replaced) {
    usage.remove(*replaced);
  }
  TRY(usage.apply(writer));
  // Other blocks of the draft may be in the replaced block's extent, so that reference stays.
  TRY(change_references(writer, draft->id, {}, pieces));
  TRY(
      writer.change("INSERT INTO blob_staged (draft, block_id, size, pieces) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT (draft, block_id) DO UPDATE SET size = excluded.size, pieces = excluded.pieces",
                    draft->id, as_bytes(block_id), size, encode(pieces)));
  TRY(writer.change("UPDATE blob_drafts SET blocks = blocks + ?, modified = ? WHERE id = ?", replaced ? 0 : 1,
                    context.clock.now(), draft->id));
  return ok();
}

Result<BlobInfo> commit_list(store::Writer& writer, const Context& context, const BlobKey& key,
                             const std::vector<BlockReference>& list, const Properties& properties,
                             const Metadata& metadata, const Conditions& conditions) {
  if (list.size() > kMostCommittedBlocks) {
    return too_large("a list of {} blocks", list.size());
  }
  TRY(const auto target, find_target(writer, key));
  TRY(check_target(conditions, target));
  TRY(check_type(target.blob));

  std::vector<StagedBlock> staged;
  if (target.draft) {
    TRY(staged, staged_blocks(writer, target.draft->id));
  }
  std::vector<ListedBlock> listed;
  if (target.blob) {
    TRY(listed, listed_blocks(writer, *target.blob));
  }
  const Pieces none;
  const auto uncommitted = sources_of(staged);
  const auto committed = sources_of(listed, target.blob ? target.blob->pieces : none);

  NewVersion version{Type::block, 0, {}, {}, properties, metadata};
  version.blocks.reserve(list.size());
  for (const auto& reference : list) {
    const auto* source = find(reference, uncommitted, committed);
    if (source == nullptr) {
      return invalid("block {} of blob {} does not exist", reference.id, key.name);
    }
    for (auto piece : source->pieces) {
      piece.offset = version.size + (piece.offset - source->base);
      version.pieces.push_back(piece);
    }
    version.blocks.push_back({reference.id, source->size});
    version.size += source->size;
  }
  return save(writer, context, key, target, version);
}

Result<BlockLists> block_lists(store::Reader& reader, const BlobKey& key, const StateId& state) {
  TRY(const auto container, require_container(reader, key.account, key.container));
  TRY(auto blob, find_state(reader, key, state, Depth::info));
  std::optional<Draft> draft;
  if (state.kind == StateId::Kind::current) {
    TRY(draft, find_draft(reader, container, key.name));
  }
  if (!blob && !draft) {
    return not_found("blob {} in container {}", key.name, key.container);
  }
  BlockLists lists;
  if (blob) {
    TRY(const auto listed, listed_blocks(reader, *blob));
    for (const auto& block : listed) {
      lists.committed.push_back({block.id, block.size});
    }
    lists.blob = std::move(blob->info);
  }
  if (draft) {
    TRY(reader.each(
        "SELECT block_id, size FROM blob_staged WHERE draft = ? ORDER BY block_id",
        [&](const store::Row& row) -> Result<> {
          lists.uncommitted.push_back({std::string(as_text(row.blob(0))), static_cast<std::uint64_t>(row.integer(1))});
          return ok();
        },
        draft->id));
  }
  return lists;
}

}  // namespace quaymaster::blob
