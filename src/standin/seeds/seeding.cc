#include "standin/seeds/seeding.h"

#include "base/encode.h"
#include "http/target.h"
#include "wire/json.h"

namespace quaymaster::server {
namespace {

class TextBody final : public http::Body {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  http::Task<Result<Bytes>> next() override {
    const auto bytes = std::exchange(given_, true) ? Bytes{} : as_bytes(text_);
    co_return bytes;
  }

 private:
  std::string text_;
  bool given_ = false;
};

struct OperationError {
  std::string code, message;
  static constexpr auto wire() {
    return wire::fields({wire::field<&OperationError::code>("code"), wire::field<&OperationError::message>("message")});
  }
};
/// An operation's status document, or a refusal.
struct Told {
  std::string status;
  OperationError error;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Told::status>("status"), wire::field<&Told::error>("error")});
  }
};

Told parse_told(const http::Reply& reply) {
  auto told = wire::parse_stored<Told>(reply.body);
  return told ? std::move(told).value() : Told{};
}

Error refusal(const SeedResource& resource, int status, const OperationError& error) {
  return invalid("{}: {} {}: {}", resource.where, status, error.code, error.message);
}

}  // namespace

http::Reply Seeding::ask(http::Method method, const std::string& target, std::string body, const std::string& token) {
  http::Request request;
  request.method = method;
  request.method_text = http::name(method);
  if (const auto parsed = http::parse_target(target, request); !parsed) {
    http::Reply reply;
    reply.status = 400;
    return reply;
  }
  request.headers.add("Host", parts_.base.substr(parts_.base.find("//") + 2));
  request.headers.add("Authorization", "Bearer " + token);
  request.headers.add("Content-Type", "application/json");
  request.content_length = body.size();
  request.secure = true;
  request.peer = "seed";
  request.id = parts_.random.guid();
  request.received = parts_.clock.now();
  TextBody text(std::move(body));
  http::Reply reply;
  auto work = [&]() -> http::Task<> { reply = co_await parts_.arm.handle(request, text); };
  parts_.loops.run(work);
  return reply;
}

Result<> Seeding::make(const SeedResource& resource, const std::string& token) {
  const auto version = resource.api_version.empty() ? parts_.newest_version(resource.type) : resource.api_version;
  if (version.empty()) {
    return invalid("{}: there is no type '{}'", resource.where, resource.type);
  }
  const auto target =
      fmt::format("/subscriptions/{}{}?api-version={}", parts_.subscription, resource.path, percent_encode(version));
  const auto reply = ask(http::Method::put, target, resource.body, token);
  if (reply.status >= 300) {
    return refusal(resource, reply.status, parse_told(reply).error);
  }
  const auto operation = reply.headers.get("Azure-AsyncOperation");
  if (!operation) {
    return ok();
  }
  const auto address = std::string(operation->substr(operation->find('/', operation->find("//") + 2)));
  while (true) {  // the server holds the request until something has changed
    const auto now = ask(http::Method::get, address, "", token);
    const auto told = parse_told(now);
    if (now.status >= 300 || told.status == "Failed" || told.status == "Canceled") {
      return refusal(resource, now.status, told.error);
    }
    if (told.status != "InProgress") {
      return ok();
    }
  }
}

Result<> Seeding::apply(std::span<const SeedResource> resources, std::string_view client_id, std::string_view secret) {
  TRY(const auto principal, parts_.identity.authenticate(client_id, secret));
  const auto token = parts_.identity.issue(principal, "https://management.azure.com", parts_.base + "/adfs");
  for (const auto& resource : resources) {
    TRY(make(resource, token));
  }
  return ok();
}

}  // namespace quaymaster::server
