#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace quaymaster::identity {

/// An OpenID issuer whose tokens are taken besides our own.
struct ExternalIssuerOptions {
  std::string issuer;         // exactly as its tokens say in "iss"
  std::string audience;       // what "aud" must name
  std::string claim = "sub";  // the claim whose text names the principal
};

/// What a good token of it says. Times are seconds since 1970.
struct ExternalClaims {
  std::string principal;  // the value of the claim
  std::int64_t not_before = 0;
  std::int64_t expires = 0;
};

/// Checks tokens of the configured issuer against its keys: RS256 with RSA and ES256 with P-256. Where the keys come
/// from is its owner's business. Thread-safe.
class ExternalIssuer {
 public:
  explicit ExternalIssuer(ExternalIssuerOptions options);
  ~ExternalIssuer();

  const ExternalIssuerOptions& options() const { return options_; }

  /// Replaces the keys by those of a JSON Web Key Set (jwk.h). Errc::invalid: not a key set, or no key in it that may
  /// sign tokens; the keys that were there stay.
  Result<> set_keys(std::string_view key_set);
  /// Changes with every set of keys: what was verified with another set is to be verified again.
  std::uint64_t generation() const { return generation_; }

  /// Does the token say it is of this issuer? Believes it nothing else.
  bool claims(std::string_view token) const;

  /// Form, algorithm, key, signature, audience; not the times, which are looked at with every request.
  /// Errc::unauthenticated with a row of identity/principals/errors.h.
  Result<ExternalClaims> verify(std::string_view token);

  /// Was a token seen since the last call whose key is not among ours? The keys may have changed then.
  bool take_unknown_key() { return unknown_key_.exchange(false); }

  /// How records name its principal: the issuer, a blank, the value of the claim.
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
