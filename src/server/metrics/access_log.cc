#include "server/metrics/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/caught.h"

namespace quaymaster::server {
namespace {

constexpr std::size_t kMostWaiting = 4 * kMiB;
/// Lines are collected for this long, or up to this many bytes: waking a thread for every line costs more than a small
/// request.
constexpr std::chrono::milliseconds kGather{20};
constexpr std::size_t kEnough = 64 * kKiB;

/// Foreign bytes in a log line must not end it or start another.
std::string printable(std::string_view text) {
  std::string clean(text);
  std::ranges::replace_if(clean, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return clean;
}

}  // namespace

std::string access_line(FaceName face, const http::Request& request, const http::Exchange& exchange) {
  auto line = fmt::format("{} access request={} peer={} face={} {} {} status={} in={} out={} ms={:.3f}",
                          format_time(request.received), request.id.text(), request.peer, name(face),
                          request.method_text.empty() ? "-" : printable(request.method_text),
                          request.raw_path.empty() ? "-" : printable(request.raw_path), exchange.status,
                          exchange.bytes_in, exchange.bytes_out, exchange.seconds * 1000);
  if (!exchange.operation.empty()) {
    line += fmt::format(" operation={}", exchange.operation);
  }
  if (!exchange.cause.empty()) {
    line += fmt::format(" cause=\"{}\"", printable(exchange.cause));
  }
  if (!exchange.failure.empty()) {
    line += fmt::format(" failure=\"{}\"", printable(exchange.failure));
  }
  line += '\n';
  return line;
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& where) {
  if (where == "off") {
    return std::make_unique<AccessLog>(-1, false);
  }
  if (where == "stderr") {
    return std::make_unique<AccessLog>(STDERR_FILENO, false);
  }
  const int descriptor = ::open(where.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return system_error(errno, fmt::format("open the access log {}", where));
  }
  return std::make_unique<AccessLog>(descriptor, true);
}

AccessLog::AccessLog(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {
  if (is_on()) {
    thread_ = std::thread([this] { run(); });
  }
}

AccessLog::~AccessLog() {
  if (is_on()) {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    has_lines_.notify_one();
    thread_.join();
  }
  if (owned_) {
    ::close(descriptor_);
  }
}

void AccessLog::write(std::string_view line) {
  if (!is_on()) {
    return;
  }
  bool is_time = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > kMostWaiting) {
      ++dropped_;
      return;
    }
    const auto before = waiting_.size();
    waiting_ += line;
    is_time = before == 0 || (before < kEnough && waiting_.size() >= kEnough);
  }
  if (is_time) {
    has_lines_.notify_one();
  }
}

void AccessLog::run() {
  std::string lines;
  while (true) {
    lines.clear();
    {
      std::unique_lock lock(mutex_);
      has_lines_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      has_lines_.wait_for(lock, kGather, [this] { return ending_ || waiting_.size() >= kEnough; });
      if (waiting_.empty()) {
        return;
      }
      lines.swap(waiting_);
      contained([&] {
        if (dropped_ > 0) {
          lines += fmt::format("access log: {} lines dropped\n", std::exchange(dropped_, 0));
        }
      });
    }
    std::string_view rest = lines;
    while (!rest.empty()) {
      const auto written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) {
        continue;
      }
      if (written <= 0) {
        break;  // there is nowhere left to report it
      }
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

}  // namespace quaymaster::server
