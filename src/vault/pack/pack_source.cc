#include "vault/pack/pack_source.h"

#include <algorithm>

namespace quaymaster::vault {
namespace {

constexpr std::size_t kIdleBuffers = 4;

}  // namespace

std::shared_ptr<Buffer> BufferPool::borrow(std::size_t capacity) {
  std::unique_ptr<Buffer> buffer;
  {
    const std::lock_guard lock(idle_->mutex);
    if (!idle_->buffers.empty()) {
      buffer = std::move(idle_->buffers.back());
      idle_->buffers.pop_back();
    }
  }
  if (!buffer) {
    buffer = std::make_unique<Buffer>();
  }
  if (buffer->capacity() < capacity) {
    *buffer = Buffer();  // nothing to carry over
  }
  buffer->reserve(capacity);
  return {buffer.release(), [idle = idle_](Buffer* done) {
            std::unique_ptr<Buffer> returned(done);
            const std::lock_guard lock(idle->mutex);
            if (idle->buffers.size() < idle->kept) {
              idle->buffers.push_back(std::move(returned));
            }
          }};
}

PackSource::PackSource(objects::ObjectStore& objects, PackTable& packs, std::string prefix, const SealKey& key,
                       std::uint64_t frame_cache, std::uint64_t index_cache)
    : objects_(objects),
      packs_(packs),
      prefix_(std::move(prefix)),
      key_(key),
      indexes_(index_cache),
      buffers_(kIdleBuffers),
      frames_(frame_cache) {}

Result<std::shared_ptr<const OpenPack>> PackSource::open(std::uint32_t number) {
  if (auto cached = indexes_.find(number)) {
    return cached;
  }
  const auto info = packs_.find(number);
  if (!info) {
    return not_found("pack number {} no longer exists", number);
  }
  TRY(auto opened, open_object(info->id));
  const auto size = sizeof(OpenPack) + opened.index.chunks.size() * sizeof(ChunkEntry) +
                    opened.index.frames.size() * (sizeof(FrameEntry) + sizeof(std::uint64_t));
  auto shared = std::make_shared<const OpenPack>(std::move(opened));
  indexes_.put(number, shared, size);
  return shared;
}

Result<OpenPack> PackSource::open_object(const PackId& id) {
  const auto name = pack_name(prefix_, id);
  const auto in_pack = [&](Error error) { return std::move(error).because(name); };
  TRY(const auto size, objects_.size(name));
  if (size < kPackHeaderSize + kPackTrailerSize) {
    return corrupt("{} has {} bytes and is not a complete pack", name, size);
  }

  Buffer bytes(kPackHeaderSize);
  TRY(objects_.read(name, 0, bytes));
  if (auto checked = check_header(bytes, id); !checked) {
    return in_pack(std::move(checked).error());
  }
  bytes.resize(kPackTrailerSize);
  TRY(objects_.read(name, size - kPackTrailerSize, bytes));
  auto trailer = read_trailer(bytes, size);
  if (!trailer) {
    return in_pack(std::move(trailer).error());
  }

  bytes.resize(trailer.value().index_size);
  TRY(const auto count, objects_.read(name, trailer.value().index_offset, bytes));
  bytes.resize(count);
  OpenPack pack{id, pack_key(key_, id), {}, {}};
  auto index = open_index(pack.key, id, trailer.value(), bytes);
  if (!index) {
    return in_pack(std::move(index).error());
  }
  pack.index = std::move(index).value();
  std::uint64_t offset = kPackHeaderSize;
  for (const auto& frame : pack.index.frames) {
    pack.offsets.push_back(offset);
    offset += frame.sealed_size;
  }
  return pack;
}

Result<> PackSource::read_frame(const OpenPack& pack, std::uint32_t frame, Buffer& sealed, Buffer& plain) {
  const auto& entry = pack.index.frames[frame];
  const auto name = pack_name(prefix_, pack.id);
  sealed.resize(entry.sealed_size);
  TRY(const auto count, objects_.read(name, pack.offsets[frame], sealed));
  sealed.resize(count);
  auto opened = open_frame(pack.key, pack.id, frame, entry, sealed, plain);
  if (!opened) {
    return std::move(opened).error().because(name);
  }
  return ok();
}

Result<std::shared_ptr<const Buffer>> PackSource::frame(std::uint32_t number, const OpenPack& pack,
                                                        std::uint32_t frame) {
  const auto key = std::uint64_t{number} << 32 | frame;
  if (auto cached = frames_.find(key)) {
    return cached;
  }
  thread_local Buffer sealed;
  auto plain = buffers_.borrow(kLargestFrame);
  TRY(read_frame(pack, frame, sealed, *plain));
  std::shared_ptr<const Buffer> shared = std::move(plain);
  frames_.put(key, shared, shared->size());
  return shared;
}

void PackSource::forget_cached() {
  indexes_.clear();
  frames_.clear();
}

}  // namespace quaymaster::vault
