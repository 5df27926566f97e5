#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace quaymaster::storage {

// Which web pages may use an account. This is not authorization: a page's requests still need a key, a token or a
// signature. Source: "Cross-Origin Resource Sharing (CORS) support for Azure Storage" (blob.md, 3.8).

struct CorsRule {
  std::vector<std::string> origins;  // "*", "https://example.org" or "https://*.example.org"; case counts
  std::vector<std::string> methods;
  std::vector<std::string> allowed_headers;  // "*", names, or "x-ms-meta-*"; case is ignored
  std::vector<std::string> exposed_headers;
  std::uint64_t max_age = 0;  // seconds
};
using CorsRules = std::vector<CorsRule>;

/// The element <Cors> of the service properties. Errc::invalid: kMissingXml, kInvalidXmlValue (an unknown method, or
/// beyond the published limits), kInvalidXml.
Result<CorsRules> parse_cors_rules(std::string_view xml);

/// The answer to OPTIONS by the first rule that matches origin, method and headers. Errc::invalid kInvalidHeaderValue:
/// origin or method is missing. Errc::forbidden kCorsPreflight: no rule matches.
Result<http::Reply> answer_preflight(const http::Request& request, const CorsRules& rules);

/// Adds to a finished answer what a browser needs: Access-Control-* by the first rule that matches, and Vary: Origin
/// where the answer would differ for another page.
void add_cors_headers(http::Headers& answer, const http::Request& request, const CorsRules& rules);

}  // namespace quaymaster::storage
