#include "identity/tokens/jwt.h"

#include <gtest/gtest.h>
#include <openssl/ecdsa.h>

#include "base/encode.h"
#include "identity/tokens/jwk.h"
#include "identity/tokens/published_key.h"
#include "identity/tokens/token.h"

namespace quaymaster::identity {
namespace {

// RFC 7515, appendix A.3.
constexpr std::string_view kHeader = "eyJhbGciOiJFUzI1NiJ9";
constexpr std::string_view kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr std::string_view kSignature =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
constexpr std::string_view kX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr std::string_view kY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

std::string ec_set(std::string_view x = kX, std::string_view y = kY, std::string_view more = {},
                   std::string_view curve = "P-256") {
  return fmt::format(R"({{"keys":[{{"kty":"EC","crv":"{}","x":"{}","y":"{}"{}}}]}})", curve, x, y, more);
}

Pkey rfc_key() {
  return std::move(parse_key_set(ec_set()).value().front().key);
}
Pkey rsa_key() {
  const auto own = SigningKey::load(published_signing_key()).value();
  return std::move(parse_key_set(fmt::format(R"({{"keys":[{}]}})", own.public_jwk())).value().front().key);
}

std::string token(std::string_view signature, std::string_view header = kHeader) {
  return fmt::format("{}.{}.{}", header, kPayload, signature);
}
bool verifies(EVP_PKEY* key, const std::string& text) {
  return is_signed_by(key, parse_jwt(text).value());
}

TEST(Jwt, VerifiesTheExampleOfTheRfc) {
  const auto text = token(kSignature);
  const auto parsed = parse_jwt(text).value();
  EXPECT_EQ(parsed.algorithm, Algorithm::es256);
  EXPECT_EQ(parsed.payload, "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
  EXPECT_TRUE(is_signed_by(rfc_key().get(), parsed));
}

TEST(Jwt, AnEcdsaSignatureIsTwoNumbersOf32Bytes) {
  const auto key = rfc_key();
  const auto good = decode_base64url(kSignature).value();
  ASSERT_EQ(good.size(), 64);
  auto bad = good;
  bad[63] ^= 1;
  EXPECT_FALSE(verifies(key.get(), token(base64url(bad))));
  EXPECT_FALSE(verifies(key.get(), token("")));
  for (const std::size_t size : {1, 32, 63, 65, 128}) {
    auto other = good;
    other.resize(size);
    EXPECT_FALSE(verifies(key.get(), token(base64url(other)))) << size;
  }
  Buffer zeros(64);
  EXPECT_FALSE(verifies(key.get(), token(base64url(zeros))));
  Buffer most(64, 0xFF);
  EXPECT_FALSE(verifies(key.get(), token(base64url(most))));

  ECDSA_SIG* const numbers = ECDSA_SIG_new();
  ECDSA_SIG_set0(numbers, BN_bin2bn(good.data(), 32, nullptr), BN_bin2bn(good.data() + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const auto size = i2d_ECDSA_SIG(numbers, &der);
  EXPECT_FALSE(verifies(key.get(), token(base64url(Bytes(der, static_cast<std::size_t>(size)))))) << "OpenSSL's form";
  OPENSSL_free(der);
  ECDSA_SIG_free(numbers);
}

TEST(Jwt, TheKeyDecidesTheAlgorithm) {
  const auto rs256 = base64url(as_bytes(R"({"alg":"RS256"})"));
  EXPECT_FALSE(verifies(rfc_key().get(), token(kSignature, rs256)));
  EXPECT_FALSE(verifies(rsa_key().get(), token(kSignature)));
  const auto own = SigningKey::load(published_signing_key()).value();
  const auto text = own.sign(Claims{});
  EXPECT_TRUE(verifies(rsa_key().get(), text));
  EXPECT_FALSE(verifies(rfc_key().get(), text));
  const auto opened = own.open(token(kSignature));
  ASSERT_FALSE(opened) << "our own are RS256";
  for (const char* curve : {"P-384", "secp256k1"}) {
    const Pkey other(EVP_EC_gen(curve));
    ASSERT_NE(other, nullptr);
    EXPECT_FALSE(verifies(other.get(), token(kSignature))) << curve;
  }
  for (const char* name : {"none", "ES384", "es256", "HS256", "PS256", ""}) {
    EXPECT_FALSE(parse_jwt(token(kSignature, base64url(as_bytes(fmt::format(R"({{"alg":"{}"}})", name)))))) << name;
  }
}

TEST(KeySet, TakesWhatChecksOneOfTheAlgorithms) {
  const auto keys = parse_key_set(ec_set(kX, kY, R"(,"kid":"a","use":"sig","alg":"ES256")")).value();
  ASSERT_EQ(keys.size(), 1);
  EXPECT_EQ(keys[0].id, "a");
  EXPECT_EQ(keys[0].algorithm, Algorithm::es256);
  const auto own = SigningKey::load(published_signing_key()).value();
  const auto both = ec_set(kX, kY, fmt::format("}},{},{{\"kty\":\"oct\"", own.public_jwk()));
  const auto mixed = parse_key_set(both).value();
  ASSERT_EQ(mixed.size(), 2);
  EXPECT_EQ(mixed[1].algorithm, Algorithm::rs256);
}

TEST(KeySet, PassesOverBadEcKeys) {
  const std::string off_curve = "A" + std::string(kX.substr(1));
  const std::string longer = base64url(Buffer(33, 1));
  for (const auto& bad : {
           ec_set(off_curve, kY),
           ec_set(kX, kX),
           ec_set("AA", kY),
           ec_set(kX, longer),
           ec_set(kX, ""),
           ec_set("!!", kY),
           ec_set(base64url(Buffer(32)), base64url(Buffer(32))),
           ec_set(base64url(Buffer(32, 0xFF)), kY),
           ec_set(kX, kY, "", "P-384"),
           ec_set(kX, kY, "", "secp256k1"),
           ec_set(kX, kY, "", ""),
           ec_set(kX, kY, R"(,"use":"enc")"),
           ec_set(kX, kY, R"(,"alg":"ES384")"),
           ec_set(kX, kY, R"(,"alg":"RS256")"),
       }) {
    const auto keys = parse_key_set(bad);
    ASSERT_FALSE(keys) << bad;
    EXPECT_EQ(keys.error().kind(), Errc::invalid);
  }
}

}  // namespace
}  // namespace quaymaster::identity
