#include "identity/tokens/external_issuer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/encode.h"
#include "identity/principals/errors.h"
#include "identity/tokens/jwk.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

using Payload = std::map<std::string, wire::Json>;

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
  std::vector<PublicKey> all;

  /// A token that names no key matches the only key of its algorithm. Null: no key.
  EVP_PKEY* find(const Jwt& token) const {
    const auto fits = [&](const PublicKey& one) {
      return one.algorithm == token.algorithm && (token.key_id.empty() || one.id == token.key_id);
    };
    const auto found = std::ranges::find_if(all, fits);
    const bool is_only = token.key_id.empty() && std::ranges::count_if(all, fits) == 1;
    return found != all.end() && (is_only || !token.key_id.empty()) ? found->key.get() : nullptr;
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
  TRY(auto keys, parse_key_set(key_set));
  auto made = std::make_shared<Keys>(std::move(keys));
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
  EVP_PKEY* const key = known->find(jwt);
  if (key == nullptr) {
    unknown_key_ = true;
    return refuse(Errc::unauthenticated, kUnknownSigningKey, jwt.key_id, options_.issuer);
  }
  if (!is_signed_by(key, jwt)) {
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
