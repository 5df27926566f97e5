#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quaymaster::identity {

/// An OpenID issuer whose tokens are accepted in addition to our own.
struct ExternalIssuerOptions {
  std::string issuer;         // exactly as its tokens say in "iss"
  std::string audience;       // what "aud" must name
  std::string claim = "sub";  // the claim whose text names the principal
};

/// The verified content of one of its tokens. Times are seconds since 1970.
struct ExternalClaims {
  std::string principal;  // the value of the claim
  std::int64_t not_before = 0;
  std::int64_t expires = 0;
};

/// Checks tokens of the configured issuer against its keys: RS256 with RSA and ES256 with P-256. The owner supplies the
/// keys. Thread-safe.
class ExternalIssuer {
 public:
  explicit ExternalIssuer(ExternalIssuerOptions options);
  ~ExternalIssuer();

  const ExternalIssuerOptions& options() const { return options_; }

  /// Replaces the keys with those of a JSON Web Key Set (jwk.h). Errc::invalid: not a key set, or it has no key that
  /// may sign tokens; the current keys stay.
  Result<> set_keys(std::string_view key_set);
  /// Changes with every set of keys: a token verified with another set must be verified again.
  std::uint64_t generation() const { return generation_; }

  /// Does the token claim to be from this issuer? Verifies nothing.
  bool claims(std::string_view token) const;

  /// Checks form, algorithm, key, signature and audience; not the times, which are checked on every request.
  /// Errc::unauthenticated with a row of identity/principals/errors.h.
  Result<ExternalClaims> verify(std::string_view token);

  /// Was a token with an unknown key seen since the last call? The issuer's keys may have changed then.
  bool take_unknown_key() { return unknown_key_.exchange(false); }

  /// The name of its principal in records: the issuer, a blank, the value of the claim.
  std::string name_of(std::string_view principal) const;

 private:
  struct Keys;
  std::shared_ptr<const Keys> keys() const;

  const ExternalIssuerOptions options_;
  mutable std::mutex mutex_;  // guards the pointer
  std::shared_ptr<const Keys> keys_;
  std::atomic<std::uint64_t> generation_ = 0;
  std::atomic<bool> unknown_key_ = false;
};

}  // namespace quaymaster::identity
