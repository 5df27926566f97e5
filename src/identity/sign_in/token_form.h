#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"

namespace quaymaster::identity {

/// The body of a token request: names and values, decoded, in their order.
using Form = std::vector<std::pair<std::string, std::string>>;

/// Errc::invalid: a malformed escape.
Result<Form> parse_form(std::string_view body);
/// The first of that name; empty: none.
std::string_view value(const Form& form, std::string_view name);

inline constexpr std::string_view kClientCredentials = "client_credentials";

/// The field in which managed identities of an App Service send the secret from their environment; none: the field is
/// absent.
std::optional<std::string_view> identity_secret(const http::Request& request);

/// The client credentials of a token request.
struct TokenClient {
  std::string id;
  std::string secret;
  bool basic = false;
};
/// From the Authorization field when present (RFC 6749, 2.3.1), otherwise from the form.
Result<TokenClient> client_of(const http::Request& request, const Form& form);

/// What the token is for: `resource` of version 1, or the one scope that ends in "/.default"; a slash that belongs to
/// the resource is kept ("https://host//.default" is "https://host/", as az writes it). Empty: no such scope.
std::string resource_of(const Form& form);

}  // namespace quaymaster::identity
