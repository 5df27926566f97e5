#pragma once

#include <string_view>

#include "base/result.h"
#include "http/request.h"

namespace quaymaster::http {

/// Does the head contain a continuation line, one that begins with white space? Some readers see one field there and
/// others two, so a server must refuse it. `head` includes its line breaks. Source: RFC 9112 section 5.2.
bool has_folded_field(std::string_view head);

/// Requires exactly one Host field (or none when `required` is false), which is empty or a name, an IPv4 address or an
/// IPv6 address in brackets, with or without a port. Errc::invalid. Source: RFC 9112 section 3.2; RFC 3986 names
/// without escapes and sub-delimiters, which no host name has.
Result<> check_host(const Headers& headers, bool required);

}  // namespace quaymaster::http
