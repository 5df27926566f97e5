#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "wire/field.h"

namespace quaymaster::identity {

/// The claims of a token. Times are seconds since 1970, as RFC 7519 writes them. Source of the names: clients.md, 3.4.
struct Claims {
  std::string audience;
  std::string issuer;
  std::int64_t issued_at = 0;
  std::int64_t not_before = 0;
  std::int64_t expires = 0;
  std::string client_id;  // appid
  std::string how;        // appidacr: "1" is a client secret
  std::string kind;       // idtyp: "app"
  std::string object_id;  // oid
  std::string subject;    // sub
  std::string tenant;     // tid
  std::string name;       // app_displayname
  std::string unique;     // uti: makes every token's text unique
  std::string version;    // ver
  // Only in tokens of people and in id tokens.
  std::optional<std::string> user_name;       // upn
  std::optional<std::string> preferred_name;  // preferred_username

  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&Claims::audience>("aud"), field<&Claims::issuer>("iss"), field<&Claims::issued_at>("iat"),
         field<&Claims::not_before>("nbf"), field<&Claims::expires>("exp"), field<&Claims::client_id>("appid"),
         field<&Claims::how>("appidacr"), field<&Claims::kind>("idtyp"), field<&Claims::object_id>("oid"),
         field<&Claims::subject>("sub"), field<&Claims::tenant>("tid"), field<&Claims::name>("app_displayname"),
         field<&Claims::unique>("uti"), field<&Claims::version>("ver"), field<&Claims::user_name>("upn"),
         field<&Claims::preferred_name>("preferred_username")});
  }
};

/// An RSA key of 2048 bits that signs tokens with RS256. Immutable, thread-safe.
class SigningKey {
 public:
  static SigningKey generate();
  /// From `private_der`. Errc::corrupt.
  static Result<SigningKey> load(Bytes private_der);
  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;

  /// PKCS#8 or traditional DER. Secret.
  Buffer private_der() const;
  /// Identifies the key in token headers: a digest of its public half.
  const std::string& id() const { return id_; }
  /// The public half as a member of a JSON Web Key Set.
  std::string public_jwk() const;

  /// header.payload.signature, each base64url.
  std::string sign(const Claims& claims) const;
  /// The claims of a token whose header names RS256 and this key and whose signature is valid. Checks no claim.
  /// Errc::unauthenticated with a row of identity/principals/errors.h: kInvalidToken (not a token at all, more than 16
  /// KiB, another algorithm: "none" and HS256 among them) or kInvalidTokenSignature.
  Result<Claims> open(std::string_view token) const;

 private:
  struct Key;
  explicit SigningKey(std::unique_ptr<Key> key);
  std::unique_ptr<Key> key_;
  std::string id_;
};

}  // namespace quaymaster::identity
