#include "identity/sign_in/graph.h"

#include <algorithm>
#include <optional>

#include "identity/sign_in/sign_in.h"
#include "identity/sign_in/sign_in_reply.h"
#include "wire/json.h"

namespace quaymaster::identity {
namespace {

constexpr std::string_view kRoot = "/v1.0/";
constexpr std::string_view kPrincipals = "/v1.0/servicePrincipals";
constexpr std::string_view kByIds = "/v1.0/directoryObjects/getByIds";
/// Kinds of objects that this directory never contains.
constexpr std::string_view kEmpty[] = {"/v1.0/users", "/v1.0/groups", "/v1.0/applications"};

struct ServicePrincipal {
  std::string kind = "#microsoft.graph.servicePrincipal";
  std::string id;
  std::string app_id;
  std::string name;
  std::vector<std::string> names;
  std::string type = "Application";
  std::string tenant;
  bool is_enabled = true;
  Time created;
  static constexpr auto wire() {
    using P = ServicePrincipal;
    return wire::fields({wire::field<&P::kind>("@odata.type"), wire::field<&P::id>("id"),
                         wire::field<&P::app_id>("appId"), wire::field<&P::name>("displayName"),
                         wire::field<&P::name>("appDisplayName"), wire::field<&P::names>("servicePrincipalNames"),
                         wire::field<&P::type>("servicePrincipalType"),
                         wire::field<&P::tenant>("appOwnerOrganizationId"),
                         wire::field<&P::is_enabled>("accountEnabled"), wire::field<&P::created>("createdDateTime")});
  }
};

struct ServicePrincipals {
  std::string context;
  std::vector<ServicePrincipal> value;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&ServicePrincipals::context>("@odata.context"), wire::field<&ServicePrincipals::value>("value")});
  }
};

struct Ids {
  std::vector<std::string> ids;
  static constexpr auto wire() { return wire::fields({wire::field<&Ids::ids>("ids").required()}); }
};

struct Refusal {
  std::string code;
  std::string message;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Refusal::code>("code"), wire::field<&Refusal::message>("message")});
  }
};
struct RefusalBody {
  Refusal error;
  static constexpr auto wire() { return wire::fields({wire::field<&RefusalBody::error>("error")}); }
};

http::Reply refused(int status, std::string code, std::string message) {
  auto reply = json_reply(status, wire::to_json(RefusalBody{{std::move(code), message}}));
  reply.cause = std::move(message);
  return reply;
}

ServicePrincipal principal_of(const PrincipalEntry& entry, std::string_view tenant) {
  ServicePrincipal principal;
  principal.id = entry.object_id;
  principal.app_id = entry.client_id;
  principal.name = entry.name;
  principal.names = {entry.client_id};
  principal.tenant = tenant;
  principal.created = entry.created;
  return principal;
}

http::Reply no_such(std::string_view id) {
  return refused(404, "Request_ResourceNotFound",
                 fmt::format("Resource '{}' does not exist or one of its queried reference-property objects are not "
                             "present.",
                             id));
}

/// The supported filters: a prefix, the quoted text, and a suffix.
struct Clause {
  std::string_view before;
  std::string_view behind;
  bool (*is_met)(const PrincipalEntry& entry, std::string_view text);
};
bool has_client_id(const PrincipalEntry& entry, std::string_view text) {
  return equal_ignoring_case(entry.client_id, text);
}
bool has_id(const PrincipalEntry& entry, std::string_view text) {
  return equal_ignoring_case(entry.object_id, text);
}
bool has_name(const PrincipalEntry& entry, std::string_view text) {
  return equal_ignoring_case(entry.name, text);
}
bool has_name_beginning(const PrincipalEntry& entry, std::string_view text) {
  return entry.name.size() >= text.size() &&
         equal_ignoring_case(std::string_view(entry.name).substr(0, text.size()), text);
}
constexpr Clause kClauses[] = {
    {"servicePrincipalNames/any(c:c eq '", "')", &has_client_id},
    {"servicePrincipalNames/any(x:x eq '", "')", &has_client_id},
    {"appId eq '", "'", &has_client_id},
    {"id eq '", "'", &has_id},
    {"displayName eq '", "'", &has_name},
    {"startswith(displayName,'", "')", &has_name_beginning},
};

/// The quoted text, in which '' stands for a quote; none when the filter does not have this form.
std::optional<std::string> text_of(const Clause& clause, std::string_view filter) {
  if (filter.size() < clause.before.size() + clause.behind.size() || !filter.starts_with(clause.before) ||
      !filter.ends_with(clause.behind)) {
    return std::nullopt;
  }
  filter.remove_prefix(clause.before.size());
  filter.remove_suffix(clause.behind.size());
  std::string text;
  for (std::size_t at = 0; at < filter.size(); ++at) {
    if (filter[at] == '\'' && (++at == filter.size() || filter[at] != '\'')) {
      return std::nullopt;  // the quoted text ends earlier: the filter has more than this clause
    }
    text.push_back(filter[at]);
  }
  return text;
}

std::string bearer_of(const http::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto field = request.headers.get("Authorization").value_or("");
  const bool is_bearer = field.size() > kBearer.size() && equal_ignoring_case(field.substr(0, kBearer.size()), kBearer);
  return std::string(is_bearer ? field.substr(kBearer.size()) : std::string_view());
}

}  // namespace

bool Graph::owns(const http::Request& request) {
  return std::string_view(request.raw_path).starts_with(kRoot);
}

http::Reply Graph::answer(const http::Request& request, std::string_view body) {
  if (const auto who = issuer_.verify(bearer_of(request), Audience::resource_manager, base_address(request)); !who) {
    auto reply = refused(401, "InvalidAuthenticationToken", who.error().cause());
    reply.headers.add(
        "WWW-Authenticate",
        fmt::format("Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\"", base_address(request)));
    return reply;
  }
  const std::string_view path = request.raw_path;
  if (equal_ignoring_case(path, kByIds) && request.method == http::Method::post) {
    return by_ids(request, body);
  }
  if (request.method != http::Method::get) {
    return refused(405, "Request_BadRequest",
                   "The directory is read-only here; change it with 'quaymaster principal'.");
  }
  if (equal_ignoring_case(path, kPrincipals)) {
    return find(request);
  }
  if (path.size() > kPrincipals.size() && equal_ignoring_case(path.substr(0, kPrincipals.size()), kPrincipals) &&
      path[kPrincipals.size()] == '/') {
    return get(path.substr(kPrincipals.size() + 1));
  }
  if (equal_ignoring_case(path, "/v1.0/me")) {
    return refused(400, "BadRequest", "/me request is only valid with delegated authentication flow.");
  }
  for (const auto empty : kEmpty) {
    if (equal_ignoring_case(path, empty)) {
      return json_reply(
          200, wire::to_json(ServicePrincipals{
                   fmt::format("{}/v1.0/$metadata#{}", base_address(request), empty.substr(kRoot.size())), {}}));
    }
  }
  return no_such(path.substr(kRoot.size()));
}

http::Reply Graph::find(const http::Request& request) {
  const auto filter = request.parameter("$filter");
  const Clause* clause = nullptr;
  std::string text;
  if (filter) {
    for (const auto& one : kClauses) {
      if (auto found = text_of(one, *filter)) {
        clause = &one;
        text = std::move(*found);
      }
    }
    if (clause == nullptr) {
      return refused(400, "Request_UnsupportedQuery",
                     fmt::format("The filter '{}' is not supported. Use servicePrincipalNames/any(c:c eq 'ID'), appId, "
                                 "id or displayName eq 'TEXT', or startswith(displayName,'TEXT').",
                                 *filter));
    }
  }
  auto all = issuer_.access().principals();
  if (!all) {
    return refused(503, "serviceNotAvailable", all.error().cause());
  }
  ServicePrincipals answer{fmt::format("{}/v1.0/$metadata#servicePrincipals", base_address(request)), {}};
  for (const auto& entry : all.value()) {
    if (clause == nullptr || clause->is_met(entry, text)) {
      answer.value.push_back(principal_of(entry, issuer_.tenant()));
    }
  }
  return json_reply(200, wire::to_json(answer));
}

http::Reply Graph::get(std::string_view id) {
  const auto found = issuer_.access().by_object(to_lower(id));
  if (!found) {
    return refused(503, "serviceNotAvailable", found.error().cause());
  }
  return found.value() ? json_reply(200, wire::to_json(principal_of(*found.value(), issuer_.tenant()))) : no_such(id);
}

http::Reply Graph::by_ids(const http::Request& request, std::string_view body) {
  const auto wanted = wire::parse_json<Ids>(body);
  if (!wanted) {
    return refused(400, "Request_BadRequest", wanted.error().cause());
  }
  ServicePrincipals answer{fmt::format("{}/v1.0/$metadata#directoryObjects", base_address(request)), {}};
  for (const auto& id : wanted.value().ids) {
    const auto found = issuer_.access().by_object(to_lower(id));
    if (!found) {
      return refused(503, "serviceNotAvailable", found.error().cause());
    }
    if (found.value()) {
      answer.value.push_back(principal_of(*found.value(), issuer_.tenant()));
    }
  }
  return json_reply(200, wire::to_json(answer));
}

}  // namespace quaymaster::identity
