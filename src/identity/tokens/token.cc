#include "identity/tokens/token.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "base/digests/digest.h"
#include "base/encode.h"
#include "identity/principals/errors.h"
#include "identity/tokens/jwt.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

struct Header {
  std::string type;
  std::string algorithm;
  std::string key_id;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Header::type>("typ"), field<&Header::algorithm>("alg"), field<&Header::key_id>("kid")});
  }
};

struct Jwk {
  std::string type = "RSA";
  std::string use = "sig";
  std::string algorithm = "RS256";
  std::string key_id;
  std::string thumbprint;
  std::string modulus;
  std::string exponent;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Jwk::type>("kty"), field<&Jwk::use>("use"), field<&Jwk::algorithm>("alg"),
                         field<&Jwk::key_id>("kid"), field<&Jwk::thumbprint>("x5t"), field<&Jwk::modulus>("n"),
                         field<&Jwk::exponent>("e")});
  }
};

struct MdDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using MdContext = std::unique_ptr<EVP_MD_CTX, MdDeleter>;

Buffer number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  check(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  Buffer bytes(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, bytes.data());
  BN_free(value);
  return bytes;
}

Buffer public_der(const EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  check(size > 0);
  Buffer bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

struct SigningKey::Key {
  Pkey pkey;
};

SigningKey::SigningKey(std::unique_ptr<Key> key) : key_(std::move(key)) {
  id_ = base64url(Bytes(sha256(public_der(key_->pkey.get()))).first(20));
}
SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;

SigningKey SigningKey::generate() {
  auto key = std::make_unique<Key>();
  key->pkey.reset(EVP_RSA_gen(2048));
  check(key->pkey != nullptr);
  return SigningKey(std::move(key));
}

Result<SigningKey> SigningKey::load(Bytes private_der) {
  auto key = std::make_unique<Key>();
  const unsigned char* at = private_der.data();
  key->pkey.reset(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(private_der.size())));
  if (key->pkey == nullptr || EVP_PKEY_get_base_id(key->pkey.get()) != EVP_PKEY_RSA) {
    return corrupt("the stored signing key is not an RSA key");
  }
  return SigningKey(std::move(key));
}

Buffer SigningKey::private_der() const {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key_->pkey.get(), &der);
  check(size > 0);
  Buffer bytes(der, der + size);
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return bytes;
}

std::string SigningKey::public_jwk() const {
  Jwk jwk;
  jwk.key_id = id_;
  jwk.thumbprint = id_;
  jwk.modulus = base64url(number(key_->pkey.get(), OSSL_PKEY_PARAM_RSA_N));
  jwk.exponent = base64url(number(key_->pkey.get(), OSSL_PKEY_PARAM_RSA_E));
  return wire::to_json(jwk);
}

std::string SigningKey::sign(const Claims& claims) const {
  const Header header{"JWT", "RS256", id_};
  auto token = base64url(as_bytes(wire::to_json(header))) + "." + base64url(as_bytes(wire::to_json(claims)));
  const MdContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  check(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_->pkey.get()) == 1);
  const auto signed_bytes = as_bytes(token);
  check(EVP_DigestSign(context.get(), nullptr, &size, signed_bytes.data(), signed_bytes.size()) == 1);
  Buffer signature(size);
  check(EVP_DigestSign(context.get(), signature.data(), &size, signed_bytes.data(), signed_bytes.size()) == 1);
  signature.resize(size);
  return token + "." + base64url(signature);
}

Result<Claims> SigningKey::open(std::string_view token) const {
  TRY(const auto jwt, parse_jwt(token));
  if (jwt.algorithm != Algorithm::rs256) {
    return Error(Errc::unauthenticated, "token refused: it is not signed with RS256").as(kInvalidToken);
  }
  const auto wrong_signature = [](std::string_view why) {
    return Error(Errc::unauthenticated, fmt::format("token refused: {}", why)).as(kInvalidTokenSignature);
  };
  if (jwt.key_id != id_) {
    return wrong_signature("signed by an unknown key");
  }
  if (!is_signed_by(key_->pkey.get(), jwt)) {
    return wrong_signature("its signature does not match");
  }
  auto claims = wire::parse_stored<Claims>(jwt.payload);
  if (!claims) {
    return Error(Errc::unauthenticated, "its claims are not a JSON object").as(kInvalidToken);
  }
  return claims;
}

}  // namespace quaymaster::identity
