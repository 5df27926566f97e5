#include "identity/tokens/external_issuer.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/encode.h"
#include "identity/principals/errors.h"
#include "identity/tokens/jwt.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

constexpr int kFewestBits = 2048;

struct ReadJwk {
  std::string type;
  std::optional<std::string> use;
  std::string key_id;
  std::string modulus;
  std::string exponent;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&ReadJwk::type>("kty"), field<&ReadJwk::use>("use"), field<&ReadJwk::key_id>("kid"),
                         field<&ReadJwk::modulus>("n"), field<&ReadJwk::exponent>("e")});
  }
};
struct ReadKeySet {
  std::vector<ReadJwk> keys;
  static constexpr auto wire() { return wire::fields({wire::field<&ReadKeySet::keys>("keys").required()}); }
};

using Payload = std::map<std::string, wire::Json>;

template <class Made, void (*Free)(Made*)>
struct Freed {
  void operator()(Made* made) const { Free(made); }
};
template <class Made, void (*Free)(Made*)>
using Owned = std::unique_ptr<Made, Freed<Made, Free>>;

/// Null when the numbers make no RSA key of enough bits.
Pkey rsa_key(Bytes modulus, Bytes exponent) {
  const Owned<BIGNUM, BN_free> n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const Owned<BIGNUM, BN_free> e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build(OSSL_PARAM_BLD_new());
  if (!n || !e || BN_num_bits(n.get()) < kFewestBits || BN_num_bits(e.get()) < 2 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(build.get()));
  const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* made = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return Pkey(made);
}

template <class T>
std::optional<T> member(const Payload& payload, const std::string& name) {
  const auto found = payload.find(name);
  if (found == payload.end()) {
    return std::nullopt;
  }
  auto value = wire::parse_stored<T>(found->second.text);
  return value ? std::optional(std::move(value).value()) : std::nullopt;
}

/// "aud" is one text or a list of them.
std::vector<std::string> audiences(const Payload& payload) {
  if (auto one = member<std::string>(payload, "aud")) {
    return {*std::move(one)};
  }
  return member<std::vector<std::string>>(payload, "aud").value_or(std::vector<std::string>{});
}

}  // namespace

struct ExternalIssuer::Keys {
  std::vector<std::pair<std::string, Pkey>> all;

  EVP_PKEY* find(std::string_view id) const {
    if (id.empty() && all.size() == 1) {
      return all.front().second.get();
    }
    const auto found = std::ranges::find(all, id, [](const auto& one) { return std::string_view(one.first); });
    return id.empty() || found == all.end() ? nullptr : found->second.get();
  }
};

ExternalIssuer::ExternalIssuer(ExternalIssuerOptions options)
    : options_(std::move(options)), keys_(std::make_shared<Keys>()) {}
ExternalIssuer::~ExternalIssuer() = default;

std::shared_ptr<const ExternalIssuer::Keys> ExternalIssuer::keys() const {
  const std::scoped_lock lock(mutex_);
  return keys_;
}

Result<> ExternalIssuer::set_keys(std::string_view key_set) {
  const auto read = wire::parse_stored<ReadKeySet>(key_set);
  if (!read) {
    return invalid("not a JSON Web Key Set: {}", read.error().cause());
  }
  auto made = std::make_shared<Keys>();
  for (const auto& one : read.value().keys) {
    const auto modulus = decode_base64url(one.modulus);
    const auto exponent = decode_base64url(one.exponent);
    if (one.type != "RSA" || one.use.value_or("sig") != "sig" || !modulus || !exponent) {
      continue;
    }
    if (auto key = rsa_key(modulus.value(), exponent.value())) {
      made->all.emplace_back(one.key_id, std::move(key));
    }
  }
  if (made->all.empty()) {
    return invalid("the JSON Web Key Set has no RSA signing key of {} bits or more", kFewestBits);
  }
  const std::scoped_lock lock(mutex_);
  keys_ = std::move(made);
  ++generation_;
  return ok();
}

bool ExternalIssuer::claims(std::string_view token) const {
  const auto first = token.find('.');
  const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.size() > 16 * kKiB) {
    return false;
  }
  const auto bytes = decode_base64url(token.substr(first + 1, second - first - 1));
  if (!bytes) {
    return false;
  }
  const auto payload = wire::parse_stored<Payload>(as_text(bytes.value()));
  return payload && member<std::string>(payload.value(), "iss") == options_.issuer;
}

Result<ExternalClaims> ExternalIssuer::verify(std::string_view token) {
  TRY(const auto jwt, parse_jwt(token));
  const auto known = keys();
  EVP_PKEY* const key = known->find(jwt.key_id);
  if (key == nullptr) {
    unknown_key_ = true;
    return refuse(Errc::unauthenticated, kUnknownSigningKey, jwt.key_id, options_.issuer);
  }
  if (!verify_rs256(key, jwt.signed_part, jwt.signature)) {
    return refuse(Errc::unauthenticated, kUnknownSigningKey, jwt.key_id, options_.issuer);
  }
  const auto payload = wire::parse_stored<Payload>(jwt.payload);
  if (!payload) {
    return refuse(Errc::unauthenticated, kInvalidToken);
  }
  const auto issuer = member<std::string>(payload.value(), "iss").value_or("");
  if (issuer != options_.issuer) {
    return refuse(Errc::unauthenticated, kInvalidTokenIssuer, issuer);
  }
  const auto meant = audiences(payload.value());
  if (std::ranges::find(meant, options_.audience) == meant.end()) {
    return refuse(Errc::unauthenticated, kInvalidTokenAudience, fmt::format("{}", fmt::join(meant, ",")),
                  options_.audience);
  }
  ExternalClaims claims;
  const auto expires = member<std::int64_t>(payload.value(), "exp");
  claims.principal = member<std::string>(payload.value(), options_.claim).value_or("");
  if (!expires || claims.principal.empty()) {
    return refuse(Errc::unauthenticated, kMissingClaim, expires ? std::string_view(options_.claim) : "exp");
  }
  claims.expires = *expires;
  claims.not_before = member<std::int64_t>(payload.value(), "nbf").value_or(0);
  return claims;
}

std::string ExternalIssuer::name_of(std::string_view principal) const {
  return fmt::format("{} {}", options_.issuer, principal);
}

}  // namespace quaymaster::identity
