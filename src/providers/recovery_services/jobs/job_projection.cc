#include "providers/recovery_services/jobs/job_projection.h"

#include <algorithm>
#include <cmath>

#include "base/bytes.h"
#include "base/duration.h"
#include "providers/recovery_services/common/versions.h"
#include "providers/recovery_services/jobs/job_text.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

/// How .NET writes an unset time.
constexpr std::string_view kNoTime = "0001-01-01T00:00:00";

bool moves_data(const BackupJob& job) {
  return job.operation == JobOperation::backup || job.operation == JobOperation::restore;
}

/// The byte counts as the engine reports them now, or as they were at the end.
struct Bytewise {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
Bytewise bytes_of(const BackupJob& job, const std::optional<LiveJob>& live) {
  return live ? Bytewise{live->bytes_done, live->bytes_total}
              : Bytewise{job.history.bytes_done, job.history.bytes_total};
}

std::string time_text(const std::optional<Time>& time) {
  return time ? format_time_short(*time) : std::string(kNoTime);
}

Ticks duration_of(const BackupJob& job, Time now) {
  return std::max(Ticks{0}, job.ended.value_or(now) - job.started);  // the clock may have been set back
}

wire::Json json_of(const Bag& bag) {
  std::string text = "{";
  for (const auto& [key, value] : bag) {
    if (text.size() > 1) {
      text += ',';
    }
    wire::append_json_string(text, key);
    text += ':';
    wire::append_json_string(text, value);
  }
  return {text + "}"};
}

Bag bag_of(const std::vector<std::vector<std::string>>& pairs) {
  Bag bag;
  for (const auto& pair : pairs) {
    if (pair.size() == 2) {
      bag.emplace_back(pair[0], pair[1]);
    }
  }
  return bag;
}

bool is_machine_restore(const BackupJob& job) {
  return job.kind == SourceKind::machine && job.operation == JobOperation::restore;
}

/// 1.0 to 99.0 while it runs; 100 only at the end. Nothing while the total is unknown, except for restores of
/// machines, which were recorded with 1.0 from the start.
std::optional<double> percentage(const BackupJob& job, const Bytewise& bytes) {
  if (job.status == JobStatus::completed || job.status == JobStatus::completed_with_warnings) {
    return 100.0;
  }
  if (bytes.total == 0) {
    return is_machine_restore(job) && job.is_running() ? std::optional(1.0) : std::nullopt;
  }
  return std::clamp(static_cast<double>(bytes.done) * 100.0 / static_cast<double>(bytes.total), 1.0, 99.0);
}

std::optional<wire::Json> percentage_json(const std::optional<double>& percent) {
  return percent ? std::optional(wire::Json{fmt::format("{:.1f}", *percent)}) : std::nullopt;
}

/// "63.5 GBs / 127 GBs Transferred" (an example of the specification), in MBs below one GB.
std::string transferred(const Bytewise& bytes) {
  const bool is_large = bytes.total >= kGiB;
  const auto unit = static_cast<double>(is_large ? kGiB : kMiB);
  const auto amount = [&](std::uint64_t count) {
    const double value = std::round(static_cast<double>(count) / unit * 10) / 10;
    return fmt::format("{}", value);
  };
  const auto* name = is_large ? "GBs" : "MBs";
  return fmt::format("{} {} / {} {} Transferred", amount(bytes.done), name, amount(bytes.total), name);
}

/// Times and types of tasks: backup.md 14.4, below the table. File-share jobs never report their tasks: az 2.45
/// crashes on any entry (clients.md).
std::vector<WireJobTask> tasks_of(const BackupJob& job, const Bytewise& bytes, const JobReader& reader) {
  std::vector<WireJobTask> tasks;
  if (job.kind == SourceKind::file_share) {
    return tasks;
  }
  const bool has_times = job.operation == JobOperation::backup && is_since(reader.api_version, cuts::kTaskTimes);
  for (const auto& task : job.history.tasks) {
    auto& told = tasks.emplace_back();
    told.task_id = task.id;
    told.status = wire::text_of(task.status);
    told.duration = "PT0S";
    if (has_times) {
      told.start_time = time_text(task.started);
      told.end_time = time_text(task.ended);
      if (task.started) {
        told.duration = format_duration(std::max(Ticks{0}, task.ended.value_or(reader.now) - *task.started));
      }
    }
    if (task.status == TaskStatus::in_progress && task.id.starts_with("Transfer data") && bytes.total > 0) {
      told.progress_percentage = percentage_json(percentage(job, bytes));
      told.execution_details = transferred(bytes);
    }
    if (moves_data(job) && is_since(reader.api_version, cuts::kTaskTypes)) {
      told.task_type = "Normal";
    }
  }
  return tasks;
}

/// The numbers that do not fit into the documented members (doc/backup-jobs.md).
void add_numbers(Bag& bag, const BackupJob& job, const std::optional<LiveJob>& live, const Bytewise& bytes, Time now) {
  if (bytes.total == 0 && bytes.done == 0) {
    return;
  }
  bag.emplace_back("Bytes read", std::to_string(bytes.done));
  bag.emplace_back("Bytes total", std::to_string(bytes.total));
  if (job.operation == JobOperation::backup) {
    bag.emplace_back("Bytes new", std::to_string(job.history.bytes_new));
  }
  const auto seconds = std::chrono::duration<double>(duration_of(job, now)).count();
  const auto average = seconds > 0 ? static_cast<double>(bytes.done) / seconds : 0.0;
  const auto rate = live ? live->rate.bytes_per_second : average;
  if (rate >= 1e4) {
    bag.emplace_back("Rate (MB/s)", fmt::format("{:.2f}", rate / 1e6));
  }
  if (live && live->rate.seconds_left) {
    bag.emplace_back("Estimated remaining", fmt::format("{:.0f} s \u00b1 {:.0f} s", *live->rate.seconds_left,
                                                        live->rate.seconds_left_uncertainty));
  }
}

WireJobExtendedInfo extended_info(const BackupJob& job, const std::optional<LiveJob>& live, const JobReader& reader) {
  const auto bytes = bytes_of(job, live);
  WireJobExtendedInfo info;
  info.tasks = tasks_of(job, bytes, reader);
  auto bag = bag_of(job.history.bag);
  if (job.kind == SourceKind::file_share && job.operation == JobOperation::restore && job.is_running()) {
    std::erase_if(bag, [](const auto& entry) { return entry.first == kRestoredPointKey; });  // as recorded
  }
  info.bag = json_of(bag);
  auto internal = bag_of(job.history.internal_bag);
  if (moves_data(job)) {
    add_numbers(internal, job, live, bytes, reader.now);
    info.progress_percentage = percentage_json(percentage(job, bytes));
    if (!live) {
      info.estimated_remaining = "PT0S";
    } else if (live->rate.seconds_left) {
      const std::chrono::duration<double> left{std::min(*live->rate.seconds_left, 1e9)};
      info.estimated_remaining = format_duration(std::chrono::duration_cast<Ticks>(left));
    }
  }
  if (!internal.empty()) {
    info.internal_bag = json_of(internal);
  }
  if (live) {
    info.dynamic_error_message = live->waits_for;
  }
  return info;
}

std::vector<WireJobError> errors_of(const BackupJob& job) {
  std::vector<WireJobError> errors;
  for (const auto& error : job.history.errors) {
    auto& told = errors.emplace_back();
    told.error_code = error.number;
    if (job.kind == SourceKind::machine) {
      told.error_title = error.title;
    }
    told.error_string = error.text;
    told.recommendations = error.recommendations;
  }
  return errors;
}

/// Backup and Restore keep their actions after the end, except for backups of file shares: those report them until
/// the snapshot begins (backup.md 14.3, rule 3).
bool has_actions(const BackupJob& job) {
  const bool is_share_backup = job.kind == SourceKind::file_share && job.operation == JobOperation::backup;
  const bool has_begun = std::ranges::any_of(
      job.history.tasks, [](const JobTask& task) { return task.status != TaskStatus::not_started; });
  return job.about.cancellable && !(is_share_backup && (has_begun || !job.is_running()));
}

/// As recorded, depending on the operation.
std::string_view account_version(JobOperation operation) {
  switch (operation) {
    case JobOperation::backup:
      return "MicrosoftStorage";
    case JobOperation::restore:
      return "ClassicCompute";
    default:
      return "Storage";
  }
}

}  // namespace

WireJob project(const BackupJob& job, const std::optional<LiveJob>& live, const JobReader& reader, bool detailed) {
  WireJob told;
  told.name = job.id.text();
  told.id = reader.vault_path + "/backupJobs/" + told.name;
  told.type = "Microsoft.RecoveryServices/vaults/backupJobs";
  auto& p = told.properties;
  if (has_actions(job)) {
    p.actions = wire::Json{is_since(reader.api_version, cuts::kActionsInWords) ? R"(["Cancellable"])" : "[1]"};
  }
  if (job.kind == SourceKind::machine) {
    p.job_type = "AzureIaaSVMJob";  // older clients do not know the newer V2
    p.container_name = job.about.container;
    p.machine_version = "Compute";
  } else {
    p.job_type = "AzureStorageJob";
    p.account_name = job.about.storage_account;
    p.account_version = account_version(job.operation);
    p.user_triggered = false;  // in every recording since 2020, even for on-demand backups
  }
  p.duration = format_duration(duration_of(job, reader.now));
  if (detailed) {
    p.extended = extended_info(job, job.is_running() ? live : std::nullopt, reader);
    if (auto errors = errors_of(job); !errors.empty() && !job.is_running()) {
      p.errors = std::move(errors);
    }
  }
  p.entity = job.about.entity;
  p.management_type = wire::text_of(job.kind);
  p.operation = wire::text_of(job.operation);
  p.status = wire::text_of(job.status);
  p.start_time = job.started;
  p.end_time = job.ended;
  p.activity = job.about.activity;
  return told;
}

}  // namespace quaymaster::recovery_services
