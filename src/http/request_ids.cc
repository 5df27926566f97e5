#include "http/request_ids.h"

namespace quaymaster::http {

std::optional<std::string_view> client_request_id(const Request& request) {
  const auto id = request.headers.get(kClientRequestId);
  return id && !id->empty() && id->size() <= kLongestClientRequestId ? id : std::nullopt;
}

std::string correlation_id(const Request& request, std::string_view name) {
  const auto sent = request.headers.get(name);
  return sent && parse_guid(*sent) ? std::string(*sent) : request.id.text();
}

}  // namespace quaymaster::http
