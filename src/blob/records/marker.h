#pragma once

#include <string>

#include "base/encode.h"
#include "base/result.h"

namespace quaymaster::blob {

// A listing's marker is the first key of the next page, prefixed with a character for the kind of listing, so that it
// stays valid while names come and go, and an invalid one is detected.

inline std::string encode_marker(char kind, const std::string& from) {
  return base64url(as_bytes(kind + from));
}

/// Errc::invalid: invalid, or of another kind of listing.
inline Result<std::string> decode_marker(char kind, const std::string& marker) {
  const auto bytes = decode_base64url(marker);
  if (!bytes || bytes.value().empty() || static_cast<char>(bytes.value().front()) != kind) {
    return invalid("a marker that this server did not issue");
  }
  return std::string(as_text(Bytes(bytes.value()).subspan(1)));
}

}  // namespace quaymaster::blob
