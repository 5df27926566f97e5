#include <algorithm>
#include <array>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/job_api.h"
#include "cli/job_watch.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kCancelBody = R"({"properties":{"cancelRequested":true}})";

void add_job_options(std::vector<Option>& options) {
  options.push_back({Option::Kind::positional, "JOB", "name of the job"});
  options.push_back({Option::Kind::required_text, "resource-group", "its resource group", 'g'});
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
  options.push_back({Option::Kind::flag, "json", "one JSON object a line instead of a table"});
  add_connection_options(options);
  return options;
}

std::vector<Option> watch_options() {
  std::vector<Option> options;
  add_job_options(options);
  options.push_back({Option::Kind::text, "interval", "milliseconds between two looks (default 500)"});
  return options;
}

std::string percent_text(const std::optional<std::int64_t>& percent) {
  return percent ? fmt::format("{} %", *percent) : std::string("-");
}

Result<int> list(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto jobs, list_jobs(client, arguments.text("resource-group")));
  if (arguments.has("json")) {
    for (const auto& job : jobs) {
      terminal.out(wire::to_json(job) + "\n");
    }
    return 0;
  }
  std::vector<std::array<std::string, 6>> rows{{"NAME", "RESOURCE GROUP", "TYPE", "STATE", "PERCENT", "DRIVES"}};
  for (const auto& job : jobs) {
    rows.push_back({job.name, job.group(), job.properties.job_type, job.properties.state,
                    percent_text(job.properties.percent_complete), std::to_string(job.properties.drives.size())});
  }
  std::array<std::size_t, 6> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths.at(i) = std::max(widths.at(i), row.at(i).size());
    }
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i + 1 == row.size() ? row.at(i) : fmt::format("{:<{}}", row.at(i), widths.at(i) + 2);
    }
    terminal.out(line + "\n");
  }
  return 0;
}

Result<int> show(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
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
  const auto group = arguments.text("resource-group");
  const auto name = arguments.text("JOB");
  const auto pause = std::chrono::milliseconds(interval);
  return watch_job([&] { return get_job(client, group, name); }, [&] { clock.sleep_for(pause, {}); }, &steady_seconds,
                   terminal, options);
}

Result<int> cancel(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
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
    {"job list", "List import and export jobs", &list_options, &list},
    {"job show", "Show one job with its drives", &job_options, &show},
    {"job watch", "Follow a job until it ends; 0 when everything was imported, 3 when not", &watch_options, &watch},
    {"job cancel", "Ask for a job to be cancelled; drives being copied are finished", &job_options, &cancel},
};

}  // namespace

std::span<const Command> job_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
