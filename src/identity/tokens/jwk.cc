#include "identity/tokens/jwk.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <optional>

#include "base/encode.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

constexpr int kFewestBits = 2048;
constexpr std::size_t kCoordinateSize = 32;

struct ReadJwk {
  std::string type;
  std::optional<std::string> use;
  std::optional<std::string> algorithm;
  std::string key_id;
  std::string modulus;
  std::string exponent;
  std::string curve;
  std::string x;
  std::string y;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&ReadJwk::type>("kty"), field<&ReadJwk::use>("use"), field<&ReadJwk::algorithm>("alg"),
                         field<&ReadJwk::key_id>("kid"), field<&ReadJwk::modulus>("n"), field<&ReadJwk::exponent>("e"),
                         field<&ReadJwk::curve>("crv"), field<&ReadJwk::x>("x"), field<&ReadJwk::y>("y")});
  }
};
struct ReadKeySet {
  std::vector<ReadJwk> keys;
  static constexpr auto wire() { return wire::fields({wire::field<&ReadKeySet::keys>("keys").required()}); }
};

template <class Made, void (*Free)(Made*)>
struct Freed {
  void operator()(Made* made) const { Free(made); }
};
template <class Made, void (*Free)(Made*)>
using Owned = std::unique_ptr<Made, Freed<Made, Free>>;
using Number = Owned<BIGNUM, BN_free>;
using Build = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;

/// Null when the parameters are not a valid key of that type, for example a point that is not on the curve.
Pkey made_of(const char* kind, const Build& build) {
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(build.get()));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* made = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return Pkey(made);
}

/// Null when the numbers are not an RSA key of enough bits.
Pkey rsa_key(const ReadJwk& read) {
  const auto modulus = decode_base64url(read.modulus);
  const auto exponent = decode_base64url(read.exponent);
  if (!modulus || !exponent) {
    return nullptr;
  }
  const auto number = [](const Buffer& bytes) {
    return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  };
  const auto n = number(modulus.value());
  const auto e = number(exponent.value());
  const Build build(OSSL_PARAM_BLD_new());
  if (!n || !e || BN_num_bits(n.get()) < kFewestBits || BN_num_bits(e.get()) < 2 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return made_of("RSA", build);
}

/// Null when the coordinates, at full length as the RFC requires, are not a point of P-256.
Pkey ec_key(const ReadJwk& read) {
  const auto x = decode_base64url(read.x);
  const auto y = decode_base64url(read.y);
  if (read.curve != "P-256" || !x || !y || x.value().size() != kCoordinateSize || y.value().size() != kCoordinateSize) {
    return nullptr;
  }
  Buffer point{POINT_CONVERSION_UNCOMPRESSED};
  point.insert(point.end(), x.value().begin(), x.value().end());
  point.insert(point.end(), y.value().begin(), y.value().end());
  const Build build(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return made_of("EC", build);
}

}  // namespace

Result<std::vector<PublicKey>> parse_key_set(std::string_view key_set) {
  const auto read = wire::parse_stored<ReadKeySet>(key_set);
  if (!read) {
    return invalid("not a JSON Web Key Set: {}", read.error().cause());
  }
  std::vector<PublicKey> keys;
  for (const auto& one : read.value().keys) {
    const bool is_rsa = one.type == "RSA";
    const auto* const algorithm = is_rsa ? "RS256" : "ES256";
    if ((!is_rsa && one.type != "EC") || one.use.value_or("sig") != "sig" ||
        one.algorithm.value_or(algorithm) != algorithm) {
      continue;
    }
    if (auto key = is_rsa ? rsa_key(one) : ec_key(one)) {
      keys.emplace_back(one.key_id, is_rsa ? Algorithm::rs256 : Algorithm::es256, std::move(key));
    }
  }
  if (keys.empty()) {
    return invalid("the JSON Web Key Set has no signing key that is RSA of {} bits or more, or EC on P-256",
                   kFewestBits);
  }
  return keys;
}

}  // namespace quaymaster::identity
