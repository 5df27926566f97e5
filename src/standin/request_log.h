#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/message.h"
#include "wire/field.h"

namespace quaymaster::standin {

/// One answered request, as the admin plane shows it.
struct LoggedRequest {
  std::int64_t number = 0;  // from 1, without gaps
  Time time;
  std::string id;  // x-ms-request-id
  std::string method;
  std::string path;   // as sent
  std::string query;  // as sent, without the values of signatures and tokens
  std::int64_t status = 0;
  std::string operation;  // the row that matched
  std::string reason;     // why it was refused, or why the answer could not be sent
  double milliseconds = 0;

  static constexpr auto wire() {
    using wire::field;
    using L = LoggedRequest;
    return wire::fields({field<&L::number>("number"), field<&L::time>("time"), field<&L::id>("id"),
                         field<&L::method>("method"), field<&L::path>("path"), field<&L::query>("query"),
                         field<&L::status>("status"), field<&L::operation>("operation"), field<&L::reason>("reason"),
                         field<&L::milliseconds>("milliseconds")});
  }
};

/// The most recent requests. Thread-safe.
class RequestLog final : public http::Observer {
 public:
  static constexpr std::size_t kKept = 2000;

  void answered(const http::Request& request, const http::Exchange& exchange) override;
  /// Up to `limit` of those after `number`, oldest first.
  std::vector<LoggedRequest> after(std::int64_t number, std::size_t limit) const;

 private:
  mutable std::mutex mutex_;
  std::deque<LoggedRequest> kept_;
  std::int64_t last_ = 0;
};

/// A query without the secrets that would let a reader act for the sender: the values of `sig`, `client_secret`,
/// `token` …
std::string without_secrets(std::string_view query);

}  // namespace quaymaster::standin
