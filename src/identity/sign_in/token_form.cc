#include "identity/sign_in/token_form.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::identity {

Result<Form> parse_form(std::string_view body) {
  Form form;
  while (!body.empty()) {
    const auto pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) {
      TRY(auto name, form_decode(pair.substr(0, equals)));
      TRY(auto value, form_decode(pair.substr(equals + 1)));
      form.emplace_back(std::move(name), std::move(value));
    }
  }
  return form;
}

std::string_view value(const Form& form, std::string_view name) {
  const auto found = std::ranges::find(form, name, [](const auto& pair) { return std::string_view(pair.first); });
  return found == form.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::string_view> identity_secret(const http::Request& request) {
  const auto field = request.headers.get("X-IDENTITY-HEADER");
  return field ? field : request.headers.get("Secret");
}

Result<TokenClient> client_of(const http::Request& request, const Form& form) {
  const auto field = request.headers.get("Authorization");
  if (!field || field->size() < 6 || !equal_ignoring_case(field->substr(0, 6), "Basic ")) {
    return TokenClient{std::string(value(form, "client_id")), std::string(value(form, "client_secret")), false};
  }
  TRY(const auto decoded, decode_base64(field->substr(6)));
  const auto pair = as_text(decoded);
  const auto colon = pair.find(':');
  if (colon == std::string_view::npos) {
    return invalid("no colon in the basic credentials");
  }
  TRY(auto id, form_decode(pair.substr(0, colon)));
  TRY(auto secret, form_decode(pair.substr(colon + 1)));
  return TokenClient{std::move(id), std::move(secret), true};
}

std::string resource_of(const Form& form) {
  if (const auto resource = value(form, "resource"); !resource.empty()) {
    return std::string(resource);
  }
  static constexpr std::string_view kDefault = "/.default";
  auto scopes = value(form, "scope");
  while (!scopes.empty()) {
    const auto scope = scopes.substr(0, scopes.find(' '));
    scopes.remove_prefix(std::min(scopes.size(), scope.size() + 1));
    if (scope.ends_with(kDefault)) {
      return std::string(scope.substr(0, scope.size() - kDefault.size()));
    }
  }
  return {};
}

}  // namespace quaymaster::identity
