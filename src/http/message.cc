#include "http/message.h"

#include <fmt/format.h>

#include "http/answer.h"

namespace quaymaster::http {

Task<Result<std::string>> read_all(Body& body, std::size_t limit) {
  std::string text;
  while (true) {
    CO_TRY(const Bytes bytes, co_await body.next());
    if (bytes.empty()) {
      co_return text;
    }
    if (bytes.size() > limit - text.size()) {
      co_return too_large("the body has more than {} bytes", limit);
    }
    CO_TRY(body.hold(bytes.size()));
    text.append(as_text(bytes));
  }
}

Result<> Body::hold(std::size_t) {
  return ok();
}

bool Handler::is_vital(const Request&) const {
  return false;
}

Reply Handler::refuse(const Request& request, int status, std::string_view cause) {
  Reply reply;
  reply.status = status;
  reply.headers.add("Content-Type", "text/plain");
  reply.body = fmt::format("{} {}\nrequest {}\n", status, reason_phrase(status), request.id.text());
  reply.cause = std::string(cause);
  return reply;
}

}  // namespace quaymaster::http
