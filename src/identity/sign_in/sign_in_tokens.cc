#include <fmt/format.h>

#include <algorithm>

#include "base/encode.h"
#include "http/request_ids.h"
#include "identity/principals/network.h"
#include "identity/principals/shown.h"
#include "identity/sign_in/client_assertion.h"
#include "identity/sign_in/sign_in.h"
#include "identity/sign_in/sign_in_reply.h"
#include "wire/json.h"

// Everything that issues tokens: the grants of the token endpoint, device codes, managed identities.
namespace quaymaster::identity {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct TokenError {
  std::string error;
  std::string description;
  std::vector<std::int32_t> codes;
  std::string timestamp;
  std::string trace;
  std::string correlation;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&TokenError::error>("error"), field<&TokenError::description>("error_description"),
                         field<&TokenError::codes>("error_codes"), field<&TokenError::timestamp>("timestamp"),
                         field<&TokenError::trace>("trace_id"), field<&TokenError::correlation>("correlation_id")});
  }
};

struct Token {
  std::string type = "Bearer";
  std::int64_t expires_in = 0;
  std::int64_t extended = 0;
  std::string token;
  std::optional<std::string> refresh, identity, client;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&Token::type>("token_type"), field<&Token::expires_in>("expires_in"),
                         field<&Token::extended>("ext_expires_in"), field<&Token::token>("access_token"),
                         field<&Token::refresh>("refresh_token"), field<&Token::identity>("id_token"),
                         field<&Token::client>("client_info")});
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
  std::optional<std::string> refresh, identity, client;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&TokenV1::type>("token_type"), field<&TokenV1::expires_in>("expires_in"),
                         field<&TokenV1::extended>("ext_expires_in"), field<&TokenV1::expires_on>("expires_on"),
                         field<&TokenV1::not_before>("not_before"), field<&TokenV1::resource>("resource"),
                         field<&TokenV1::token>("access_token"), field<&TokenV1::refresh>("refresh_token"),
                         field<&TokenV1::identity>("id_token"), field<&TokenV1::client>("client_info")});
  }
};

/// What people get in addition: a refresh token and an id token.
struct Personal {
  std::optional<std::string> refresh, identity, client;
};

struct DeviceAnswer {
  std::string user_code, device_code, address, old_address;
  std::int64_t life = 0;
  std::int64_t interval = 5;
  std::string message;
  static constexpr auto wire() {
    using wire::field;
    using T = DeviceAnswer;
    return wire::fields({field<&T::user_code>("user_code"), field<&T::device_code>("device_code"),
                         field<&T::address>("verification_uri"), field<&T::old_address>("verification_url"),
                         field<&T::life>("expires_in"), field<&T::interval>("interval"),
                         field<&T::message>("message")});
  }
};

/// Managed identities write their numbers as text.
struct IdentityToken {
  std::string token, client_id, expires_in, expires_on, extended, not_before, resource, type;
  static constexpr auto wire() {
    using wire::field;
    using T = IdentityToken;
    return wire::fields({field<&T::token>("access_token"), field<&T::client_id>("client_id"),
                         field<&T::expires_in>("expires_in"), field<&T::expires_on>("expires_on"),
                         field<&T::extended>("ext_expires_in"), field<&T::not_before>("not_before"),
                         field<&T::resource>("resource"), field<&T::type>("token_type")});
  }
};
struct IdentityError {
  std::string error, description;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&IdentityError::error>("error"), wire::field<&IdentityError::description>("error_description")});
  }
};

/// The wait reported to a client: whole seconds, at least one.
std::string seconds_of(Ticks wait) {
  return std::to_string(std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(wait).count(), 1));
}

}  // namespace

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

struct SignIn::GrantType {
  std::string_view name;
  Grant (SignIn::*grant)(const Exchange& exchange);
};
const SignIn::GrantType SignIn::kGrantTypes[] = {
    {kClientCredentials, &SignIn::by_client},
    {"refresh_token", &SignIn::by_refresh_token},
    {"urn:ietf:params:oauth:grant-type:device_code", &SignIn::by_device_code},
    {"device_code", &SignIn::by_device_code},  // version 1
};

http::Reply SignIn::token(const http::Request& request, std::string_view issuer, bool version1, std::string_view body,
                          const Proof& proof) {
  auto form = parse_form(body);
  if (!form) {
    return refused(request, kBadForm, form.error().cause());
  }
  const Exchange exchange{request, std::move(form).value(), base_address(request), std::string(issuer), version1,
                          proof};
  const auto name = value(exchange.form, "grant_type");
  if (name.empty()) {
    return refused(request, kMissingParameter, "grant_type");
  }
  const auto type = std::ranges::find(kGrantTypes, name, &GrantType::name);
  if (type == std::end(kGrantTypes)) {
    return refused(request, kUnsupportedGrant, "");
  }
  auto grant = (this->*type->grant)(exchange);
  if (grant.refusal == nullptr && !issuer_.knows_audience(grant.resource)) {
    grant.refusal = &kUnknownResource;
    grant.argument = shown(grant.resource);
  }
  if (grant.refusal != nullptr) {
    if (grant.refusal != &kPending) {
      const auto client = client_of(request, exchange.form);
      note_refused(request, "token", client ? client.value().id : "", *grant.refusal, proof);
    }
    auto reply = refused(request, *grant.refusal, grant.argument);
    if (!grant.cause.empty()) {
      reply.cause = grant.cause;
    }
    if (grant.refusal == &kTooManyTries) {
      reply.headers.add("Retry-After", seconds_of(proof.wait));
    }
    if (grant.refusal == &kWrongSecret && request.headers.get("Authorization")) {
      reply.headers.add("WWW-Authenticate", "Basic realm=\"Quaymaster\"");
    }
    return reply;
  }
  note_given(request, "token", grant.principal);

  Personal personal;
  if (grant.use.names_person) {
    personal.refresh = personal_.issue_refresh(grant.principal, issuer);
    personal.identity = personal_.issue(grant.principal, value(exchange.form, "client_id"), issuer, grant.use);
    personal.client =
        base64url(as_bytes(fmt::format(R"({{"uid":"{}","utid":"{}"}})", grant.principal.object_id, issuer_.tenant())));
  }
  const auto text = personal_.issue(grant.principal, grant.resource, issuer, grant.use);
  const auto life = std::chrono::floor<std::chrono::seconds>(issuer_.token_life()).count();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  if (version1) {
    return json_reply(200, wire::to_json(TokenV1{"Bearer", std::to_string(life), std::to_string(life),
                                                 std::to_string(now + life), std::to_string(now), grant.resource, text,
                                                 personal.refresh, personal.identity, personal.client}));
  }
  return json_reply(
      200, wire::to_json(Token{"Bearer", life, life, text, personal.refresh, personal.identity, personal.client}));
}

void SignIn::note_given(const http::Request& request, std::string_view operation, const Principal& principal) const {
  if (options_.audit == nullptr) {
    return;
  }
  auto entry = request_entry(request, "sign-in");
  entry.operation = operation;
  entry.who = principal.object_id;
  entry.name = principal.name;
  entry.status = 200;
  options_.audit->note(std::move(entry));
}

/// Of the secrets that were not checked, logs only the first after each that was, however many a flood brings.
void SignIn::note_refused(const http::Request& request, std::string_view operation, std::string_view client_id,
                          const TokenRefusal& refusal, const Proof& proof) const {
  if (options_.audit == nullptr || (&refusal == &kTooManyTries && !proof.is_new)) {
    return;
  }
  auto entry = request_entry(request, "sign-in");
  entry.operation = operation;
  if (parse_guid(client_id)) {  // as claimed
    entry.name = client_id;
  }
  entry.status = refusal.status;
  entry.code = refusal.error;
  options_.audit->note_denial(std::move(entry));
}

const TokenRefusal* SignIn::refusal_of(const Proof& proof, std::string_view client_id) {
  switch (proof.state) {
    case Proof::State::right:
      return nullptr;
    case Proof::State::none:
      return &kMissingSecret;
    case Proof::State::throttled:
    case Proof::State::busy:
      return &kTooManyTries;
    case Proof::State::failed:
      return &kUnavailable;
    case Proof::State::wrong:
      break;
  }
  // Client ids are not secret (doc/access.md), and Entra also distinguishes a wrong id from a wrong secret.
  const auto known = issuer_.access().by_client(client_id);
  return !known ? &kUnavailable : known.value() ? &kWrongSecret : &kUnknownClient;
}

SignIn::Grant SignIn::by_client(const Exchange& exchange) {
  const auto client = client_of(exchange.request, exchange.form);
  if (!client) {
    return {&kBadForm, client.error().cause()};
  }
  const auto& [id, secret, basic] = client.value();
  if (id.empty()) {
    return {&kMissingParameter, "client_id"};
  }
  const auto assertion = value(exchange.form, "client_assertion");
  if (secret.empty() && assertion.empty()) {
    return {&kMissingSecret};
  }
  const auto resource = resource_of(exchange.form);
  if (resource.empty()) {
    const auto scope = value(exchange.form, "scope");
    return scope.empty() ? Grant{&kMissingParameter, exchange.is_version1 ? "resource" : "scope"} : Grant{&kWrongScope};
  }
  Grant grant;
  if (!assertion.empty()) {
    grant = by_assertion(exchange, id, assertion);
  } else {
    const auto& proof = exchange.proof;
    grant.principal = proof.principal;
    grant.refusal = refusal_of(proof, id);
    grant.argument = grant.refusal == &kTooManyTries ? seconds_of(proof.wait) : shown(id);
    grant.cause = proof.cause;
  }
  grant.resource = resource;
  return grant;
}

SignIn::Grant SignIn::by_assertion(const Exchange& exchange, std::string_view client_id, std::string_view assertion) {
  if (const auto type = value(exchange.form, "client_assertion_type"); type != kAssertionType) {
    return {&kWrongAssertionType};
  }
  const auto entry = issuer_.access().by_client(client_id);
  if (!entry) {
    return {&kUnavailable, "", entry.error().cause()};
  }
  if (!entry.value()) {
    return {&kUnknownClient, shown(client_id)};
  }
  auto certificates = options_.certificates ? options_.certificates(entry.value()->client_id)
                                            : Result<std::string>(not_found("no certificates here"));
  if (!certificates && certificates.error().kind() != Errc::not_found) {
    return {&kUnavailable, "", certificates.error().cause()};
  }
  const auto pem = certificates ? std::move(certificates).value() : std::string();
  // Clients use the address that they send to, or the issuer of either version.
  const auto& tenant = issuer_.tenant();
  std::vector<std::string> audiences{exchange.base + exchange.request.raw_path, exchange.issuer};
  for (const auto& root : {std::string("adfs"), tenant, std::string("common"), std::string("organizations")}) {
    audiences.push_back(fmt::format("{}/{}/oauth2/token", exchange.base, root));
    audiences.push_back(fmt::format("{}/{}/oauth2/v2.0/token", exchange.base, root));
  }
  const AssertionRule rule{client_id, pem, audiences, clock_.now()};
  if (const auto* refusal = refuse_assertion(assertion, rule)) {
    return {refusal, shown(client_id)};
  }
  const auto& one = *entry.value();
  Grant grant;
  grant.principal = {one.object_id, one.client_id, tenant, one.name};
  grant.use.how = "2";
  return grant;
}

namespace {

/// Tokens for people, who sign in on another device and renew with refresh tokens.
constexpr TokenUse kPersonal{"0", "user", true};

}  // namespace

SignIn::Grant SignIn::by_refresh_token(const Exchange& exchange) {
  const auto text = value(exchange.form, "refresh_token");
  if (text.empty() || value(exchange.form, "client_id").empty()) {
    return {&kMissingParameter, text.empty() ? "refresh_token" : "client_id"};
  }
  auto principal = personal_.redeem(text);
  if (!principal) {
    const auto kind = principal.error().kind();
    const auto* const row = kind == Errc::forbidden         ? &kExpiredGrant
                            : kind == Errc::unauthenticated ? &kBadGrant
                                                            : &kUnavailable;
    return {row, "", principal.error().cause()};
  }
  auto resource = resource_of(exchange.form);
  return {nullptr,  "", "", std::move(principal).value(), resource.empty() ? exchange.base + "/" : std::move(resource),
          kPersonal};
}

SignIn::Grant SignIn::by_device_code(const Exchange& exchange) {
  const auto long_name = value(exchange.form, "device_code");
  const auto code = long_name.empty() ? value(exchange.form, "code") : long_name;  // version 1 says "code"
  if (code.empty()) {
    return {&kMissingParameter, "device_code"};
  }
  auto polled = device_codes_.poll(code, value(exchange.form, "client_id"));
  switch (polled.state) {
    case DeviceCodes::State::unknown:
      return {&kBadDeviceCode};
    case DeviceCodes::State::expired:
      return {&kExpiredDeviceCode};
    case DeviceCodes::State::pending:
      return {&kPending};
    case DeviceCodes::State::approved:
      break;
  }
  auto resource = resource_of(exchange.form);
  return {nullptr,  "", "", std::move(polled.principal), resource.empty() ? polled.resource : std::move(resource),
          kPersonal};
}

std::optional<Principal> SignIn::open_principal() {
  if (options_.open_client.empty()) {
    return std::nullopt;
  }
  const auto entry = issuer_.access().by_client(options_.open_client);
  if (!entry || !entry.value()) {
    return std::nullopt;
  }
  return Principal{entry.value()->object_id, entry.value()->client_id, issuer_.tenant(), entry.value()->name};
}

http::Reply SignIn::device_code(const http::Request& request, std::string_view body) {
  const auto form = parse_form(body);
  if (!form) {
    return refused(request, kBadForm, form.error().cause());
  }
  const auto client = value(form.value(), "client_id");
  if (client.empty()) {
    return refused(request, kMissingParameter, "client_id");
  }
  const auto base = base_address(request);
  auto resource = resource_of(form.value());
  if (!resource.empty() && !issuer_.knows_audience(resource)) {
    return refused(request, kUnknownResource, shown(resource));
  }
  const auto started = device_codes_.start(std::string(client), resource.empty() ? base + "/" : std::move(resource),
                                           network_of(request.peer));
  if (auto principal = open_principal()) {
    device_codes_.approve(started.user_code, std::move(*principal));
  }
  DeviceAnswer answer;
  answer.user_code = started.user_code;
  answer.device_code = started.device_code;
  answer.address = fmt::format("{}/{}/oauth2/deviceauth", base, issuer_.tenant());
  answer.old_address = answer.address;
  answer.life = std::chrono::seconds(DeviceCodes::kLife).count();
  answer.message =
      fmt::format("To sign in, use a web browser to open the page {} and enter the code {} to authenticate.",
                  answer.address, started.user_code);
  return json_reply(200, wire::to_json(answer));
}

/// The page for people: asks for the code and a principal's id and secret. It repeats nothing that was sent to it.
http::Reply SignIn::device_page(const http::Request& request, std::string_view body, const Proof& proof) {
  constexpr std::string_view kOperation = "device code";
  std::string remark = "Enter the code shown on the other device, and the id and secret of a principal.";
  int status = 200;
  const auto form = parse_form(body);
  const auto client = form ? std::string(value(form.value(), "client_id")) : std::string();
  const auto* const refusal = request.method == http::Method::post ? refusal_of(proof, client) : nullptr;
  if (refusal != nullptr) {
    status = refusal->status == 429 || refusal->status == 503 ? refusal->status : 401;
    remark = status == 401
                 ? std::string("The id or the secret is wrong.")
                 : fmt::format("This cannot be checked now. Try again in {} seconds.", seconds_of(proof.wait));
    if (proof.state != Proof::State::none) {
      note_refused(request, kOperation, client, *refusal, proof);
    }
  } else if (request.method == http::Method::post) {
    const bool approved = device_codes_.approve(value(form.value(), "user_code"), proof.principal);
    remark = approved ? "Done. The other device continues by itself." : "The code is unknown or has expired.";
    if (approved) {
      note_given(request, kOperation, proof.principal);
    }
  }
  auto reply = json_reply(status, fmt::format("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign "
                                              "in</title><body><h1>Sign in</h1><p>{}</p>"
                                              "<form method=\"post\"><p><label>Code <input name=\"user_code\" "
                                              "autocomplete=\"off\"></label></p><p><label>Client id "
                                              "<input name=\"client_id\"></label></p><p><label>Secret <input "
                                              "name=\"client_secret\" type=\"password\"></label></p>"
                                              "<p><button>Sign in</button></p></form></body></html>\n",
                                              remark));
  reply.headers.set("Content-Type", "text/html; charset=utf-8");
  reply.headers.add("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
  reply.cause = proof.cause;
  if (status == 429) {
    reply.headers.add("Retry-After", seconds_of(proof.wait));
  }
  return reply;
}

/// Three forms: a virtual machine's (GET, field Metadata), an App Service's (GET with the secret from its environment
/// in X-IDENTITY-HEADER or Secret), a Cloud Shell's (POST of a form, field Metadata). Our secret is
/// "CLIENT-ID:CLIENT-SECRET"; the forms without one are only for servers whose secrets are public.
http::Reply SignIn::managed_identity(const http::Request& request, std::string_view body, const Proof& proof) {
  const auto refuse_shape = [](int status, std::string_view text, std::string cause) {
    auto reply = json_reply(status, wire::to_json(IdentityError{"invalid_request", std::string(text)}));
    reply.cause = std::move(cause);
    return reply;
  };
  const auto form = parse_form(body);
  if (!form) {
    return refuse_shape(400, "The request body is not a form", form.error().cause());
  }
  const auto given = [&](std::string_view name) {
    const auto text = value(form.value(), name);
    return text.empty() ? std::string(request.parameter(name).value_or("")) : std::string(text);
  };
  std::optional<Principal> principal;
  if (const auto secret = identity_secret(request)) {
    const auto client = secret->substr(0, secret->find(':'));
    if (const auto* const refusal = refusal_of(proof, client)) {
      note_refused(request, "token", client, *refusal, proof);
      if (refusal != &kTooManyTries && refusal != &kUnavailable) {
        return refuse_shape(401, "The identity header is not valid", proof.cause);
      }
      auto reply = refuse_shape(refusal->status, "The identity header cannot be checked now", proof.cause);
      reply.headers.add("Retry-After", seconds_of(proof.wait));
      return reply;
    }
    principal = proof.principal;
  } else if (!equal_ignoring_case(request.headers.get("Metadata").value_or(""), "true")) {
    return refuse_shape(400, "Required metadata header not specified", "no Metadata field");
  } else {
    principal = open_principal();
  }
  const auto wanted = given("client_id");
  if (!principal || (!wanted.empty() && !equal_ignoring_case(wanted, principal->client_id))) {
    return refuse_shape(400, "Identity not found",
                        principal ? "another client id" : "no identity without a secret here");
  }
  const auto resource = given("resource");
  if (resource.empty()) {
    return refuse_shape(400, "Required query variable 'resource' is missing", "no resource");
  }
  const auto base = base_address(request);
  if (!issuer_.knows_audience(resource)) {
    return refused(request, kUnknownResource, shown(resource));
  }
  note_given(request, "token", *principal);
  const auto issuer = fmt::format("{}/{}/", base, issuer_.tenant());
  const auto life = std::chrono::floor<std::chrono::seconds>(issuer_.token_life()).count();
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  const auto text = personal_.issue(*principal, resource, issuer, TokenUse{"2", "app", false});
  return json_reply(
      200, wire::to_json(IdentityToken{text, principal->client_id, std::to_string(life), std::to_string(now + life),
                                       std::to_string(life), std::to_string(now), resource, "Bearer"}));
}

http::Reply SignIn::refused(const http::Request& request, const TokenRefusal& refusal,
                            std::string_view argument) const {
  const auto trace = request.id.text();
  const auto text = fmt::format("AADSTS{}: {}", refusal.number, fmt::format(fmt::runtime(refusal.text), argument));
  const auto stamp = format_time(clock_.now());
  TokenError error;
  error.error = refusal.error;
  error.codes = {refusal.number};
  error.timestamp = fmt::format("{} {}Z", std::string_view(stamp).substr(0, 10), std::string_view(stamp).substr(11, 8));
  error.trace = trace;
  error.correlation = http::correlation_id(request, "client-request-id");
  error.description =
      fmt::format("{} Trace ID: {} Correlation ID: {} Timestamp: {}", text, trace, error.correlation, error.timestamp);
  auto reply = json_reply(refusal.status, wire::to_json(error));
  reply.cause = text;
  return reply;
}

}  // namespace quaymaster::identity
