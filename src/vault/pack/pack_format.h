#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/digests/seal.h"
#include "base/guid.h"
#include "base/result.h"
#include "vault/vault.h"

namespace quaymaster::vault {

// The bytes of a pack: header, frames, sealed index, trailer. Format, invariants, write order:
// doc/formats/vault-pack.md.

using PackId = Guid;

constexpr std::string_view kPackMagic{"QMVPACK\0", 8};
constexpr std::string_view kPackEnd{"QMVPEND\0", 8};
constexpr std::uint32_t kPackVersion = 1;
constexpr std::size_t kPackHeaderSize = 32;
constexpr std::size_t kPackTrailerSize = 32;
/// No further frame is added to a pack that has reached this size, or whose index lists this many chunks: an object has
/// a maximum size, and many tiny chunks fill the index long before the frames.
constexpr std::uint64_t kPackTarget = 32 * kMiB;
constexpr std::size_t kPackMostChunks = 256 * 1024;
/// A frame is closed once it has this many plain bytes or chunks; a chunk is never split across frames.
constexpr std::size_t kFrameTarget = 1 * kMiB;
constexpr std::size_t kFrameMostChunks = 16 * 1024;
constexpr std::size_t kLargestFrame = 2 * kMiB;

struct FrameEntry {
  std::uint32_t sealed_size = 0;
  std::uint32_t plain_size = 0;
  bool compressed = false;
};

struct ChunkEntry {
  ChunkId id;
  std::uint32_t frame = 0;
  std::uint32_t offset = 0;  // in the frame's plain bytes
  std::uint32_t size = 0;
};

struct PackIndex {
  std::vector<FrameEntry> frames;
  std::vector<ChunkEntry> chunks;  // in order of addition
};

struct PackTrailer {
  std::uint64_t index_offset = 0;
  std::uint32_t index_size = 0;  // sealed
  std::uint32_t frames = 0;
  std::uint32_t chunks = 0;
};

/// "packs/3f/3fa9…", below the vault's prefix.
std::string pack_name(const std::string& prefix, const PackId& id);
/// The key of one pack.
SealKey pack_key(const SealKey& packs, const PackId& id);

std::array<std::uint8_t, kPackHeaderSize> pack_header(const PackId& id);
/// Errc::corrupt: not the header of this pack. Errc::unsupported: a newer version.
Result<> check_header(Bytes header, const PackId& id);

/// Compressed bytes of one frame, ready to be sealed. `scratch` receives the compressed form.
struct CompressedFrame {
  Bytes bytes;  // in scratch, or the plain bytes when compression is not worthwhile
  bool compressed = false;
};
CompressedFrame compress_frame(Bytes plain, int level, Buffer& scratch);
/// Seals into `sealed` (bytes.size() + kSealTag) as frame `number` of the pack.
void seal_frame(const SealKey& key, const PackId& id, std::uint32_t number, Bytes bytes, Buffer& sealed);
/// Opens one frame into `plain` (resized). Errc::corrupt: modified bytes, or not this frame of this pack.
Result<> open_frame(const SealKey& key, const PackId& id, std::uint32_t number, const FrameEntry& entry, Bytes sealed,
                    Buffer& plain);

/// Sealed index followed by the trailer: written after the last frame.
Buffer pack_tail(const SealKey& key, const PackId& id, const PackIndex& index, std::uint64_t index_offset);
/// Errc::corrupt: malformed, or inconsistent with a pack of `pack_size` bytes.
Result<PackTrailer> read_trailer(Bytes trailer, std::uint64_t pack_size);
/// Errc::corrupt: does not open, counts disagree, a chunk is outside its frame, or the frames do not fill the pack.
Result<PackIndex> open_index(const SealKey& key, const PackId& id, const PackTrailer& trailer, Bytes sealed);

}  // namespace quaymaster::vault
