#include "base/digests/seal.h"

#include <gtest/gtest.h>

#include "base/encode.h"

namespace quaymaster {
namespace {

TEST(Seal, OpensWhatItSealedAndNothingElse) {
  const SealKey key{1, 2, 3};
  const SealNonce nonce{7};
  const auto plain = as_bytes("the quick brown fox");
  Buffer sealed(plain.size() + kSealTag);
  seal(key, nonce, as_bytes("about"), plain, sealed);

  Buffer opened(plain.size());
  ASSERT_TRUE(open_sealed(key, nonce, as_bytes("about"), sealed, opened));
  EXPECT_EQ(as_text(opened), as_text(plain));

  EXPECT_FALSE(open_sealed(key, nonce, as_bytes("else"), sealed, opened));
  EXPECT_FALSE(open_sealed(SealKey{9}, nonce, as_bytes("about"), sealed, opened));
  for (auto& byte : sealed) {
    byte ^= 1;
    EXPECT_FALSE(open_sealed(key, nonce, as_bytes("about"), sealed, opened));
    byte ^= 1;
  }
  EXPECT_FALSE(open_sealed(key, nonce, as_bytes("about"), Bytes(sealed).first(kSealTag - 1), {}));
}

// RFC 5869, test case 1, first 32 bytes.
TEST(Seal, DerivesAsPublished) {
  const auto key =
      derive_key(decode_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b").value(),
                 decode_hex("000102030405060708090a0b0c").value(), as_text(decode_hex("f0f1f2f3f4f5f6f7f8f9").value()));
  EXPECT_EQ(hex_lower(key), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

// RFC 7914, section 12, N=1024 r=8 p=16, first 32 bytes.
TEST(Seal, StretchesAsPublished) {
  const auto key = stretch_passphrase("password", as_bytes("NaCl"), 1024, 8, 16);
  ASSERT_TRUE(key);
  EXPECT_EQ(hex_lower(key.value()), "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
  EXPECT_FALSE(stretch_passphrase("x", as_bytes("NaCl"), 1000, 8, 1));
  EXPECT_FALSE(stretch_passphrase("x", as_bytes("NaCl"), 1ULL << 40, 8, 1));
}

}  // namespace
}  // namespace quaymaster
