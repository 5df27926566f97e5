#pragma once

#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace quaymaster::http {

/// Takes the target of a request line apart into raw_path, raw_query and query. Origin form, absolute form (its host is
/// ignored: the Host field counts) and "*". Empty pairs of a query are skipped, a name without "=" has an empty value.
/// Errc::invalid: another form, a broken percent escape in path or query, or a fragment.
/// Source: RFC 9112 section 3.2; query values as forms (WHATWG URL, application/x-www-form-urlencoded).
Result<> parse_target(std::string_view target, Request& request);

}  // namespace quaymaster::http
