#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "identity/tokens/jwt.h"

namespace quaymaster::identity {

/// A key that verifies signatures, for one algorithm only.
struct PublicKey {
  std::string id;  // may be empty
  Algorithm algorithm;
  Pkey key;
};

/// The signing keys of a JSON Web Key Set: RSA of 2048 bits or more, for RS256, and EC on the curve P-256, for ES256.
/// Other keys are skipped, as are keys that are malformed or meant for another use or algorithm. Errc::invalid: not a
/// key set, or no usable key in it. Source: RFC 7517; RFC 7518, section 6.
Result<std::vector<PublicKey>> parse_key_set(std::string_view key_set);

}  // namespace quaymaster::identity
