#include "auth/sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "auth/sign_in_documents.h"
#include "auth/sign_in_reply.h"
#include "http/offload.h"

namespace quaymaster::auth {
namespace {

constexpr std::size_t kLargestForm = 64 * kKiB;

/// Everything under "/{tenant}/". Source: clients.md, 3.2 and 3.3, and the public endpoints of Entra ID and ADFS.
enum class Page { configuration, configuration_v2, keys, instance, token, token_v2, device_code, device_page };
struct Address {
  std::string_view rest;  // behind the tenant
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

SignIn::SignIn(Identity& identity, PersonalTokens& personal, Clock& clock, ThreadPool& pool, SignInOptions options)
    : identity_(identity),
      personal_(personal),
      clock_(clock),
      pool_(pool),
      options_(std::move(options)),
      device_codes_(clock, random_),
      graph_(identity) {}

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
      reply.close = true;  // what is left of the body was not read
      co_return reply;
    }
    text = std::move(read).value();
  }
  if (request.method == http::Method::post || is_managed_identity(request) || Graph::owns(request)) {
    auto work = [&] { return answer(request, text); };
    co_return co_await http::offload(pool_, work);
  }
  co_return answer(request, text);
}

http::Reply SignIn::answer(const http::Request& request, std::string_view body) {
  const auto base = base_address(request);
  if (equal_ignoring_case(request.raw_path, kMetadata)) {
    return json_reply(200, metadata_document(base, options_.cloud_name, options_.storage_suffix,
                                             request.parameter("api-version").value_or("2015-01-01")));
  }
  if (is_managed_identity(request)) {
    return managed_identity(request, body);
  }
  if (Graph::owns(request)) {
    return graph_.answer(request, body);
  }
  const auto place = place_of(request);
  if (!place || place->address->method != request.method) {
    return refuse(request, place ? 405 : 404, "no such address of the sign-in");
  }
  const bool adfs = place->tenant == "adfs";
  if (!adfs && place->tenant != "common" && place->tenant != "organizations" && place->tenant != identity_.tenant()) {
    return refused(request, kUnknownTenant, place->tenant);
  }
  switch (place->address->page) {
    case Page::configuration:
      return json_reply(200, configuration_document(base, identity_.tenant(), adfs, false));
    case Page::configuration_v2:
      return json_reply(200, configuration_document(base, identity_.tenant(), adfs, true));
    case Page::keys:
      return json_reply(200, identity_.key_set());
    case Page::instance:
      return json_reply(200, instance_document(base, identity_.tenant()));
    case Page::token:
      return token(request, issuer_of(base, identity_.tenant(), adfs, false), !adfs, body);
    case Page::token_v2:
      return token(request, issuer_of(base, identity_.tenant(), adfs, true), false, body);
    case Page::device_code:
      return device_code(request, body);
    case Page::device_page:
      return device_page(request, body);
  }
  return refuse(request, 404, "no such address of the sign-in");
}

}  // namespace quaymaster::auth
