#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "identity/issuer.h"
#include "identity/tokens/token.h"

namespace quaymaster::identity {

/// How a person or program signed in, as stated in a token.
struct TokenUse {
  std::string_view how = "1";     // appidacr: "0" nothing, "1" a client secret, "2" a certificate
  std::string_view kind = "app";  // idtyp: "app" or "user"
  bool names_person = false;      // upn and preferred_username
};

/// Tokens with more content than those issued for a client secret: the person's names, how a program signed in, and
/// refresh tokens. Signed with the key of `identity`, which can therefore verify them. Thread-safe.
class PersonalTokens {
 public:
  /// After Issuer::open, on the same database. Errc::corrupt: the signing key.
  static Result<std::unique_ptr<PersonalTokens>> open(store::Database& database, Issuer& issuer, Clock& clock,
                                                      RandomSource& random);

  /// As Issuer::issue; the audience may be a client id, for an id token, which no API accepts.
  std::string issue(const Principal& principal, std::string_view audience, std::string_view issuer,
                    const TokenUse& use);
  /// Valid for 90 days, accepted only by `redeem`.
  std::string issue_refresh(const Principal& principal, std::string_view issuer);
  /// The principal of a refresh token. Errc::unauthenticated: not one of ours, or its principal was deleted.
  /// Errc::forbidden: it has expired.
  Result<Principal> redeem(std::string_view refresh_token);

 private:
  PersonalTokens(Issuer& issuer, Clock& clock, RandomSource& random, SigningKey key)
      : issuer_(issuer), clock_(clock), random_(random), key_(std::move(key)) {}
  Claims claims_of(const Principal& principal, std::string_view issuer, Ticks life);

  Issuer& issuer_;
  Clock& clock_;
  RandomSource& random_;
  const SigningKey key_;
};

}  // namespace quaymaster::identity
