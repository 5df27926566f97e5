#include "cli/common/byte_progress.h"

#include <optional>

#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr double kPollInterval = 0.25;

struct Event {
  std::string event = "progress";
  std::string phase;
  std::uint64_t files_done = 0;
  std::uint64_t files_total = 0;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  double bytes_per_second = 0;
  std::optional<double> seconds_left;

  static constexpr auto wire() {
    using wire::field;
    using T = Event;
    return wire::fields({field<&T::event>("event"), field<&T::phase>("phase"), field<&T::files_done>("filesDone"),
                         field<&T::files_total>("filesTotal"), field<&T::bytes_done>("bytesDone"),
                         field<&T::bytes_total>("bytesTotal"), field<&T::bytes_per_second>("bytesPerSecond"),
                         field<&T::seconds_left>("secondsLeft")});
  }
};

std::string line_of(const ByteProgress::State& state, const ProgressMeter& meter) {
  std::string line = fmt::format("{:<8}", state.phase);
  if (state.bytes_total > 0) {
    const double fraction = static_cast<double>(state.bytes_done) / static_cast<double>(state.bytes_total);
    line += fmt::format(" {} {:>3.0f} %", format_bar(fraction, 24), 100 * fraction);
  }
  line += "  " + format_bytes(static_cast<double>(state.bytes_done));
  if (state.bytes_total > 0) {
    line += " of " + format_bytes(static_cast<double>(state.bytes_total));
  }
  if (meter.bytes_per_second() >= 1) {
    line += "  " + format_rate(meter.bytes_per_second());
  }
  if (const auto left = meter.seconds_left()) {
    line += "  " + format_seconds(*left) + " left";
  }
  return line;
}

}  // namespace

void ByteProgress::show(const State& state) {
  const double now = seconds_();
  const bool is_new = state.phase != phase_;
  if (is_new) {
    meter_ = {};
    phase_ = state.phase;
  } else if (now - shown_ < kPollInterval) {
    return;
  }
  shown_ = now;
  meter_.update(now, state.bytes_done, state.bytes_total);
  if (json_) {
    const Event event{"progress",       state.phase,       state.files_done,          state.files_total,
                      state.bytes_done, state.bytes_total, meter_.bytes_per_second(), meter_.seconds_left()};
    terminal_.out(wire::to_json(event) + "\n");
  } else if (terminal_.is_terminal) {
    terminal_.err("\r" + line_of(state, meter_) + "\x1b[K");
    line_is_there_ = true;
  }
}

void ByteProgress::clear() {
  if (line_is_there_) {
    terminal_.err("\r\x1b[K");
  }
  line_is_there_ = false;
}

}  // namespace quaymaster::cli
