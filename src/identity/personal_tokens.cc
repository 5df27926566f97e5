#include "identity/personal_tokens.h"

#include <algorithm>

#include "base/encode.h"
#include "identity/principals/records.h"

namespace quaymaster::identity {
namespace {

/// The audience of refresh tokens: an address that no API accepts and no client can request.
constexpr std::string_view kRefreshAudience = "urn:quaymaster:refresh";
constexpr std::chrono::days kRefreshLife{90};

std::int64_t unix_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

Result<std::unique_ptr<PersonalTokens>> PersonalTokens::open(store::Database& database, Issuer& issuer, Clock& clock,
                                                             RandomSource& random) {
  Buffer stored;
  TRY(database.read([&](store::Reader& reader) -> Result<> {
    TRY(stored, records::signing_key(reader));
    return ok();
  }));
  TRY(auto key, SigningKey::load(stored));
  return std::unique_ptr<PersonalTokens>(new PersonalTokens(issuer, clock, random, std::move(key)));
}

Claims PersonalTokens::claims_of(const Principal& principal, std::string_view issuer, Ticks life) {
  Buffer unique(16);
  random_.fill(unique);
  const auto now = clock_.now();
  Claims claims;
  claims.issuer = issuer;
  claims.issued_at = unix_seconds(now);
  claims.not_before = claims.issued_at;
  claims.expires = unix_seconds(now + life);
  claims.client_id = principal.client_id;
  claims.object_id = principal.object_id;
  claims.subject = principal.object_id;
  claims.tenant = issuer_.tenant();
  claims.name = principal.name;
  claims.unique = base64url(unique);
  claims.version = issuer.ends_with("/v2.0") ? "2.0" : "1.0";
  return claims;
}

std::string PersonalTokens::issue(const Principal& principal, std::string_view audience, std::string_view issuer,
                                  const TokenUse& use) {
  auto claims = claims_of(principal, issuer, issuer_.token_life());
  claims.audience = audience;
  claims.how = use.how;
  claims.kind = use.kind;
  if (use.names_person) {
    claims.user_name = principal.name;
    claims.preferred_name = principal.name;
  }
  return key_.sign(claims);
}

std::string PersonalTokens::issue_refresh(const Principal& principal, std::string_view issuer) {
  auto claims = claims_of(principal, issuer, kRefreshLife);
  claims.audience = kRefreshAudience;
  return key_.sign(claims);
}

Result<Principal> PersonalTokens::redeem(std::string_view refresh_token) {
  TRY(const auto claims, key_.open(refresh_token));
  if (claims.audience != kRefreshAudience || claims.tenant != issuer_.tenant()) {
    return unauthenticated("not a refresh token");
  }
  if (unix_seconds(clock_.now()) >= claims.expires) {
    return forbidden("the refresh token has expired");
  }
  TRY(const auto entry, issuer_.access().by_object(claims.object_id));
  if (!entry) {
    return unauthenticated("the principal {} was deleted", claims.object_id);
  }
  return Principal{entry->object_id, entry->client_id, claims.tenant, entry->name};
}

}  // namespace quaymaster::identity
