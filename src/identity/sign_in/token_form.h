#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace quaymaster::identity {

/// The body of a token request: names and values, decoded, in their order.
using Form = std::vector<std::pair<std::string, std::string>>;

/// Errc::invalid: an escape that is none.
Result<Form> parse_form(std::string_view body);
/// The first of that name; empty: none.
std::string_view value(const Form& form, std::string_view name);

inline constexpr std::string_view kClientCredentials = "client_credentials";

/// The field in which managed identities of an App Service show what they were given at their start; none: there is no
/// such field.
std::optional<std::string_view> identity_secret(const http::Request& request);

/// Who a token request says it is from.
struct TokenClient {
  std::string id;
  std::string secret;
  bool basic = false;
};
/// From the Authorization field when it is there (RFC 6749, 2.3.1), from the form otherwise.
Result<TokenClient> client_of(const http::Request& request, const Form& form);

/// What the token is for: `resource` of version 1, or the one scope that ends in "/.default"; the resource keeps a
/// slash of its own ("https://host//.default" is "https://host/", as az writes it). Empty: no such scope.
std::string resource_of(const Form& form);

}  // namespace quaymaster::identity
