#include "auth/sign_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/encode.h"
#include "http/offload.h"
#include "wire/json.h"

namespace quaymaster::auth {

struct TokenRefusal {
  int status;
  std::string_view error;
  int number;
  std::string_view text;  // "{}" takes one argument
};

namespace {

constexpr std::size_t kLargestForm = 64 * kKiB;

/// Everything under "/{tenant}/". Source: clients.md, 3.2 and 3.3, and the public endpoints of Entra ID and ADFS.
enum class Page { configuration, configuration_v2, keys, instance, token, token_v2 };
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
};
constexpr std::string_view kMetadata = "/metadata/endpoints";

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
  const auto found = std::ranges::find_if(
      kAddresses, [&](const Address& one) { return equal_ignoring_case(one.rest, path.substr(end)); });
  if (found == std::end(kAddresses)) {
    return std::nullopt;
  }
  return Place{to_lower(path.substr(1, end - 1)), &*found};
}

http::Reply json_reply(int status, std::string body) {
  http::Reply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "application/json; charset=utf-8");
  reply.headers.add("Cache-Control", "no-store, no-cache");
  reply.headers.add("Pragma", "no-cache");
  reply.headers.add("X-Content-Type-Options", "nosniff");
  reply.headers.add("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  reply.body = std::move(body);
  return reply;
}

// The published answers of the token endpoint. Numbers and texts as Entra ID gives them (clients.md, 3.4).
constexpr TokenRefusal kUnknownTenant{400, "invalid_request", 90002,
                                      "Tenant '{}' not found. Check to make sure you have the correct tenant ID."};
constexpr TokenRefusal kMissingParameter{400, "invalid_request", 900144,
                                         "The request body must contain the following parameter: '{}'."};
constexpr TokenRefusal kUnsupportedGrant{
    400, "unsupported_grant_type", 70003,
    "The app requested an unsupported grant type '{}'. Offered: client_credentials."};
constexpr TokenRefusal kMissingSecret{401, "invalid_client", 7000218,
                                      "The request body must contain the following parameter: 'client_secret'."};
constexpr TokenRefusal kWrongSecret{401, "invalid_client", 7000215, "Invalid client secret provided."};
constexpr TokenRefusal kWrongScope{
    400, "invalid_scope", 70011,
    "The provided value for the input parameter 'scope' is not valid. The scope '{}' must "
    "be one resource followed by '/.default'."};
constexpr TokenRefusal kUnknownResource{400, "invalid_resource", 500011,
                                        "The resource principal named '{}' was not found in the tenant."};
constexpr TokenRefusal kBadForm{400, "invalid_request", 90014, "The request body is not a form: {}."};
constexpr TokenRefusal kUnavailable{503, "temporarily_unavailable", 90033,
                                    "A transient error has occurred. Please try again."};

struct TokenError {
  std::string error;
  std::string description;
  std::vector<std::int32_t> codes;
  std::string timestamp;
  std::string trace;
  std::string correlation;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("error", &TokenError::error),       field("error_description", &TokenError::description),
                      field("error_codes", &TokenError::codes), field("timestamp", &TokenError::timestamp),
                      field("trace_id", &TokenError::trace),    field("correlation_id", &TokenError::correlation)};
  }
};

struct Token {
  std::string type = "Bearer";
  std::int64_t expires_in = 0;
  std::int64_t extended = 0;
  std::string token;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("token_type", &Token::type), field("expires_in", &Token::expires_in),
                      field("ext_expires_in", &Token::extended), field("access_token", &Token::token)};
  }
};

/// Version 1 writes its numbers as text and names the resource.
struct TokenV1 {
  std::string type = "Bearer";
  std::string expires_in;
  std::string extended;
  std::string expires_on;
  std::string not_before;
  std::string resource;
  std::string token;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("token_type", &TokenV1::type),         field("expires_in", &TokenV1::expires_in),
                      field("ext_expires_in", &TokenV1::extended), field("expires_on", &TokenV1::expires_on),
                      field("not_before", &TokenV1::not_before),   field("resource", &TokenV1::resource),
                      field("access_token", &TokenV1::token)};
  }
};

struct Configuration {
  std::string issuer;
  std::string authorization;
  std::string token;
  std::string device;
  std::string keys;
  std::vector<std::string> response_types{"code", "id_token"};
  std::vector<std::string> subject_types{"pairwise"};
  std::vector<std::string> algorithms{"RS256"};
  std::vector<std::string> methods{"client_secret_post", "client_secret_basic"};
  static constexpr auto wire() {
    using wire::field;
    using C = Configuration;
    return std::tuple{field("issuer", &C::issuer),
                      field("authorization_endpoint", &C::authorization),
                      field("token_endpoint", &C::token),
                      field("device_authorization_endpoint", &C::device),
                      field("jwks_uri", &C::keys),
                      field("response_types_supported", &C::response_types),
                      field("subject_types_supported", &C::subject_types),
                      field("id_token_signing_alg_values_supported", &C::algorithms),
                      field("token_endpoint_auth_methods_supported", &C::methods)};
  }
};

std::string issuer_of(std::string_view base, std::string_view tenant, bool adfs, bool version2) {
  return adfs       ? fmt::format("{}/adfs", base)
         : version2 ? fmt::format("{}/{}/v2.0", base, tenant)
                    : fmt::format("{}/{}/", base, tenant);
}

std::string configuration(std::string_view base, std::string_view tenant, bool adfs, bool version2) {
  const auto root = adfs ? fmt::format("{}/adfs", base) : fmt::format("{}/{}", base, tenant);
  const std::string_view version = version2 && !adfs ? "/v2.0" : "";
  Configuration answer;
  answer.issuer = issuer_of(base, tenant, adfs, version2);
  answer.authorization = fmt::format("{}/oauth2{}/authorize", root, version);
  answer.token = fmt::format("{}/oauth2{}/token", root, version);
  answer.device = fmt::format("{}/oauth2{}/devicecode", root, version);
  answer.keys = fmt::format("{}/discovery{}/keys", root, version);
  return wire::to_json(answer);
}

/// Both shapes of clients.md 3.1: one object in 2015, an array of clouds since 2019.
std::string metadata(std::string_view base, const SignInOptions& options, std::string_view version) {
  std::string name;
  wire::append_json_string(name, options.cloud_name);
  std::string suffix;
  wire::append_json_string(suffix, options.storage_suffix);
  const auto authentication =
      fmt::format(R"("authentication":{{"loginEndpoint":"{0}/adfs","audiences":["{0}/"])", base);
  if (version < "2018") {
    return fmt::format(R"({{"galleryEndpoint":"{0}/","graphEndpoint":"{0}/","portalEndpoint":"{0}/",{1}}}}})", base,
                       authentication);
  }
  return fmt::format(
      R"([{{"name":{1},"portal":"{0}/","resourceManager":"{0}/","graph":"{0}/","graphAudience":"{0}/",)"
      R"("gallery":"{0}/","batch":"{0}/","media":"{0}/","sqlManagement":"{0}/","activeDirectoryDataLake":"{0}/",)"
      R"("vmImageAliasDoc":"",{2},"tenant":"common","identityProvider":"ADFS"}},"suffixes":{{"storage":{3},)"
      R"("keyVaultDns":"vault.invalid","sqlServerHostname":"sql.invalid","acrLoginServer":"acr.invalid",)"
      R"("azureDataLakeStoreFileSystem":"dls.invalid","azureDataLakeAnalyticsCatalogAndJob":"dla.invalid"}}}}])",
      base, name, authentication, suffix);
}

std::string instance(std::string_view base, std::string_view tenant) {
  const auto host = base.substr(base.find("//") + 2);
  return fmt::format(
      R"({{"tenant_discovery_endpoint":"{0}/{1}/v2.0/.well-known/openid-configuration","api-version":"1.1",)"
      R"("metadata":[{{"preferred_network":"{2}","preferred_cache":"{2}","aliases":["{2}"]}}]}})",
      base, tenant, host);
}

using Form = std::vector<std::pair<std::string, std::string>>;

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

struct Client {
  std::string id;
  std::string secret;
  bool basic = false;
};

/// From the Authorization field when it is there (RFC 6749, 2.3.1), from the form otherwise.
Result<Client> client_of(const http::Request& request, const Form& form) {
  const auto field = request.headers.get("Authorization");
  if (!field || field->size() < 6 || !equal_ignoring_case(field->substr(0, 6), "Basic ")) {
    return Client{std::string(value(form, "client_id")), std::string(value(form, "client_secret")), false};
  }
  TRY(const auto decoded, decode_base64(field->substr(6)));
  const auto pair = as_text(decoded);
  const auto colon = pair.find(':');
  if (colon == std::string_view::npos) {
    return invalid("no colon in the basic credentials");
  }
  TRY(auto id, form_decode(pair.substr(0, colon)));
  TRY(auto secret, form_decode(pair.substr(colon + 1)));
  return Client{std::move(id), std::move(secret), true};
}

/// What the token is for: `resource` of version 1, or the one scope that ends in "/.default"; the resource keeps a
/// slash of its own ("https://host//.default" is "https://host/", as az writes it). Empty: no such scope.
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

}  // namespace

std::string base_address(const http::Request& request) {
  const auto host = request.headers.get("Host").value_or("");
  const bool clean = !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == ':' || c == '[' || c == ']' || c == '_';
  });
  return fmt::format("{}://{}", request.secure ? "https" : "http", clean ? host : "localhost");
}

SignIn::SignIn(Identity& identity, Clock& clock, ThreadPool& pool, SignInOptions options)
    : identity_(identity), clock_(clock), pool_(pool), options_(std::move(options)) {}

bool SignIn::owns(const http::Request& request) {
  return equal_ignoring_case(request.raw_path, kMetadata) || place_of(request).has_value();
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
    auto work = [&] { return answer(request, text); };
    co_return co_await http::offload(pool_, work);
  }
  co_return answer(request, text);
}

http::Reply SignIn::answer(const http::Request& request, std::string_view body) {
  const auto base = base_address(request);
  if (equal_ignoring_case(request.raw_path, kMetadata)) {
    return json_reply(200, metadata(base, options_, request.parameter("api-version").value_or("2015-01-01")));
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
      return json_reply(200, configuration(base, identity_.tenant(), adfs, false));
    case Page::configuration_v2:
      return json_reply(200, configuration(base, identity_.tenant(), adfs, true));
    case Page::keys:
      return json_reply(200, identity_.key_set());
    case Page::instance:
      return json_reply(200, instance(base, identity_.tenant()));
    case Page::token:
      return token(request, issuer_of(base, identity_.tenant(), adfs, false), !adfs, body);
    case Page::token_v2:
      return token(request, issuer_of(base, identity_.tenant(), adfs, true), false, body);
  }
  return refuse(request, 404, "no such address of the sign-in");
}

http::Reply SignIn::token(const http::Request& request, std::string_view issuer, bool version1, std::string_view body) {
  const auto form = parse_form(body);
  if (!form) {
    return refused(request, kBadForm, form.error().cause());
  }
  const auto grant = value(form.value(), "grant_type");
  if (grant.empty()) {
    return refused(request, kMissingParameter, "grant_type");
  }
  if (grant != "client_credentials") {
    return refused(request, kUnsupportedGrant, grant);
  }
  const auto client = client_of(request, form.value());
  if (!client) {
    return refused(request, kBadForm, client.error().cause());
  }
  if (client.value().id.empty()) {
    return refused(request, kMissingParameter, "client_id");
  }
  if (client.value().secret.empty()) {
    return refused(request, kMissingSecret, "");
  }
  const auto base = base_address(request);
  const auto resource = resource_of(form.value());
  if (resource.empty()) {
    const auto scope = value(form.value(), "scope");
    return scope.empty() ? refused(request, kMissingParameter, version1 ? "resource" : "scope")
                         : refused(request, kWrongScope, scope);
  }
  const auto principal = identity_.authenticate(client.value().id, client.value().secret);
  if (!principal) {
    const bool wrong = principal.error().kind() == Errc::unauthenticated;
    auto reply = refused(request, wrong ? kWrongSecret : kUnavailable, "");
    reply.cause = principal.error().cause();
    if (wrong && client.value().basic) {
      reply.headers.add("WWW-Authenticate", "Basic realm=\"Quaymaster\"");
    }
    return reply;
  }
  if (!identity_.knows_audience(resource, base)) {
    return refused(request, kUnknownResource, resource);
  }

  const auto text = identity_.issue(principal.value(), resource, issuer);
  const auto life = std::chrono::floor<std::chrono::seconds>(identity_.token_life()).count();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  if (version1) {
    return json_reply(200, wire::to_json(TokenV1{"Bearer", std::to_string(life), std::to_string(life),
                                                 std::to_string(now + life), std::to_string(now), resource, text}));
  }
  return json_reply(200, wire::to_json(Token{"Bearer", life, life, text}));
}

http::Reply SignIn::refused(const http::Request& request, const TokenRefusal& refusal,
                            std::string_view argument) const {
  const auto trace = request.id.text();
  const auto text = fmt::format("AADSTS{}: {}", refusal.number, fmt::format(fmt::runtime(refusal.text), argument));
  const auto stamp = format_time(clock_.now());
  TokenError error;
  error.error = refusal.error;
  error.description = text;
  error.codes = {refusal.number};
  error.timestamp = fmt::format("{} {}Z", std::string_view(stamp).substr(0, 10), std::string_view(stamp).substr(11, 8));
  error.trace = trace;
  error.correlation = request.headers.get("client-request-id").value_or(trace);
  auto reply = json_reply(refusal.status, wire::to_json(error));
  reply.cause = text;
  return reply;
}

}  // namespace quaymaster::auth
