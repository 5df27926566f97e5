#include "server/pipeline.h"

#include <array>

#include "base/encode.h"
#include "base/log.h"

// The life of a request, in order:
//
//   1. http     reads the head and assigns an id and the time: every later error needs both.
//   2. choose   selects the face from port, host and path alone. Before authentication, because faces authenticate
//               callers in different ways and render refusals in different formats.
//   3. health   is answered here without authentication or a check of the host, so that it works when all else fails.
//   4. host     of Resource Manager, the sign-in and the admin plane must be a name of this server: answers repeat it,
//               and a page of a foreign name that resolves to this address must not become one of ours. Storage
//               accounts are chosen by host, and on the Blob port every request has its own proof.
//   5. face     routes, authenticates, authorizes, parses, handles and renders; see arm/face.cc and the Blob face.
//   6. http     sends the answer. Only then are its bytes and milliseconds known.
//   7. answered counts the request and writes the access line, with the cause when it is a refusal.
//
// A head that http does not accept, a connection above the limit (except for health) and a handler that throws skip 2
// to 5 and are rendered by `refuse` in the port's format, so that an SDK can read them.
namespace quaymaster::server {
namespace {

constexpr std::array<std::string_view, 3> kHealthPaths{"/healthz", "/readyz", "/metrics"};
constexpr std::string_view kAdminPlane = "/_quaymaster/";
constexpr std::size_t kLongestHost = 255;
constexpr std::size_t kMostDropped =
    64 * kKiB;  // of a refused body; otherwise a client that closes last would wait for us

bool checks_host(FaceName face) {
  return face == FaceName::arm || face == FaceName::sign_in || face == FaceName::admin;
}

}  // namespace

bool is_account_host(std::string_view host, const std::vector<std::string>& domains) {
  const auto lower = to_lower(host.substr(0, host.find(':')));
  const auto dot = lower.find('.');
  if (dot == std::string::npos || dot == 0) {
    return false;
  }
  const auto domain = std::string_view(lower).substr(dot + 1);
  for (const auto& known : domains) {
    if (domain == known) {
      return true;
    }
  }
  return false;
}

FaceName Pipeline::choose(const http::Request& request) const {
  if (port_ == Port::blob) {
    return FaceName::blob;
  }
  // Host-style Blob addresses work on the TLS port as well: restic and Terraform can change only the suffix
  // (blob.md, 1.1).
  if (is_account_host(request.headers.get("Host").value_or(""), parts_.blob_domains)) {
    return FaceName::blob;
  }
  for (const auto path : kHealthPaths) {
    if (request.raw_path == path) {
      return FaceName::health;
    }
  }
  if (request.raw_path.starts_with(kAdminPlane)) {
    return FaceName::admin;
  }
  return parts_.faces.is_sign_in(request) ? FaceName::sign_in : FaceName::arm;
}

http::Task<http::Reply> Pipeline::handle(http::Request& request, http::Body& body) {
  const auto face = choose(request);
  if (checks_host(face) && !parts_.hosts.has(request.headers.get("Host").value_or(""))) {
    co_return co_await misdirected(request, body);
  }
  switch (face) {
    case FaceName::health:
      co_return health(request);
    case FaceName::admin:
      co_return co_await administer(request, body);
    case FaceName::sign_in:
      co_return co_await parts_.faces.sign_in->handle(request, body);
    case FaceName::blob:
      co_return co_await parts_.faces.blob->handle(request, body);
    case FaceName::arm:
      break;
  }
  co_return co_await parts_.faces.arm->handle(request, body);
}

http::Task<http::Reply> Pipeline::administer(http::Request& request, http::Body& body) const {
  if (parts_.faces.admin != nullptr) {
    co_return co_await parts_.faces.admin->handle(request, body);
  }
  static_cast<void>(co_await http::read_all(body, kMostDropped));
  http::Reply reply;
  reply.status = 404;
  reply.operation = "admin plane";
  reply.cause = "the admin plane belongs to the test profile";
  reply.headers.add("Content-Type", "application/json; charset=utf-8");
  reply.body = R"({"error":{"code":"NotFound","message":"The admin plane exists only in the test profile."}})";
  co_return reply;
}

/// Source of the status: RFC 9110, 15.5.20.
http::Task<http::Reply> Pipeline::misdirected(const http::Request& request, http::Body& body) const {
  static_cast<void>(co_await http::read_all(body, kMostDropped));
  http::Reply reply;
  reply.status = 421;
  reply.cause = fmt::format("the host '{}' is not a name of this server",
                            request.headers.get("Host").value_or("").substr(0, kLongestHost));
  reply.headers.add("Content-Type", "application/json; charset=utf-8");
  reply.body =
      R"({"error":{"code":"MisdirectedRequest","message":"The host of this request is not a name of this server. Use )"
      R"(a name that its certificate has, or add the host to the server's setting 'host'."}})";
  co_return reply;
}

http::Reply Pipeline::health(const http::Request& request) const {
  http::Reply reply;
  reply.operation = "health";
  reply.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  if (request.method != http::Method::get && request.method != http::Method::head) {
    reply.status = 405;
    reply.headers.add("Allow", "GET, HEAD");
  } else if (request.raw_path == "/metrics") {
    reply.body = parts_.metrics.text();
  } else if (request.raw_path == "/readyz" && !parts_.ready) {
    reply.status = 503;
    reply.body = "not ready\n";
  } else if (request.raw_path == "/readyz" && parts_.storage) {
    const auto storage = parts_.storage();
    reply.status = storage.is_ready ? 200 : 503;
    reply.body = storage.is_ready ? "ok\n" : "not ready\n";
    if (!storage.remark.empty()) {
      reply.body += storage.remark + "\n";
    }
  } else {
    reply.body = "ok\n";
  }
  return reply;
}

http::Reply Pipeline::refuse(const http::Request& request, int status, std::string_view cause) {
  if (status == 500) {
    log::error("server", "request {}: {}", request.id.text(), cause);
  }
  http::Handler& face = port_ == Port::blob ? *parts_.faces.blob : *parts_.faces.arm;
  auto reply = face.refuse(request, status, cause);
  reply.cause = std::string(cause);
  return reply;
}

bool Pipeline::is_vital(const http::Request& request) const {
  return choose(request) == FaceName::health;
}

void Pipeline::answered(const http::Request& request, const http::Exchange& exchange) {
  const auto face = choose(request);
  parts_.metrics.count(face, exchange);
  if (parts_.log.is_on()) {
    parts_.log.write(access_line(face, request, exchange));
  }
  if (parts_.further != nullptr) {
    parts_.further->answered(request, exchange);
  }
}

}  // namespace quaymaster::server
