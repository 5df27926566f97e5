#include <optional>

#include "cli/common/client.h"
#include "cli/common/table.h"
#include "cli/jobs/backup_job_api.h"
#include "cli/jobs/backup_job_watch.h"
#include "cli/jobs/commands.h"
#include "cli/jobs/job_api.h"
#include "cli/jobs/job_watch.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kCancelBody = R"({"properties":{"cancelRequested":true}})";

constexpr std::string_view kJobHelp = "name of the job, or its full resource id";

void add_vault_option(std::vector<Option>& options) {
  options.push_back({Option::Kind::text, "vault", "the Recovery Services vault of a backup job", 'v'});
}

void add_job_options(std::vector<Option>& options) {
  options.push_back({Option::Kind::positional, "JOB", std::string(kJobHelp)});
  options.push_back({Option::Kind::text, "resource-group", "its resource group", 'g'});
  add_vault_option(options);
  options.push_back({Option::Kind::flag, "json", "the server's JSON instead of text"});
  add_connection_options(options);
}

std::vector<Option> job_options() {
  std::vector<Option> options;
  add_job_options(options);
  return options;
}

std::vector<Option> list_options() {
  std::vector<Option> options;
  options.push_back({Option::Kind::text, "resource-group", "only jobs of this resource group", 'g'});
  add_vault_option(options);
  options.push_back({Option::Kind::text, "filter", "with --vault: only these, \"status eq 'InProgress'\""});
  options.push_back({Option::Kind::flag, "json", "one JSON object per line instead of a table"});
  add_connection_options(options);
  return options;
}

std::vector<Option> watch_options() {
  std::vector<Option> options;
  add_job_options(options);
  options.push_back({Option::Kind::text, "interval", "milliseconds between two polls (default 500)"});
  return options;
}

/// The backup job that the arguments name; none: an import or export job of --resource-group. A name alone is searched
/// for in every vault.
Result<std::optional<BackupJobName>> backup_job_of(const Arguments& arguments, Client& client) {
  const auto job = arguments.text("JOB");
  if (auto named = backup_job_in_id(job)) {
    return named;
  }
  if (arguments.has("vault")) {
    if (!arguments.has("resource-group")) {
      return invalid("--vault needs the --resource-group of the vault");
    }
    return std::optional<BackupJobName>({arguments.text("resource-group"), arguments.text("vault"), job});
  }
  if (arguments.has("resource-group")) {
    return std::optional<BackupJobName>();
  }
  TRY(auto found, find_backup_job(client, job));
  return std::optional(std::move(found));
}

std::string percent_text(const std::optional<std::int64_t>& percent) {
  return percent ? fmt::format("{} %", *percent) : std::string("-");
}

Result<int> list_of_vault(const Arguments& arguments, Client& client, Terminal& terminal) {
  if (!arguments.has("resource-group")) {
    return invalid("--vault needs the --resource-group of the vault");
  }
  const BackupJobName vault{arguments.text("resource-group"), arguments.text("vault"), {}};
  TRY(const auto jobs, list_backup_jobs(client, vault, arguments.text("filter")));
  if (!arguments.has("json")) {
    terminal.out(table_of(jobs));
    return 0;
  }
  for (const auto& job : jobs) {
    terminal.out(wire::to_json(job) + "\n");
  }
  return 0;
}

Result<int> list(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  if (arguments.has("vault")) {
    return list_of_vault(arguments, client, terminal);
  }
  TRY(const auto jobs, list_jobs(client, arguments.text("resource-group")));
  if (arguments.has("json")) {
    for (const auto& job : jobs) {
      terminal.out(wire::to_json(job) + "\n");
    }
    return 0;
  }
  Table<6> rows{{"NAME", "RESOURCE GROUP", "TYPE", "STATE", "PERCENT", "DRIVES"}};
  for (const auto& job : jobs) {
    rows.push_back({job.name, job.group(), job.properties.job_type, job.properties.state,
                    percent_text(job.properties.percent_complete), std::to_string(job.properties.drives.size())});
  }
  terminal.out(format_table(rows));
  return 0;
}

Result<int> show(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto backup, backup_job_of(arguments, client));
  if (backup) {
    TRY(const auto text, client.call("GET", backup_jobs_path(client.connection(), *backup)));
    if (arguments.has("json")) {
      terminal.out(text + "\n");
      return 0;
    }
    TRY(const auto job, wire::parse_stored<BackupJobView>(text));
    terminal.out(describe(job));
    return 0;
  }
  const auto group = arguments.text("resource-group");
  if (arguments.has("json")) {
    TRY(const auto text, client.call("GET", job_path(client.connection(), group, arguments.text("JOB"))));
    terminal.out(text + "\n");
    return 0;
  }
  TRY(const auto job, get_job(client, group, arguments.text("JOB")));
  terminal.out(describe(job));
  return 0;
}

Result<int> watch(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto interval, arguments.number("interval", 500));
  TRY(auto client, client_of(arguments));
  SystemClock clock;
  WatchOptions options;
  options.json = arguments.has("json");
  const auto pause = std::chrono::milliseconds(interval);
  const auto wait = [&] { clock.sleep_for(pause, {}); };
  TRY(const auto backup, backup_job_of(arguments, client));
  if (backup) {
    return watch_backup_job([&] { return get_backup_job(client, *backup); }, wait, terminal, options);
  }
  const auto group = arguments.text("resource-group");
  const auto name = arguments.text("JOB");
  return watch_job([&] { return get_job(client, group, name); }, wait, &steady_seconds, terminal, options);
}

Result<int> cancel(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto backup, backup_job_of(arguments, client));
  if (backup) {
    TRY(client.call("POST", backup_jobs_path(client.connection(), *backup, "/cancel")));
    TRY(const auto text, client.call("GET", backup_jobs_path(client.connection(), *backup)));
    TRY(const auto job, wire::parse_stored<BackupJobView>(text));
    terminal.out(arguments.has("json")
                     ? text + "\n"
                     : fmt::format("{}: cancel requested, status {}\n", job.name, job.properties.status));
    return 0;
  }
  const auto path = job_path(client.connection(), arguments.text("resource-group"), arguments.text("JOB"));
  TRY(const auto text, client.call("PATCH", path, kCancelBody));
  if (arguments.has("json")) {
    terminal.out(text + "\n");
    return 0;
  }
  TRY(const auto job, wire::parse_stored<JobView>(text));
  terminal.out(fmt::format("{}: cancel requested, state {}\n", job.name, job.properties.state));
  return 0;
}

constexpr Command kCommands[] = {
    {"job list", "List import and export jobs, or with --vault the backup jobs of a vault", &list_options, &list},
    {"job show", "Show one job: its drives, or its tasks and properties", &job_options, &show},
    {"job watch", "Follow a job until it ends; exit status 0: succeeded, 3: partly failed, 4: failed, 5: cancelled",
     &watch_options, &watch},
    {"job cancel", "Request cancellation of a job; drives that are being copied are finished", &job_options, &cancel},
};

}  // namespace

std::span<const Command> job_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
