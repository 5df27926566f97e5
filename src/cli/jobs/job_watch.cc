#include "cli/jobs/job_watch.h"

#include <cmath>

#include "cli/common/progress.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr int kMostFailedPolls = 10;
constexpr int kExitPartlyFailed = 3;

struct Look {
  std::string name, state;
  std::int64_t percent = 0;
  std::uint64_t bytes = 0;
  double bytes_per_second = 0;
  std::optional<double> seconds_left;

  static constexpr auto wire() {
    using wire::field;
    using T = Look;
    return wire::fields({field<&T::name>("job"), field<&T::state>("state"), field<&T::percent>("percentComplete"),
                         field<&T::bytes>("bytesSucceeded"), field<&T::bytes_per_second>("bytesPerSecond"),
                         field<&T::seconds_left>("secondsLeft")});
  }
};

/// The wire has percent and bytes but no total; together they give an estimate that improves with progress.
std::uint64_t estimate_total(std::uint64_t bytes, std::int64_t percent) {
  return percent <= 0 ? 0
                      : static_cast<std::uint64_t>(static_cast<double>(bytes) * 100.0 / static_cast<double>(percent));
}

std::string line_of(const Look& look) {
  auto line =
      fmt::format("{:<13} {} {:>3} %  {:>10}", look.state, format_bar(static_cast<double>(look.percent) / 100.0, 24),
                  look.percent, format_bytes(static_cast<double>(look.bytes)));
  if (look.bytes_per_second >= 1) {
    line += "  " + format_rate(look.bytes_per_second);
  }
  if (look.seconds_left) {
    line += "  " + format_seconds(*look.seconds_left) + " left";
  }
  return line;
}

}  // namespace

Result<int> watch(const std::function<Result<WatchedJob>()>& look, const std::function<void()>& wait,
                  Terminal& terminal, const WatchOptions& options) {
  std::string last;
  int failed_looks = 0;
  while (true) {
    const auto seen = look();
    if (!seen) {
      if (seen.error().kind() != Errc::io || ++failed_looks >= kMostFailedPolls) {
        return seen.error();
      }
    } else {
      failed_looks = 0;
      const auto& [line, is_final, exit_code, description] = seen.value();
      if (options.json) {
        if (line != last) {
          terminal.out(line + "\n");
        }
      } else if (terminal.is_terminal) {
        terminal.err("\r" + line + "\x1b[K" + (is_final ? "\n" : ""));
      } else if (line != last) {
        terminal.err(line + "\n");
      }
      last = line;
      if (is_final) {
        if (!options.json) {
          terminal.out(description);
        }
        return exit_code;
      }
    }
    wait();
  }
}

Result<int> watch_job(const std::function<Result<JobView>()>& get, const std::function<void()>& wait,
                      double (*seconds)(), Terminal& terminal, const WatchOptions& options) {
  ProgressMeter meter;
  const auto look_once = [&]() -> Result<WatchedJob> {
    TRY(const auto job, get());
    Look look;
    look.name = job.name;
    look.state = job.properties.state;
    look.percent = job.properties.percent_complete.value_or(0);
    look.bytes = job.bytes_succeeded();
    meter.update(seconds(), look.bytes, estimate_total(look.bytes, look.percent));
    if (!job.is_final()) {
      look.bytes_per_second = meter.bytes_per_second();
      look.seconds_left = meter.seconds_left();
    }
    WatchedJob watched;
    watched.line = options.json ? wire::to_json(look) : line_of(look);
    watched.is_final = job.is_final();
    watched.exit_code = job.is_success() ? 0 : kExitPartlyFailed;
    watched.description = describe(job);
    return watched;
  };
  return watch(look_once, wait, terminal, options);
}

std::string describe(const JobView& job) {
  auto text = fmt::format("{}  {}  {}", job.name, job.properties.job_type, job.properties.state);
  if (job.properties.percent_complete) {
    text += fmt::format("  {} %", *job.properties.percent_complete);
  }
  text += fmt::format("  {}{}\n", format_bytes(static_cast<double>(job.bytes_succeeded())),
                      job.properties.cancel_requested ? "  (cancel requested)" : "");
  for (const auto& drive : job.properties.drives) {
    text += fmt::format("  drive {}  {}", drive.drive_id, drive.state);
    if (drive.percent_complete) {
      text += fmt::format("  {} %", *drive.percent_complete);
    }
    if (drive.bytes_succeeded) {
      text += "  " + format_bytes(static_cast<double>(*drive.bytes_succeeded));
    }
    text += "\n";
    if (drive.copy_status && !drive.copy_status->empty()) {
      text += fmt::format("    {}\n", *drive.copy_status);
    }
    for (const auto& [what, uri] :
         {std::pair("manifest", &drive.manifest_uri), std::pair("error log", &drive.error_log_uri),
          std::pair("verbose log", &drive.verbose_log_uri)}) {
      if (*uri && !(*uri)->empty()) {
        text += fmt::format("    {}: {}\n", what, **uri);
      }
    }
  }
  return text;
}

}  // namespace quaymaster::cli
