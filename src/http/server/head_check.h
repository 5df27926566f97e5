#pragma once

#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace quaymaster::http {

/// Does the head continue a field on a line that begins with white space? Such a field is one field to some readers and
/// two to others, so a server must refuse it. `head`: with its line breaks. Source: RFC 9112 section 5.2.
bool has_folded_field(std::string_view head);

/// Exactly one Host field, none only when `required` is false, that is empty or a name, an IPv4 address or an IPv6
/// address in brackets, with or without a port. Errc::invalid. Source: RFC 9112 section 3.2; of RFC 3986's names those
/// without escapes and sub-delimiters, which no host has.
Result<> check_host(const Headers& headers, bool required);

}  // namespace quaymaster::http
