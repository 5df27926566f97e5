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

/// Source: RFC 7518, section 3.1.
enum class Algorithm {
  rs256,  // RSASSA-PKCS1-v1_5 with SHA-256
  es256,  // ECDSA on P-256 with SHA-256; the signature is r and s of 32 bytes each
};

/// A token split into its three parts, decoded but not verified.
struct Jwt {
  Algorithm algorithm;           // as stated in its header
  std::string key_id;            // from the header; may be empty
  std::string payload;           // JSON, not parsed
  std::string_view signed_part;  // of the token
  Buffer signature;
};

/// Errc::unauthenticated with kInvalidToken: not three parts of base64url, a header that is not a JSON object, an
/// algorithm other than RS256 and ES256 ("none" and HS256 among them), more than 16 KiB.
Result<Jwt> parse_jwt(std::string_view token);

/// The key decides, not the token: false when the algorithm is not the one for this type of key (RS256 for RSA, ES256
/// for P-256), whatever the signature is.
bool is_signed_by(EVP_PKEY* key, const Jwt& token);

}  // namespace quaymaster::identity
