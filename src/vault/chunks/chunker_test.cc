#include "vault/chunks/chunker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "testing/vault/test_vault.h"

namespace quaymaster::vault {
namespace {

using test::noise;

SealKey key_of(std::uint8_t byte) {
  SealKey key;
  key.fill(byte);
  return key;
}

/// The ends of all chunks of a stream passed in one piece.
std::vector<std::size_t> ends(const Chunker& chunker, Bytes bytes) {
  std::vector<std::size_t> found;
  std::size_t at = 0;
  while (at < bytes.size()) {
    at += chunker.cut(bytes.subspan(at));
    found.push_back(at);
  }
  return found;
}

TEST(Chunker, ChunksHaveTheSizesThatAreSaid) {
  const Chunker chunker(key_of(1));
  const auto bytes = noise(64 << 20, 1);
  const auto cuts = ends(chunker, bytes);
  ASSERT_EQ(cuts.back(), bytes.size());
  std::size_t before = 0;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const auto size = cuts[i] - before;
    before = cuts[i];
    EXPECT_LE(size, kLargestCut);
    if (i + 1 < cuts.size()) {
      EXPECT_GT(size, kSmallestCut);
    }
  }
  const auto mean = bytes.size() / cuts.size();
  EXPECT_GT(mean, kTypicalCut / 2);
  EXPECT_LT(mean, kTypicalCut * 2);
}

TEST(Chunker, TheSameBytesAreCutAtTheSamePlacesWhateverComesBefore) {
  const Chunker chunker(key_of(1));
  const auto common = noise(16 << 20, 2);
  for (const std::size_t before : {1UL, 17UL, 4096UL, 100'000UL, 1'500'000UL}) {
    auto shifted = noise(before, 3);
    append(shifted, common);
    std::set<std::size_t> plain;
    for (const auto end : ends(chunker, common)) {
      plain.insert(end + before);
    }
    const auto cuts = ends(chunker, shifted);
    // After the first common cut all later ones are common: the boundaries resynchronise within a few chunks.
    const auto first = std::ranges::find_if(cuts, [&](auto end) { return plain.contains(end); });
    ASSERT_NE(first, cuts.end());
    EXPECT_LT(*first, before + 4 * kLargestCut);
    EXPECT_TRUE(std::all_of(first, cuts.end(), [&](auto end) { return plain.contains(end); }));
  }
}

TEST(Chunker, AChangeMovesOnlyTheCutsAroundIt) {
  const Chunker chunker(key_of(1));
  const auto bytes = noise(32 << 20, 4);
  const auto before = ends(chunker, bytes);
  for (const std::size_t at : {10UL, 5'000'000UL, 20'000'000UL}) {
    auto changed = bytes;
    for (std::size_t i = 0; i < 100; ++i) {
      changed[at + i] ^= 0x5A;
    }
    std::size_t moved = 0;
    for (const auto end : ends(chunker, changed)) {
      moved += std::ranges::find(before, end) == before.end() ? 1 : 0;
    }
    EXPECT_LE(moved, 6);
  }
}

TEST(Chunker, WhatIsInHandDoesNotDecideWhereItCuts) {
  const Chunker chunker(key_of(1));
  const auto bytes = noise(8 << 20, 5);
  for (std::size_t at = 0; at + 2 * kLargestCut < bytes.size(); at += 300'001) {
    const auto whole = chunker.cut(Bytes(bytes).subspan(at));
    EXPECT_EQ(chunker.cut(Bytes(bytes).subspan(at, kLargestCut)), whole);
    EXPECT_EQ(chunker.cut(Bytes(bytes).subspan(at, whole)), whole);
  }
}

TEST(Chunker, WhatWasScannedBeforeDoesNotDecideWhereItCuts) {
  const Chunker chunker(key_of(1));
  const auto bytes = noise(8 << 20, 7);
  for (std::size_t at = 0; at + kLargestCut < bytes.size(); at += 300'001) {
    const auto rest = Bytes(bytes).subspan(at);
    const auto whole = chunker.cut(rest);
    for (const auto scanned : {1UL, 63UL, 65'535UL, 65'536UL, 65'580UL, 65'700UL, 200'000UL, whole - 1}) {
      EXPECT_EQ(chunker.cut(rest, std::min(scanned, whole - 1)), whole) << scanned;
    }
  }
}

TEST(Chunker, AnotherVaultCutsElsewhere) {
  const auto bytes = noise(16 << 20, 6);
  const auto one = ends(Chunker(key_of(1)), bytes);
  const auto other = ends(Chunker(key_of(2)), bytes);
  std::size_t shared = 0;
  for (const auto end : one) {
    shared += std::ranges::find(other, end) != other.end() ? 1 : 0;
  }
  EXPECT_LE(shared, 3);
}

TEST(Chunker, BytesWithoutVarietyAreCutAtTheLargestSize) {
  const Chunker chunker(key_of(1));
  EXPECT_EQ(chunker.cut(Buffer(3 * kLargestCut, 'x')), kLargestCut);
  EXPECT_EQ(chunker.cut(Buffer(100, 'x')), 100);
  EXPECT_EQ(chunker.cut({}), 0);
}

}  // namespace
}  // namespace quaymaster::vault
