#include "arm/face.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "arm/errors.h"
#include "base/caught.h"
#include "base/check.h"
#include "base/encode.h"
#include "base/log.h"
#include "http/offload.h"
#include "http/request_ids.h"
#include "http/turn.h"
#include "identity/principals/errors.h"
#include "identity/sign_in/sign_in.h"

namespace quaymaster::arm {
namespace {

constexpr std::string_view kApiVersion = "api-version";
constexpr std::size_t kLargeBody = 64 * kKiB;  // parsed, a body may take ten times its size

std::vector<api::Pattern> patterns_of(const std::vector<Registration>& registrations) {
  std::vector<api::Pattern> patterns;
  for (const auto& registration : registrations) {
    for (const auto& operation : registration.provider().operations) {
      patterns.push_back({operation.method, operation.path});
    }
  }
  return patterns;
}

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "2021-01-01", or that with a suffix such as "-preview".
bool is_version(std::string_view text) {
  if (text.size() < 10 || text[4] != '-' || text[7] != '-' || !is_digits(text.substr(0, 4)) ||
      !is_digits(text.substr(5, 2)) || !is_digits(text.substr(8, 2))) {
    return false;
  }
  const auto month = text.substr(5, 2);
  const auto day = text.substr(8, 2);
  if (month < "01" || month > "12" || day < "01" || day > "31") {
    return false;
  }
  const auto suffix = text.substr(10);
  return suffix.empty() || (suffix.size() > 1 && suffix.size() <= 32 && suffix.front() == '-' &&
                            std::ranges::all_of(suffix.substr(1), [](char c) {
                              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
                            }));
}

/// The resource type of a provider's path: "vaults/backupJobs" of /…/providers/Microsoft.X/vaults/{v}/backupJobs/{j}.
std::string type_of(std::string_view path) {
  constexpr std::string_view kProviders = "/providers/";
  const auto at = path.rfind(kProviders);
  if (at == std::string_view::npos) {
    return {};
  }
  std::string type;
  auto rest = path.substr(at + kProviders.size());
  rest.remove_prefix(std::min(rest.size(), rest.find('/')));
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    if (!segment.starts_with('{')) {
      type += fmt::format("{}{}", type.empty() ? "" : "/", segment);
    }
  }
  return type;
}

Result<std::string> checked_version(const http::Request& request, const Provider& provider,
                                    const Operation& operation) {
  const auto version = request.parameter(kApiVersion);
  if (!version || version->empty()) {
    return refuse(Errc::invalid, kMissingApiVersion);
  }
  const auto supported = fmt::format("{}", fmt::join(provider.versions, ", "));
  if (!is_version(*version)) {
    return refuse(Errc::invalid, kInvalidApiVersion, *version, supported);
  }
  if (version->substr(0, 10) < operation.since) {
    const auto type = type_of(operation.path);
    return provider.name.empty() || type.empty()
               ? refuse(Errc::invalid, kInvalidApiVersion, *version, supported)
               : refuse(Errc::invalid, kNoRegisteredProvider, *version, type, supported);
  }
  return std::string(*version);
}

std::string_view parameter(const PathParameters& path, std::string_view name) {
  const auto found = std::ranges::find(path, name, [](const auto& one) { return one.first; });
  return found == path.end() ? std::string_view{} : std::string_view(found->second);
}

bool only_reads(http::Method method) {
  return method == http::Method::get || method == http::Method::head;
}

bool is_json(const http::Request& request) {
  const auto type = request.headers.get("Content-Type");
  if (!type) {
    return true;
  }
  auto media = type->substr(0, type->find(';'));
  while (media.ends_with(' ')) {
    media.remove_suffix(1);
  }
  return equal_ignoring_case(media, "application/json") || equal_ignoring_case(media, "text/json");
}

/// Was the request refused by Resource Manager itself rather than by a provider?
bool is_gateway_row(const ErrorRow* row) {
  return std::ranges::find(kRows, row) != std::end(kRows) ||
         std::ranges::find(identity::kRows, row) != std::end(identity::kRows);
}

std::string_view code_of(const Error& error) {
  return (error.published() != nullptr ? error.published()->row : &generic_row(error.kind()))->code;
}

identity::AuditEntry audit_entry(const http::Request& request, const identity::Principal& principal,
                                 const Operation* operation) {
  auto entry = identity::request_entry(request, "arm");
  if (!principal.object_id.empty()) {
    entry.who = principal.object_id;
    entry.name = principal.name;
  }
  if (operation != nullptr) {
    entry.operation = operation->id;
  }
  return entry;
}

std::string correlation_of(const http::Request& request) {
  return http::correlation_id(request, "x-ms-correlation-request-id");
}

}  // namespace

/// The remaining requests of each kind in this hour (backup.md, 3.1), over all subscriptions together. Reported but not
/// enforced: a self-hosted server has no other tenants to protect, so the count never drops below one.
class Face::Counters {
 public:
  std::int64_t remaining(std::size_t kind, std::int64_t limit, Time now) {
    const auto hour = std::chrono::floor<std::chrono::hours>(now).time_since_epoch().count();
    auto& count = counts_[kind];
    if (count.hour.exchange(hour) != hour) {
      count.used = 0;
    }
    return std::max<std::int64_t>(1, limit - ++count.used);
  }

 private:
  struct Count {
    std::atomic<std::int64_t> hour{0};
    std::atomic<std::int64_t> used{0};
  };
  std::array<Count, 4> counts_;
};

/// An authorized request and its caller.
struct Face::Admitted {
  RoutedOperation row{};
  PathParameters path;
  identity::Principal principal;
  std::string version;
  std::string base;
  bool partly_visible = false;
};

Face::Face(FaceParts parts, std::vector<Registration> registrations, FaceOptions options)
    : parts_(parts),
      registrations_(std::move(registrations)),
      options_(std::move(options)),
      router_(patterns_of(registrations_)),
      counters_(std::make_unique<Counters>()) {
  check(api::overlaps(patterns_of(registrations_)).empty());
  for (const auto& registration : registrations_) {
    for (const auto& operation : registration.provider().operations) {
      void* owner = registration.owner_of(operation.handler);
      check((operation.handler.owner == nullptr) == (owner == nullptr));
      check(is_version(operation.since));
      rows_.push_back({&registration.provider(), &operation, owner,
                       operation.path.find("{subscriptionId}") != std::string_view::npos,
                       operation.path.find("/resourceGroups/{resourceGroupName}/") != std::string_view::npos,
                       !operation.path.ends_with('}')});
    }
  }
}

Face::~Face() = default;

Error Face::unknown_path(const http::Request& request) const {
  const auto segments = api::split_path(request.raw_path);
  if (segments) {
    const auto& words = segments.value();
    const auto providers =
        std::ranges::find_if(words, [](const std::string& word) { return equal_ignoring_case(word, "providers"); });
    if (providers != words.end() && providers + 1 != words.end()) {
      const auto& name = *(providers + 1);
      const bool known = std::ranges::any_of(registrations_, [&](const Registration& one) {
        return !one.provider().name.empty() && equal_ignoring_case(one.provider().name, name);
      });
      if (!known) {
        return quaymaster::refuse(Errc::not_found, kInvalidResourceNamespace, name);
      }
      if (providers + 2 != words.end()) {
        std::string type;  // every other word: "vaults/things" of vaults/v1/things/t1
        for (auto word = providers + 2; word < words.end(); word += 2) {
          type += fmt::format("{}{}", type.empty() ? "" : "/", *word);
        }
        return quaymaster::refuse(Errc::not_found, kInvalidResourceType, type, name,
                                  request.parameter(kApiVersion).value_or(""));
      }
    }
  }
  return quaymaster::refuse(Errc::not_found, kNoSuchPath, request.raw_path);
}

Result<Face::RoutedOperation> Face::route(const http::Request& request, PathParameters& path) const {
  auto found = router_.find(request.method, request.raw_path);
  if (!found) {
    const auto why = found.error().cause();
    return std::move(found).error().as(kInvalidParameter, why);
  }
  auto match = std::move(found).value();
  if (match.kind == api::Match::Kind::found) {
    path = std::move(match.parameters);
    return rows_[match.row];
  }
  if (match.kind == api::Match::Kind::unknown) {
    return unknown_path(request);
  }
  std::vector<std::string_view> allowed;
  for (const auto method : match.allowed) {
    allowed.push_back(http::name(method));
  }
  return quaymaster::refuse(Errc::unsupported, kMethodNotAllowed, http::name(request.method),
                            fmt::format("{}", fmt::join(allowed, ", ")));
}

/// Everything that is checked before the body is read. The order is part of the contract: only authenticated callers
/// learn which rows, versions and subscriptions exist.
Result<> Face::admit(const http::Request& request, Admitted& admitted) const {
  admitted.base = identity::base_address(request);

  auto row = route(request, admitted.path);
  if (row) {
    admitted.row = row.value();
  }

  const auto authorization = request.headers.get("Authorization");
  if (!authorization) {
    return quaymaster::refuse(Errc::unauthenticated, identity::kAuthenticationFailed);
  }
  constexpr std::string_view kBearer = "Bearer ";
  if (authorization->size() <= kBearer.size() ||
      !equal_ignoring_case(authorization->substr(0, kBearer.size()), kBearer)) {
    return quaymaster::refuse(Errc::unauthenticated, identity::kAuthenticationScheme);
  }
  TRY(admitted.principal,
      parts_.issuer.verify(authorization->substr(kBearer.size()), identity::Audience::resource_manager, admitted.base));
  if (!row) {
    return std::move(row).error();
  }
  TRY(admitted.version, checked_version(request, *admitted.row.provider, *admitted.row.operation));

  if (admitted.row.in_subscription) {
    TRY(parts_.groups.subscription(parameter(admitted.path, "subscriptionId")));
  } else if (const auto subscription = subscription_of(parameter(admitted.path, "scope")); !subscription.empty()) {
    TRY(parts_.groups.subscription(subscription));
  }
  const Operation& operation = *admitted.row.operation;
  if (!operation.action.empty()) {
    TRY(const auto scope, scope_of(request, operation));
    TRY(const bool allowed, parts_.issuer.allowed(admitted.principal, operation.action, scope));
    if (!allowed) {
      TRY(admitted.partly_visible, sees_parts(admitted));
    }
    if (!allowed && !admitted.partly_visible) {
      return quaymaster::refuse(Errc::forbidden, identity::kAuthorizationFailed, admitted.principal.client_id,
                                admitted.principal.object_id, operation.action, scope);
    }
  }
  if (!operation.offered) {
    return quaymaster::refuse(Errc::unsupported, kNotOffered, operation.id, operation.note);
  }
  if (operation.handler.takes_body && !is_json(request)) {
    return quaymaster::refuse(Errc::invalid, kUnsupportedMediaType, request.headers.get("Content-Type").value_or(""));
  }
  return ok();
}

/// A caller with a role somewhere in a subscription sees the subscription and, in its lists and those of its groups,
/// what the role allows it to read. This does not apply to changes, nor to lists inside one resource.
Result<bool> Face::sees_parts(const Admitted& admitted) const {
  const Operation& operation = *admitted.row.operation;
  const std::size_t containers = admitted.row.in_group ? 2 : 1;
  if (operation.method != http::Method::get || !admitted.row.in_subscription || admitted.path.size() < containers) {
    return false;
  }
  auto scope = fmt::format("/subscriptions/{}", parameter(admitted.path, "subscriptionId"));
  if (operation.reach == Reach::inside) {
    return parts_.issuer.works_below(admitted.principal, scope);
  }
  if (!operation.handler.lists || !admitted.row.is_collection || admitted.path.size() != containers) {
    return false;
  }
  if (admitted.row.in_group) {
    scope += fmt::format("/resourceGroups/{}", parameter(admitted.path, "resourceGroupName"));
  }
  return parts_.issuer.allowed_below(admitted.principal, operation.action, scope);
}

Result<Answer> Face::call(const http::Request& request, const Admitted& admitted, std::string_view body) {
  const RoutedOperation& row = admitted.row;
  const Operation& operation = *row.operation;
  if (operation.handler.takes_body && body.empty()) {
    return quaymaster::refuse(Errc::invalid, kMissingRequestBody, operation.id);
  }
  const auto require_group = [&]() -> Result<> {
    return parts_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(parts_.groups.group(reader, parameter(admitted.path, "subscriptionId"),
                              parameter(admitted.path, "resourceGroupName")));
      return ok();
    });
  };
  // A GET of one resource looks up its group only when the resource was not found.
  const bool is_item = only_reads(operation.method) && !row.is_collection;
  if (row.in_group && !is_item) {
    TRY(require_group());
  }
  const auto client_request_id = http::client_request_id(request);
  Context context{
      .provider = *row.provider,
      .operation = operation,
      .request = request,
      .principal = admitted.principal,
      .issuer = parts_.issuer,
      .api_version = admitted.version,
      .database = parts_.database,
      .clock = parts_.clock,
      .random = parts_.random,
      .groups = parts_.groups,
      .now = parts_.clock.now(),
      .base = admitted.base,
      .correlation_id = correlation_of(request),
      .client_request_id = client_request_id ? std::optional<std::string>(*client_request_id) : std::nullopt,
      .capital_subscriptions = request.raw_path.starts_with("/Subscriptions/"),
      .partly_visible = admitted.partly_visible && operation.handler.lists && operation.reach == Reach::scope,
  };
  auto answer = operation.handler.call(row.owner, context, admitted.path, body);
  if (!answer && row.in_group && is_item && answer.error().kind() == Errc::not_found) {
    TRY(require_group());
  }
  return answer;
}

http::Reply Face::finish(const http::Request& request, const Admitted& admitted, std::string_view body) {
  const RoutedOperation& row = admitted.row;
  const bool changes = parts_.audit != nullptr && !only_reads(row.operation->method);
  auto result = changes && !parts_.audit->can_write() ? Result<Answer>(busy("the audit log cannot be written"))
                                                      : caught([&] { return call(request, admitted, body); });
  auto entry = changes ? audit_entry(request, admitted.principal, row.operation) : identity::AuditEntry();
  if (changes && !result) {
    entry.code = code_of(result.error());
  }
  auto reply = render(request, row.operation, row.provider->content_type, std::move(result));
  if (changes) {
    entry.status = reply.status;
    if (const auto recorded = parts_.audit->record(std::move(entry)); !recorded) {
      log::error("audit", "request {} is answered, but its line is not on disk yet: {}", request.id.text(),
                 recorded.error().cause());
    }
  }
  return reply;
}

http::Reply Face::refuse_caller(const http::Request& request, const Admitted& admitted, Error error) {
  auto entry = audit_entry(request, admitted.principal, admitted.row.operation);
  entry.code = code_of(error);
  auto reply = render(request, nullptr, {}, std::move(error));
  const bool had_proof = request.headers.get("Authorization").has_value();
  if (parts_.audit != nullptr && (reply.status == 403 || (reply.status == 401 && had_proof))) {
    entry.status = reply.status;
    parts_.audit->note_denial(std::move(entry));
  }
  return reply;
}

http::Task<http::Reply> Face::handle(http::Request& request, http::Body& body) {
  Admitted admitted;
  if (auto let_in = admit(request, admitted); !let_in) {
    co_return refuse_caller(request, admitted, std::move(let_in).error());
  }
  const Operation& operation = *admitted.row.operation;
  std::string text;
  if (operation.handler.takes_body) {
    auto read = co_await http::read_all(body, options_.largest_body);
    if (!read) {
      const auto kind = read.error().kind();
      auto error = std::move(read).error();
      auto reply =
          render(request, &operation, admitted.row.provider->content_type,
                 kind == Errc::busy        ? std::move(error)
                 : kind == Errc::too_large ? std::move(error).as(kRequestTooLarge, options_.largest_body)
                                           : std::move(error).as(kInvalidRequestContent, "the content ended early"));
      reply.close = true;  // the rest of the body was not read
      co_return reply;
    }
    text = std::move(read).value();
  }
  const auto share = http::share_of(admitted.principal.object_id);
  if (only_reads(operation.method) && !operation.handler.waits) {
    co_await http::turn(share);
    co_return finish(request, admitted, text);
  }
  auto& pool = text.size() > kLargeBody ? parts_.large_bodies : parts_.pool;
  auto work = [&] { return finish(request, admitted, text); };
  co_return co_await http::offload(pool, work, share);
}

http::Reply Face::answer(const http::Request& request, std::string_view body) {
  Admitted admitted;
  if (auto let_in = admit(request, admitted); !let_in) {
    return refuse_caller(request, admitted, std::move(let_in).error());
  }
  if (body.size() > options_.largest_body) {
    return render(request, admitted.row.operation, admitted.row.provider->content_type,
                  quaymaster::refuse(Errc::too_large, kRequestTooLarge, options_.largest_body));
  }
  return finish(request, admitted, body);
}

http::Reply Face::refuse(const http::Request& request, int status, std::string_view cause) {
  const Errc kind = status == 503 ? Errc::busy : status >= 500 ? Errc::io : Errc::invalid;
  auto reply = render(request, nullptr, {}, Error(kind, std::string(cause)));
  reply.status = status;
  return reply;
}

http::Reply Face::render(const http::Request& request, const Operation* operation, std::string_view content_type,
                         Result<Answer> result) {
  http::Reply reply;
  if (operation != nullptr) {
    reply.operation = operation->id;
  }
  reply.headers.add("Cache-Control", "no-cache");
  reply.headers.add("Pragma", "no-cache");
  reply.headers.add("Expires", "-1");
  if (result) {
    reply.status = result.value().status;
    reply.body = std::move(result.value().body);
    if (!reply.body.empty() && !result.value().headers.get("Content-Type")) {
      reply.headers.add("Content-Type", std::string(content_type));
    }
    for (const auto& [name, value] : result.value().headers.fields()) {
      reply.headers.add(name, value);
    }
  } else {
    const Error& error = result.error();
    const ErrorRow* row = error.published() != nullptr ? error.published()->row : &generic_row(error.kind());
    reply.status = row->status;
    reply.body = error_body(error);
    reply.cause = error.cause();
    reply.headers.add("Content-Type", "application/json; charset=utf-8");
    reply.headers.add("x-ms-failure-cause", is_gateway_row(row) ? "gateway" : "service");
    if (row->status == 401) {
      reply.headers.add("WWW-Authenticate",
                        fmt::format("Bearer authorization_uri=\"{}/{}\", error=\"invalid_token\", "
                                    "error_description=\"{}\"",
                                    identity::base_address(request), parts_.groups.tenant(), row->code));
    }
    if (row == &kMethodNotAllowed) {
      const auto match = router_.find(request.method, request.raw_path);
      std::vector<std::string_view> allowed;
      for (const auto method : match ? match.value().allowed : std::vector<http::Method>{}) {
        allowed.push_back(http::name(method));
      }
      reply.headers.add("Allow", fmt::format("{}", fmt::join(allowed, ", ")));
    }
    if (row->status == 429 || row->status == 503 || row->status == 507) {
      reply.headers.add("Retry-After", "5");
    }
  }
  add_common_headers(request, operation, reply);
  if (request.method == http::Method::head) {
    reply.body.clear();
  }
  return reply;
}

/// Source: backup.md, 3.1 and import-export.md, 2.3, both seen in recorded traffic.
void Face::add_common_headers(const http::Request& request, const Operation* operation, http::Reply& reply) {
  const auto correlation = correlation_of(request);
  const auto now = parts_.clock.now();
  auto stamp = format_time(now).substr(0, 19);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  reply.headers.add("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  reply.headers.add("X-Content-Type-Options", "nosniff");
  reply.headers.add("x-ms-request-id", request.id.text());
  reply.headers.add("x-ms-correlation-request-id", correlation);
  reply.headers.add("x-ms-routing-request-id", fmt::format("{}:{}Z:{}", options_.region, stamp, correlation));
  if (const auto client = http::client_request_id(request)) {
    reply.headers.add(std::string(http::kClientRequestId), std::string(*client));
  }
  if (operation == nullptr) {
    return;
  }
  struct Kind {
    std::string_view name;
    std::int64_t limit;
  };
  static constexpr std::array<Kind, 4> kKinds{{{"subscription-reads", 12000},
                                               {"subscription-writes", 1200},
                                               {"subscription-deletes", 15000},
                                               {"tenant-reads", 12000}}};
  const bool in_tenant = operation->path.find("{subscriptionId}") == std::string_view::npos;
  const std::size_t kind = only_reads(operation->method)            ? (in_tenant ? 3u : 0u)
                           : operation->method == http::Method::del ? 2u
                                                                    : 1u;
  reply.headers.add(fmt::format("x-ms-ratelimit-remaining-{}", kKinds[kind].name),
                    std::to_string(counters_->remaining(kind, kKinds[kind].limit, now)));
}

}  // namespace quaymaster::arm
