#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace quaymaster {

// Text encodings of bytes. Every decoder returns Errc::invalid for malformed input.

std::string hex_lower(Bytes bytes);
std::string hex_upper(Bytes bytes);
Result<Buffer> decode_hex(std::string_view text);  // upper or lower case, even length

std::string base64(Bytes bytes);                      // RFC 4648 section 4, with padding
Result<Buffer> decode_base64(std::string_view text);  // padding required, no white space
std::string base64url(Bytes bytes);                   // RFC 4648 section 5, without padding
Result<Buffer> decode_base64url(std::string_view text);

/// Percent-encodes everything but RFC 3986 unreserved characters and the characters of `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = "");
/// Decodes percent escapes once; "+" is left alone. Errc::invalid: a malformed escape.
Result<std::string> percent_decode(std::string_view text);
/// As percent_decode, but "+" becomes a space: the form of query values.
Result<std::string> form_decode(std::string_view text);

bool is_utf8(std::string_view text);

/// ASCII only; bytes above 127 are unchanged.
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Compares in time that depends only on the lengths.
bool equal_in_constant_time(Bytes a, Bytes b);

}  // namespace quaymaster
