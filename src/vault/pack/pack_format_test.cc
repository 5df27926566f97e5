#include "vault/pack/pack_format.h"

#include <gtest/gtest.h>

#include <numeric>

namespace quaymaster::vault {
namespace {

const PackId kId{{1, 2, 3}};
const SealKey kPacks{42};

struct Pack {
  Buffer bytes;
  PackIndex index;
};

/// A whole pack with one frame per text and one chunk per frame.
Pack pack_of(const std::vector<std::string>& texts) {
  const auto key = pack_key(kPacks, kId);
  Pack pack;
  append(pack.bytes, pack_header(kId));
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    Buffer scratch;
    Buffer sealed;
    const auto frame = compress_frame(as_bytes(texts[i]), 1, scratch);
    seal_frame(key, kId, i, frame.bytes, sealed);
    const auto plain_size = static_cast<std::uint32_t>(texts[i].size());
    pack.index.frames.push_back({static_cast<std::uint32_t>(sealed.size()), plain_size, frame.compressed});
    pack.index.chunks.push_back({ChunkId{{static_cast<std::uint8_t>(i)}}, i, 0, plain_size});
    append(pack.bytes, sealed);
  }
  append(pack.bytes, pack_tail(key, kId, pack.index, pack.bytes.size()));
  return pack;
}

/// Opens all of a pack and returns its plain bytes.
Result<std::string> read_whole(Bytes pack) {
  const auto key = pack_key(kPacks, kId);
  if (pack.size() < kPackHeaderSize + kPackTrailerSize) {
    return corrupt("too short");
  }
  TRY(check_header(pack, kId));
  TRY(const auto trailer, read_trailer(pack.last(kPackTrailerSize), pack.size()));
  TRY(const auto index, open_index(key, kId, trailer, pack.subspan(trailer.index_offset, trailer.index_size)));
  std::string text;
  std::size_t at = kPackHeaderSize;
  for (std::uint32_t i = 0; i < index.frames.size(); ++i) {
    Buffer plain;
    TRY(open_frame(key, kId, i, index.frames[i], pack.subspan(at, index.frames[i].sealed_size), plain));
    text += as_text(plain);
    at += index.frames[i].sealed_size;
  }
  return text;
}

TEST(PackFormat, ReadsBackCompressibleAndIncompressibleFrames) {
  const auto pack = pack_of({std::string(5000, 'a'), "xyz", ""});
  EXPECT_TRUE(pack.index.frames[0].compressed);
  EXPECT_FALSE(pack.index.frames[1].compressed);
  EXPECT_EQ(read_whole(pack.bytes).value(), std::string(5000, 'a') + "xyz");
}

TEST(PackFormat, RefusesEveryTruncation) {
  const auto pack = pack_of({"alpha", "beta"});
  for (std::size_t size = 0; size < pack.bytes.size(); ++size) {
    EXPECT_FALSE(read_whole(Bytes(pack.bytes).first(size))) << size;
  }
}

TEST(PackFormat, FindsEveryFlippedBit) {
  auto pack = pack_of({"alpha", std::string(300, 'b')});
  for (std::size_t bit = 0; bit < pack.bytes.size() * 8; ++bit) {
    pack.bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(read_whole(pack.bytes)) << "bit " << bit;
    pack.bytes[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  }
  EXPECT_TRUE(read_whole(pack.bytes));
}

TEST(PackFormat, AFrameCannotReplaceAnother) {
  const auto pack = pack_of({"alpha", "omega"});  // two frames of equal size
  auto swapped = pack.bytes;
  const auto size = pack.index.frames[0].sealed_size;
  std::swap_ranges(swapped.begin() + kPackHeaderSize, swapped.begin() + kPackHeaderSize + size,
                   swapped.begin() + kPackHeaderSize + size);
  EXPECT_FALSE(read_whole(swapped));
}

}  // namespace
}  // namespace quaymaster::vault
