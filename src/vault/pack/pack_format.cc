#include "vault/pack/pack_format.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

#include "base/check.h"
#include "base/digests/checksum.h"
#include "base/encode.h"

namespace quaymaster::vault {
namespace {

constexpr std::size_t kFrameEntrySize = 12;
constexpr std::size_t kChunkEntrySize = 28;
constexpr std::uint32_t kIndexNumber = 0xFFFFFFFF;  // the index is sealed as if it were the last frame

SealNonce nonce_of(std::uint32_t number) {
  SealNonce nonce{};
  store_le(number, MutableBytes(nonce));
  return nonce;
}

// Authenticated with every sealed part: version, pack and place, so that no part can be substituted for another.
Buffer associated(const PackId& id, std::uint32_t number) {
  Buffer bytes;
  append_le(bytes, kPackVersion);
  append(bytes, id.bytes);
  append_le(bytes, number);
  return bytes;
}

struct Compressor {
  std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context{ZSTD_createCCtx(), ZSTD_freeCCtx};
};
struct Decompressor {
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context{ZSTD_createDCtx(), ZSTD_freeDCtx};
};

}  // namespace

std::string pack_name(const std::string& prefix, const PackId& id) {
  const auto hex = hex_lower(id.bytes);
  return fmt::format("{}/packs/{}/{}", prefix, hex.substr(0, 2), hex);
}

SealKey pack_key(const SealKey& packs, const PackId& id) {
  return derive_key(packs, id.bytes, "one pack");
}

std::array<std::uint8_t, kPackHeaderSize> pack_header(const PackId& id) {
  std::array<std::uint8_t, kPackHeaderSize> header{};
  std::ranges::copy(as_bytes(kPackMagic), header.begin());
  store_le(kPackVersion, MutableBytes(header).subspan(8));
  std::ranges::copy(id.bytes, header.begin() + 16);
  return header;
}

Result<> check_header(Bytes header, const PackId& id) {
  if (header.size() < kPackHeaderSize || !std::ranges::equal(header.first(8), as_bytes(kPackMagic))) {
    return corrupt("does not have the magic of a pack");
  }
  if (load_le32(header.subspan(8)) > kPackVersion) {
    return unsupported("pack of version {}", load_le32(header.subspan(8)));
  }
  if (!std::ranges::equal(header.first(kPackHeaderSize), pack_header(id))) {
    return corrupt("the header is not that of this pack");
  }
  return ok();
}

CompressedFrame compress_frame(Bytes plain, int level, Buffer& scratch) {
  thread_local const Compressor compressor;
  scratch.resize(ZSTD_compressBound(plain.size()));
  auto* const context = compressor.context.get();
  check(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)));
  check(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)));
  const auto size = ZSTD_compress2(context, scratch.data(), scratch.size(), plain.data(), plain.size());
  check(!ZSTD_isError(size));
  if (size + size / 32 >= plain.size()) {
    return {plain, false};  // less than a thirtieth saved: faster reads are worth more
  }
  return {Bytes(scratch).first(size), true};
}

void seal_frame(const SealKey& key, const PackId& id, std::uint32_t number, Bytes bytes, Buffer& sealed) {
  sealed.resize(bytes.size() + kSealTag);
  seal(key, nonce_of(number), associated(id, number), bytes, sealed);
}

Result<> open_frame(const SealKey& key, const PackId& id, std::uint32_t number, const FrameEntry& entry, Bytes sealed,
                    Buffer& plain) {
  if (entry.plain_size > kLargestFrame || sealed.size() != entry.sealed_size || sealed.size() < kSealTag) {
    return corrupt("frame {} has impossible sizes", number);
  }
  if (!entry.compressed) {
    if (entry.plain_size != sealed.size() - kSealTag) {
      return corrupt("frame {} has impossible sizes", number);
    }
    plain.resize(entry.plain_size);
    return open_sealed(key, nonce_of(number), associated(id, number), sealed, plain);
  }
  thread_local Buffer compressed;
  thread_local const Decompressor decompressor;
  compressed.resize(sealed.size() - kSealTag);
  TRY(open_sealed(key, nonce_of(number), associated(id, number), sealed, compressed));
  plain.resize(entry.plain_size);
  const auto size =
      ZSTD_decompressDCtx(decompressor.context.get(), plain.data(), plain.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(size) || size != plain.size()) {
    return corrupt("frame {} does not decompress to its size", number);
  }
  return ok();
}

Buffer pack_tail(const SealKey& key, const PackId& id, const PackIndex& index, std::uint64_t index_offset) {
  Buffer plain;
  plain.reserve(index.frames.size() * kFrameEntrySize + index.chunks.size() * kChunkEntrySize);
  for (const auto& frame : index.frames) {
    append_le(plain, frame.sealed_size);
    append_le(plain, frame.plain_size);
    append_le(plain, std::uint32_t{frame.compressed});
  }
  for (const auto& chunk : index.chunks) {
    append(plain, chunk.id.bytes);
    append_le(plain, chunk.frame);
    append_le(plain, chunk.offset);
    append_le(plain, chunk.size);
  }
  Buffer tail;
  seal_frame(key, id, kIndexNumber, plain, tail);
  const auto index_size = static_cast<std::uint32_t>(tail.size());

  Buffer trailer;
  append_le(trailer, index_offset);
  append_le(trailer, index_size);
  append_le(trailer, static_cast<std::uint32_t>(index.frames.size()));
  append_le(trailer, static_cast<std::uint32_t>(index.chunks.size()));
  append_le(trailer, crc32c(trailer));
  append(trailer, as_bytes(kPackEnd));
  append(tail, trailer);
  return tail;
}

Result<PackTrailer> read_trailer(Bytes trailer, std::uint64_t pack_size) {
  if (trailer.size() != kPackTrailerSize || !std::ranges::equal(trailer.subspan(24), as_bytes(kPackEnd)) ||
      load_le32(trailer.subspan(20)) != crc32c(trailer.first(20))) {
    return corrupt("not the end of a complete pack");
  }
  PackTrailer t{load_le64(trailer), load_le32(trailer.subspan(8)), load_le32(trailer.subspan(12)),
                load_le32(trailer.subspan(16))};
  const auto entries = std::uint64_t{t.frames} * kFrameEntrySize + std::uint64_t{t.chunks} * kChunkEntrySize;
  // The trailer is not sealed: check that its numbers are small before adding them.
  if (t.index_size != entries + kSealTag || t.index_offset < kPackHeaderSize || t.index_offset > pack_size ||
      t.index_offset + t.index_size + kPackTrailerSize != pack_size) {
    return corrupt("the trailer does not match a pack of {} bytes", pack_size);
  }
  return t;
}

Result<PackIndex> open_index(const SealKey& key, const PackId& id, const PackTrailer& trailer, Bytes sealed) {
  if (sealed.size() != trailer.index_size) {
    return corrupt("the index is truncated");
  }
  Buffer plain(sealed.size() - kSealTag);
  TRY(open_sealed(key, nonce_of(kIndexNumber), associated(id, kIndexNumber), sealed, plain));
  PackIndex index;
  Bytes rest(plain);
  std::uint64_t offset = kPackHeaderSize;
  index.frames.reserve(trailer.frames);
  for (std::uint32_t i = 0; i < trailer.frames; ++i, rest = rest.subspan(kFrameEntrySize)) {
    index.frames.push_back({load_le32(rest), load_le32(rest.subspan(4)), load_le32(rest.subspan(8)) != 0});
    offset += index.frames.back().sealed_size;
  }
  if (offset != trailer.index_offset) {
    return corrupt("the frames do not fill the pack");
  }
  index.chunks.reserve(trailer.chunks);
  for (std::uint32_t i = 0; i < trailer.chunks; ++i, rest = rest.subspan(kChunkEntrySize)) {
    ChunkEntry chunk;
    std::ranges::copy(rest.first(16), chunk.id.bytes.begin());
    chunk.frame = load_le32(rest.subspan(16));
    chunk.offset = load_le32(rest.subspan(20));
    chunk.size = load_le32(rest.subspan(24));
    if (chunk.frame >= index.frames.size() ||
        std::uint64_t{chunk.offset} + chunk.size > index.frames[chunk.frame].plain_size) {
      return corrupt("chunk {} is outside its frame", i);
    }
    index.chunks.push_back(chunk);
  }
  return index;
}

}  // namespace quaymaster::vault
