#include "http/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encode.h"
#include "http/answer.h"

namespace quaymaster::http {

std::string_view name(Method method) {
  static constexpr std::array<std::string_view, 8> kNames{"GET",   "HEAD",   "PUT",     "POST",
                                                          "PATCH", "DELETE", "OPTIONS", "OTHER"};
  return kNames.at(static_cast<std::size_t>(method));
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
  fields_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equal_ignoring_case(field, name)) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> Request::parameter(std::string_view wanted) const {
  for (const auto& [field, value] : query) {
    if (equal_ignoring_case(field, wanted)) {
      return value;
    }
  }
  return std::nullopt;
}

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
