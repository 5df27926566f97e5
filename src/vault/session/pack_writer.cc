#include "base/log.h"
#include "vault/records/vault_rows.h"
#include "vault/session/session.h"

namespace quaymaster::vault {

Result<std::shared_ptr<PackWriter>> PackWriter::begin(Core& core, std::uint32_t owner) {
  auto pack = std::make_shared<PackWriter>();
  pack->owner_ = owner;
  pack->id_ = core.random.guid();
  pack->key_ = pack_key(core.keys.pack, pack->id_);
  pack->number_ = core.packs.reserve();
  const auto name = pack_name(core.prefix, pack->id_);
  core.mark_pending(name);
  auto writer = core.objects.create(name);
  if (!writer) {
    core.mark_recorded(name);
    return std::move(writer).error();
  }
  pack->writer_ = std::move(writer).value();
  return pack;
}

std::uint64_t PackWriter::add(FrameEntry entry, const std::vector<ChunkEntry>& chunks, std::uint32_t& number) {
  number = static_cast<std::uint32_t>(index_.frames.size());
  index_.frames.push_back(entry);
  for (auto chunk : chunks) {
    chunk.frame = number;
    index_.chunks.push_back(chunk);
  }
  plain_ += entry.plain_size;
  ++unwritten;
  const auto offset = end_;
  end_ += entry.sealed_size;
  return offset;
}

Result<> PackWriter::write(Bytes sealed, std::uint64_t offset) {
  TRY(writer_->write_at(sealed, offset));
  // Starts write-back early so that the final sync is short, in steps large enough to be efficient.
  constexpr std::uint64_t kStep = 8 * kMiB;
  if (const auto step = (offset + sealed.size()) / kStep; step != offset / kStep) {
    writer_->start_writeback((step - 1) * kStep, kStep);
  }
  return ok();
}

Result<> PackWriter::finish(Core& core) {
  const auto tail = pack_tail(key_, id_, index_, end_);
  TRY(writer_->write_at(pack_header(id_), 0));
  TRY(writer_->write_at(tail, end_));
  TRY(writer_->sync());
  writer_.reset();

  PackInfo info;
  info.id = id_;
  info.size = end_ + tail.size();
  info.plain_size = plain_;
  info.chunks = static_cast<std::uint32_t>(index_.chunks.size());
  row_tried_ = true;
  TRY(core.database.write(adding_to(core.prefix),
                          [&](store::Writer& writer) { return add_pack(writer, core.prefix, number_, info); }));
  core.packs.add(number_, info);
  core.index.add_pack(number_, index_.chunks);
  for (const auto& chunk : index_.chunks) {
    core.index.release(chunk.id, owner_);
  }
  core.mark_recorded(pack_name(core.prefix, id_));
  return ok();
}

void PackWriter::abandon_pack(Core& core) {
  for (const auto& chunk : index_.chunks) {
    core.index.release(chunk.id, owner_);
  }
  writer_.reset();
  const auto name = pack_name(core.prefix, id_);
  if (!row_tried_) {
    if (const auto removed = core.objects.remove(name); !removed && removed.error().kind() != Errc::not_found) {
      log::warning("vault", "an unfinished pack remains until the next collect: {}", removed.error().cause());
    }
  }
  core.mark_recorded(name);
}

}  // namespace quaymaster::vault
