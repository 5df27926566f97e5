#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster::identity {

struct PkeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyDeleter>;

/// A token in its three parts, decoded and believed in nothing.
struct Jwt {
  std::string key_id;            // of the header; may be empty
  std::string payload;           // JSON, not looked at
  std::string_view signed_part;  // of the token
  Buffer signature;
};

/// Errc::unauthenticated with kInvalidToken: not three parts of base64url, a header that is no JSON object, an
/// algorithm other than RS256 ("none" and HS256 among them: it is never what the token asks for), more than 16 KiB.
Result<Jwt> parse_jwt(std::string_view token);

/// The key must be RSA.
bool verify_rs256(EVP_PKEY* key, std::string_view signed_part, Bytes signature);

}  // namespace quaymaster::identity
