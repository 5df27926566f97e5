#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"
#include "server/metrics/metrics.h"

namespace quaymaster::server {

/// The line of one request: time, request id, peer, face, method, path, status, bytes, milliseconds, the operation that
/// matched, and for a refusal its cause. The query is omitted: it may contain a signature.
std::string access_line(FaceName face, const http::Request& request, const http::Exchange& exchange);

/// Writes lines from its own thread, those of some milliseconds in one write, so that a slow terminal does not
/// hold up requests. When more than 4 MiB wait, lines are dropped and their number is written. Thread-safe.
class AccessLog {
 public:
  /// "stderr", "off", or a file that is appended to. Errc::forbidden, Errc::not_found, Errc::io: it cannot be opened.
  static Result<std::unique_ptr<AccessLog>> open(const std::string& where);
  /// Takes ownership of the descriptor; -1: nothing is written.
  explicit AccessLog(int descriptor, bool owned);
  ~AccessLog();  // writes what is queued
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  bool is_on() const { return descriptor_ >= 0; }
  void write(std::string_view line);  // one line, with its line break

 private:
  void run();

  const int descriptor_;
  const bool owned_;
  std::mutex mutex_;
  std::condition_variable has_lines_;
  std::string waiting_;
  std::uint64_t dropped_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace quaymaster::server
