#pragma once

#include <string_view>

#include "base/result.h"
#include "http/request.h"

namespace quaymaster::http {

/// Splits the target of a request line into raw_path, raw_query and query. Accepts origin form, absolute form (its host
/// is ignored in favour of the Host field) and "*". Empty pairs of a query are skipped; a name without "=" has an empty
/// value. Errc::invalid: another form, a malformed percent escape in path or query, or a fragment.
/// Source: RFC 9112 section 3.2; query values as forms (WHATWG URL, application/x-www-form-urlencoded).
Result<> parse_target(std::string_view target, Request& request);

}  // namespace quaymaster::http
