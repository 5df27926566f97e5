#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "base/clock.h"

namespace quaymaster::log {
namespace {

std::atomic<Level> lowest{Level::info};
std::atomic<void (*)(std::string_view)> sink{nullptr};

}  // namespace

void set_level(Level level) {
  lowest = level;
}
void set_sink(void (*to)(std::string_view)) {
  sink = to;
}

void write(Level level, std::string_view area, std::string_view text) {
  if (level < lowest.load(std::memory_order_relaxed)) {
    return;
  }
  static constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};
  // Log times use the system clock: they must agree with other logs even when a test moves its clock.
  auto line = fmt::format("{} {} {}: {}", format_time(SystemClock().now()), kNames.at(static_cast<std::size_t>(level)),
                          area, text);
  std::ranges::replace_if(line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  line += '\n';
  if (const auto to = sink.load()) {
    to(line);
    return;
  }
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace quaymaster::log
