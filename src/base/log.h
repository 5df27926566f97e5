#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace quaymaster {

/// The log for operators: time, level, area, text. One line per call, on stderr, atomic. Never log a secret: keys,
/// tokens, SAS signatures and passwords do not belong in any line. Thread-safe.
namespace log {

enum class Level { debug, info, warning, error };

void set_level(Level lowest);
void write(Level level, std::string_view area, std::string_view text);
/// Sends lines to `sink` instead of stderr; null restores stderr. For tests, which run one at a time.
void set_sink(void (*sink)(std::string_view line));

#define QM_LOG_LEVEL(level)                                                                            \
  template <class... Arguments>                                                                        \
  void level(std::string_view area, fmt::format_string<Arguments...> text, Arguments&&... arguments) { \
    write(Level::level, area, fmt::vformat(text, fmt::make_format_args(arguments...)));                \
  }
QM_LOG_LEVEL(debug)
QM_LOG_LEVEL(info)
QM_LOG_LEVEL(warning)
QM_LOG_LEVEL(error)
#undef QM_LOG_LEVEL

}  // namespace log
}  // namespace quaymaster
