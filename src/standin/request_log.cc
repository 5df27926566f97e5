#include "standin/request_log.h"

#include <algorithm>
#include <array>

#include "base/encode.h"

namespace quaymaster::standin {
namespace {

constexpr std::array<std::string_view, 8> kSecret{"sig",          "client_secret", "client_assertion", "refresh_token",
                                                  "access_token", "code",          "password",         "token"};

}  // namespace

std::string without_secrets(std::string_view query) {
  std::string clean;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    const auto name = pair.substr(0, pair.find('='));
    const bool secret = std::ranges::any_of(kSecret, [&](auto one) { return equal_ignoring_case(one, name); });
    clean += secret ? fmt::format("{}=***", name) : std::string(pair);
    query.remove_prefix(pair.size());
    if (!query.empty()) {
      clean += '&';
      query.remove_prefix(1);
    }
  }
  return clean;
}

void RequestLog::answered(const http::Request& request, const http::Exchange& exchange) {
  LoggedRequest logged;
  logged.time = request.received;
  logged.id = request.id.text();
  logged.method = request.method_text;
  logged.path = request.raw_path;
  logged.query = without_secrets(request.raw_query);
  logged.status = exchange.status;
  logged.operation = exchange.operation;
  logged.reason = exchange.failure.empty() ? exchange.cause : exchange.failure;
  logged.milliseconds = exchange.seconds * 1000;
  const std::lock_guard lock(mutex_);
  logged.number = ++last_;
  kept_.push_back(std::move(logged));
  if (kept_.size() > kKept) {
    kept_.pop_front();
  }
}

std::vector<LoggedRequest> RequestLog::after(std::int64_t number, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  const auto first = std::ranges::upper_bound(kept_, number, {}, &LoggedRequest::number);
  const auto count = std::min<std::size_t>(limit, static_cast<std::size_t>(kept_.end() - first));
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace quaymaster::standin
