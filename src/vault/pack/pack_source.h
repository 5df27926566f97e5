#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/lru.h"
#include "objects/object_store.h"
#include "vault/pack/pack_table.h"

namespace quaymaster::vault {

/// Shared values that were used last, up to a number of bytes. Thread-safe.
template <class Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::uint64_t bytes) : values_(bytes) {}

  std::shared_ptr<const Value> find(std::uint64_t key) {
    const std::lock_guard lock(mutex_);
    const auto* value = values_.find(key);
    return value == nullptr ? nullptr : *value;
  }
  void put(std::uint64_t key, std::shared_ptr<const Value> value, std::uint64_t size) {
    std::vector<std::shared_ptr<const Value>> gone;  // freed outside the lock
    const std::lock_guard lock(mutex_);
    gone = values_.put(key, std::move(value), size);
  }
  void clear() {
    std::vector<std::shared_ptr<const Value>> gone;
    const std::lock_guard lock(mutex_);
    gone = values_.clear();
  }

 private:
  std::mutex mutex_;
  Lru<std::uint64_t, std::shared_ptr<const Value>> values_;
};

/// Buffers that return to the pool when their last holder releases them; buffers and pool may be destroyed in any
/// order: fresh memory costs more in page faults than opening a frame. Thread-safe.
class BufferPool {
 public:
  explicit BufferPool(std::size_t kept) : idle_(std::make_shared<Idle>(kept)) {}
  /// Contents and size are those left by the previous holder.
  std::shared_ptr<Buffer> borrow(std::size_t capacity);

 private:
  struct Idle {
    explicit Idle(std::size_t most) : kept(most) {}
    const std::size_t kept;
    std::mutex mutex;
    std::vector<std::unique_ptr<Buffer>> buffers;
  };
  std::shared_ptr<Idle> idle_;
};

/// The opened index of one pack, with the place of every frame.
struct OpenPack {
  PackId id;
  SealKey key;
  PackIndex index;
  std::vector<std::uint64_t> offsets;  // of frames in the object

  /// Whether entry `chunk` of the pack's own index is this chunk.
  bool holds(std::uint32_t chunk, const ChunkId& chunk_id, std::uint64_t size) const {
    return chunk < index.chunks.size() && index.chunks[chunk].id == chunk_id && index.chunks[chunk].size == size;
  }
};

/// Reads packs: indexes and frames through bounded caches. Thread-safe.
class PackSource {
 public:
  PackSource(objects::ObjectStore& objects, PackTable& packs, std::string prefix, const SealKey& key,
             std::uint64_t frame_cache, std::uint64_t index_cache);

  /// Errc::not_found: the pack does not exist (any more). Errc::corrupt.
  Result<std::shared_ptr<const OpenPack>> open(std::uint32_t number);
  /// Bypasses the table and the cache: header, trailer and index of the object as on disk.
  Result<OpenPack> open_object(const PackId& id);
  /// The plain bytes of one frame. Errc::corrupt.
  Result<std::shared_ptr<const Buffer>> frame(std::uint32_t number, const OpenPack& pack, std::uint32_t frame);
  /// The same without the cache, into `plain`; `sealed` is scratch space.
  Result<> read_frame(const OpenPack& pack, std::uint32_t frame, Buffer& sealed, Buffer& plain);
  void forget_cached();

 private:
  objects::ObjectStore& objects_;
  PackTable& packs_;
  std::string prefix_;
  SealKey key_;
  RecentlyUsed<OpenPack> indexes_;
  BufferPool buffers_;
  RecentlyUsed<Buffer> frames_;
};

}  // namespace quaymaster::vault
