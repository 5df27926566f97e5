#include "identity/sign_in/sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "http/offload.h"
#include "identity/principals/shown.h"
#include "identity/sign_in/sign_in_documents.h"
#include "identity/sign_in/sign_in_reply.h"

namespace quaymaster::identity {
namespace {

constexpr std::size_t kLargestForm = 64 * kKiB;

/// Everything under "/{tenant}/". Source: clients.md, 3.2 and 3.3, and the public endpoints of Entra ID and ADFS.
enum class Page { configuration, configuration_v2, keys, instance, token, token_v2, device_code, device_page };
struct Address {
  std::string_view rest;  // after the tenant
  http::Method method;
  Page page;
};
constexpr Address kAddresses[] = {
    {"/.well-known/openid-configuration", http::Method::get, Page::configuration},
    {"/v2.0/.well-known/openid-configuration", http::Method::get, Page::configuration_v2},
    {"/discovery/keys", http::Method::get, Page::keys},
    {"/discovery/v2.0/keys", http::Method::get, Page::keys},
    {"/discovery/instance", http::Method::get, Page::instance},
    {"/oauth2/token", http::Method::post, Page::token},
    {"/oauth2/v2.0/token", http::Method::post, Page::token_v2},
    {"/oauth2/devicecode", http::Method::post, Page::device_code},
    {"/oauth2/v2.0/devicecode", http::Method::post, Page::device_code},
    {"/oauth2/deviceauth", http::Method::get, Page::device_page},
    {"/oauth2/deviceauth", http::Method::post, Page::device_page},
};
constexpr std::string_view kMetadata = "/metadata/endpoints";
/// Managed identities: of a virtual machine, and of an App Service or a Cloud Shell.
constexpr std::string_view kManagedIdentities[] = {"/metadata/identity/oauth2/token", "/msi/token"};

bool is_managed_identity(const http::Request& request) {
  return std::ranges::any_of(kManagedIdentities,
                             [&](std::string_view one) { return equal_ignoring_case(request.raw_path, one); });
}

struct Place {
  std::string tenant;
  const Address* address;
};

std::optional<Place> place_of(const http::Request& request) {
  const std::string_view path = request.raw_path;
  const auto end = path.find('/', 1);
  if (!path.starts_with('/') || end == std::string_view::npos) {
    return std::nullopt;
  }
  const Address* found = nullptr;
  for (const auto& one : kAddresses) {
    if (equal_ignoring_case(one.rest, path.substr(end)) && (found == nullptr || one.method == request.method)) {
      found = &one;
    }
  }
  if (found == nullptr) {
    return std::nullopt;
  }
  return Place{to_lower(path.substr(1, end - 1)), found};
}

}  // namespace

std::string base_address(const http::Request& request) {
  const auto host = request.headers.get("Host").value_or("");
  const bool clean = !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':' || c == '[' || c == ']' || c == '_';
  });
  return fmt::format("{}://{}", request.secure ? "https" : "http", clean ? host : "localhost");
}

SignIn::SignIn(Issuer& issuer, PersonalTokens& personal, Clock& clock, Pools pools, SignInOptions options)
    : issuer_(issuer),
      personal_(personal),
      clock_(clock),
      pool_(pools.requests),
      options_(std::move(options)),
      secrets_(issuer, clock, pools.secrets),
      device_codes_(clock, random_),
      graph_(issuer) {}

bool SignIn::owns(const http::Request& request) {
  return equal_ignoring_case(request.raw_path, kMetadata) || is_managed_identity(request) || Graph::owns(request) ||
         place_of(request).has_value();
}

http::Task<http::Reply> SignIn::handle(http::Request& request, http::Body& body) {
  std::string text;
  if (request.method == http::Method::post) {
    auto read = co_await http::read_all(body, kLargestForm);
    if (!read) {
      http::Reply reply = refuse(request, read.error().kind() == Errc::too_large ? 413 : 400, read.error().cause());
      reply.close = true;  // the rest of the body was not read
      co_return reply;
    }
    text = std::move(read).value();
  }
  Proof proof;
  if (const auto secret = shown_secret(request, text)) {
    proof = co_await secrets_.check(*secret);
  }
  if (request.method == http::Method::post || is_managed_identity(request) || Graph::owns(request)) {
    auto work = [&] { return respond(request, text, proof); };
    co_return co_await http::offload(pool_, work, http::share_of(request.peer));
  }
  co_return respond(request, text, proof);
}

http::Reply SignIn::answer(const http::Request& request, std::string_view body) {
  const auto secret = shown_secret(request, body);
  return respond(request, body, secret ? secrets_.check_here(*secret) : Proof{});
}

/// Managed identities of an App Service send "CLIENT-ID:CLIENT-SECRET" in a field.
std::optional<ShownSecret> SignIn::shown_secret(const http::Request& request, std::string_view body) const {
  if (is_managed_identity(request)) {
    const auto field = identity_secret(request);
    if (!field) {
      return std::nullopt;
    }
    const auto colon = field->find(':');
    return colon == std::string_view::npos
               ? ShownSecret{"", std::string(*field), request.peer}
               : ShownSecret{std::string(field->substr(0, colon)), std::string(field->substr(colon + 1)), request.peer};
  }
  const auto place = place_of(request);
  if (!place || place->address->method != http::Method::post) {
    return std::nullopt;
  }
  const auto page = place->address->page;
  const auto form = parse_form(body);
  const bool by_secret = page == Page::device_page || ((page == Page::token || page == Page::token_v2) && form &&
                                                       value(form.value(), "grant_type") == kClientCredentials &&
                                                       value(form.value(), "client_assertion").empty());
  if (!form || !by_secret) {
    return std::nullopt;
  }
  const auto client = client_of(request, form.value());
  if (!client || client.value().id.empty() || client.value().secret.empty()) {
    return std::nullopt;
  }
  return ShownSecret{client.value().id, client.value().secret, request.peer};
}

http::Reply SignIn::respond(const http::Request& request, std::string_view body, const Proof& proof) {
  const auto base = base_address(request);
  if (equal_ignoring_case(request.raw_path, kMetadata)) {
    return json_reply(200, metadata_document(base, options_.cloud_name, options_.storage_suffix,
                                             request.parameter("api-version").value_or("2015-01-01")));
  }
  if (is_managed_identity(request)) {
    return managed_identity(request, body, proof);
  }
  if (Graph::owns(request)) {
    return graph_.answer(request, body);
  }
  const auto place = place_of(request);
  if (!place || place->address->method != request.method) {
    return refuse(request, place ? 405 : 404, "unknown sign-in path");
  }
  const bool adfs = place->tenant == "adfs";
  if (!adfs && place->tenant != "common" && place->tenant != "organizations" && place->tenant != issuer_.tenant()) {
    return refused(request, kUnknownTenant, shown(place->tenant));
  }
  switch (place->address->page) {
    case Page::configuration:
      return json_reply(200, configuration_document(base, issuer_.tenant(), adfs, false));
    case Page::configuration_v2:
      return json_reply(200, configuration_document(base, issuer_.tenant(), adfs, true));
    case Page::keys:
      return json_reply(200, issuer_.key_set());
    case Page::instance:
      return json_reply(200, instance_document(base, issuer_.tenant()));
    case Page::token:
      return token(request, issuer_of(base, issuer_.tenant(), adfs, false), !adfs, body, proof);
    case Page::token_v2:
      return token(request, issuer_of(base, issuer_.tenant(), adfs, true), false, body, proof);
    case Page::device_code:
      return device_code(request, body);
    case Page::device_page:
      return device_page(request, body, proof);
  }
  return refuse(request, 404, "unknown sign-in path");
}

}  // namespace quaymaster::identity
