#include "cli/jobs/backup_job_watch.h"

#include <array>
#include <charconv>

#include "base/duration.h"
#include "cli/common/progress.h"
#include "cli/common/table.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

struct BackupLook {
  std::string name, operation, status;
  std::optional<double> percentage;
  std::optional<std::uint64_t> bytes_read, bytes_total, bytes_new;
  std::optional<double> megabytes_per_second, seconds_left, uncertainty;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupLook;
    return wire::fields({field<&T::name>("job"), field<&T::operation>("operation"), field<&T::status>("status"),
                         field<&T::percentage>("progressPercentage"), field<&T::bytes_read>("bytesRead"),
                         field<&T::bytes_total>("bytesTotal"), field<&T::bytes_new>("bytesNew"),
                         field<&T::megabytes_per_second>("megabytesPerSecond"), field<&T::seconds_left>("secondsLeft"),
                         field<&T::uncertainty>("secondsLeftUncertainty")});
  }
};

std::string value_of(const BackupJobView& job, const std::string& key) {
  const auto found = job.properties.info.internal_bag.find(key);
  return found == job.properties.info.internal_bag.end() ? std::string() : found->second;
}

/// The number at the beginning of `text`; none when there is none.
std::optional<double> leading_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end != text.data() ? std::optional(number) : std::nullopt;
}

BackupLook look_at(const BackupJobView& job) {
  BackupLook look;
  look.name = job.name;
  look.operation = job.properties.operation;
  look.status = job.properties.status;
  look.percentage = job.properties.info.percentage;
  const auto& bag = job.properties.info.internal_bag;
  const auto count = [&](const char* key) { return bag.contains(key) ? std::optional(job.number(key)) : std::nullopt; };
  look.bytes_read = count("Bytes read");
  look.bytes_total = count("Bytes total");
  look.bytes_new = count("Bytes new");
  look.megabytes_per_second = leading_number(value_of(job, "Rate (MB/s)"));
  const auto left = value_of(job, "Estimated remaining");  // "100 s ± 12 s"
  look.seconds_left = leading_number(left);
  constexpr std::string_view kPlusMinus = "\u00b1 ";
  if (const auto at = left.find(kPlusMinus); at != std::string::npos) {
    look.uncertainty = leading_number(std::string_view(left).substr(at + kPlusMinus.size()));
  }
  return look;
}

std::string line_of(const BackupLook& look, const BackupJobView& job) {
  auto line = fmt::format("{:<13}", look.status);
  if (look.percentage) {
    line += fmt::format(" {} {:>5.1f} %", format_bar(*look.percentage / 100.0, 24), *look.percentage);
  }
  if (look.bytes_read) {
    line += fmt::format("  {:>10}", format_bytes(static_cast<double>(*look.bytes_read)));
  }
  if (look.bytes_total.value_or(0) > 0) {
    line += fmt::format(" / {}", format_bytes(static_cast<double>(*look.bytes_total)));
  }
  if (look.megabytes_per_second) {
    line += fmt::format("  {:.1f} MB/s", *look.megabytes_per_second);
  }
  if (look.seconds_left && !job.is_final()) {
    line += fmt::format("  {} \u00b1 {} left", format_seconds(*look.seconds_left),
                        format_seconds(look.uncertainty.value_or(0)));
  }
  if (!job.properties.info.waits_for.empty()) {
    line += "  waits: " + job.properties.info.waits_for;
  }
  return line;
}

std::string duration_of(const BackupJobView& job) {
  const auto duration = parse_duration(job.properties.duration);
  return duration ? format_seconds(std::chrono::duration<double>(duration.value()).count()) : job.properties.duration;
}

}  // namespace

Result<int> watch_backup_job(const std::function<Result<BackupJobView>()>& get, const std::function<void()>& wait,
                             Terminal& terminal, const WatchOptions& options) {
  const auto look = [&]() -> Result<WatchedJob> {
    TRY(const auto job, get());
    const auto seen = look_at(job);
    WatchedJob watched;
    watched.line = options.json ? wire::to_json(seen) : line_of(seen, job);
    watched.is_final = job.is_final();
    watched.exit_code = exit_code_of(job);
    watched.description = describe(job);
    return watched;
  };
  return watch(look, wait, terminal, options);
}

int exit_code_of(const BackupJobView& job) {
  const auto& status = job.properties.status;
  return status == "Completed" ? 0 : status == "CompletedWithWarnings" ? 3 : status == "Cancelled" ? 5 : 4;
}

std::string describe(const BackupJobView& job) {
  const auto& p = job.properties;
  auto text = fmt::format("{}  {}  {}  {}  {}\n", job.name, p.operation, p.entity, p.status, duration_of(job));
  for (const auto& task : p.info.tasks) {
    text += fmt::format("  task {}  {}{}\n", task.id, task.status, task.details ? "  " + *task.details : "");
  }
  for (const auto* bag : {&p.info.bag, &p.info.internal_bag}) {
    for (const auto& [key, value] : *bag) {
      text += fmt::format("  {}: {}\n", key, value);
    }
  }
  for (const auto& error : p.errors) {
    text += fmt::format("  error {}{}: {}\n", error.code, error.title ? " " + *error.title : "", error.text);
    for (const auto& advice : error.recommendations) {
      text += fmt::format("    {}\n", advice);
    }
  }
  return text;
}

std::string table_of(const std::vector<BackupJobView>& jobs) {
  Table<6> rows{{"NAME", "OPERATION", "STATUS", "ITEM", "STARTED", "DURATION"}};
  for (const auto& job : jobs) {
    const auto& p = job.properties;
    auto started = format_time_short(p.started);
    started = started.substr(0, 19) + "Z";
    rows.push_back({job.name, p.operation, p.status, p.entity, started, duration_of(job)});
  }
  return format_table(rows);
}

}  // namespace quaymaster::cli
