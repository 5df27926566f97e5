#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/common/command.h"
#include "cli/common/progress.h"

namespace quaymaster::cli {

/// Shows the progress of an operation on many bytes: one rewritten line on a terminal, otherwise nothing, or periodic
/// JSON lines if requested. Not thread-safe.
class ByteProgress {
 public:
  struct State {
    std::string phase;  // "copy"
    std::uint64_t files_done = 0;
    std::uint64_t files_total = 0;  // 0: unknown
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0;  // 0: unknown
  };
  /// `seconds` is a monotonic clock, steady_seconds outside tests.
  ByteProgress(Terminal& terminal, bool json, std::function<double()> seconds)
      : terminal_(terminal), json_(json), seconds_(std::move(seconds)) {}

  /// Cheap: prints at most four times a second, and for each new phase.
  void show(const State& state);
  /// Removes the line, so that something else can be written.
  void clear();

 private:
  Terminal& terminal_;
  const bool json_;
  const std::function<double()> seconds_;
  ProgressMeter meter_;
  std::string phase_;
  double shown_ = 0;
  bool line_is_there_ = false;
};

}  // namespace quaymaster::cli
