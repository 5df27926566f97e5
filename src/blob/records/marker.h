#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
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

/// The key of a listing that has several entries for a name.
struct StateKey {
  std::string name;
  std::int64_t moment = 0;
};

inline std::string encode_state_marker(char kind, const StateKey& from) {
  std::uint8_t moment[sizeof from.moment];
  store_le(static_cast<std::uint64_t>(from.moment), moment);
  return encode_marker(kind, std::string(as_text(moment)) + from.name);
}

/// Also takes the marker of a listing of names alone, of the kind `of_names`. Errc::invalid.
inline Result<StateKey> decode_state_marker(char of_names, char kind, const std::string& marker) {
  if (auto name = decode_marker(of_names, marker)) {
    return StateKey{std::move(name).value(), 0};
  }
  TRY(const auto text, decode_marker(kind, marker));
  if (text.size() < sizeof(std::int64_t)) {
    return invalid("a marker that is not ours");
  }
  const auto moment = static_cast<std::int64_t>(load_le64(as_bytes(text)));
  return StateKey{text.substr(sizeof moment), moment};
}

}  // namespace quaymaster::blob
