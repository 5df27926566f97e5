#include "cli/drive/drive_dock.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "base/encode.h"
#include "cli/drive/commands.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr std::string_view kDock = "/providers/Microsoft.ImportExport/dock?api-version=2021-01-01";

struct DockBody {
  std::string drive_id, path;
  static constexpr auto wire() {
    return wire::fields({wire::field<&DockBody::drive_id>("driveId"), wire::field<&DockBody::path>("path")});
  }
};

struct DockedFolder {
  std::string path, state;
  std::optional<std::string> drive_id, job_id, explanation;
  static constexpr auto wire() {
    using wire::field;
    using T = DockedFolder;
    return wire::fields({field<&T::path>("path"), field<&T::drive_id>("driveId"), field<&T::state>("state"),
                         field<&T::job_id>("jobId"), field<&T::explanation>("explanation")});
  }
};
struct DockPage {
  std::vector<DockedFolder> value;
  static constexpr auto wire() { return wire::fields({wire::field<&DockPage::value>("value")}); }
};

/// The group of the only job with that name.
Result<std::string> find_group(Client& client, const std::string& job) {
  TRY(const auto jobs, list_jobs(client, ""));
  std::vector<std::string> groups;
  for (const auto& one : jobs) {
    if (equal_ignoring_case(one.name, job)) {
      groups.push_back(one.group());
    }
  }
  if (groups.empty()) {
    return not_found("there is no job named {}; `quaymaster job list` shows the existing jobs", job);
  }
  if (groups.size() > 1) {
    return conflict("several jobs are named {}: choose one with --resource-group ({})", job, fmt::join(groups, ", "));
  }
  return groups.front();
}

std::vector<Option> dock_options() {
  std::vector<Option> options;
  options.push_back({Option::Kind::positional, "PATH", "folder on the server's machine that is the drive"});
  options.push_back({Option::Kind::required_text, "job", "job that waits for the drive"});
  options.push_back({Option::Kind::required_text, "drive", "id of the drive, as in the job"});
  options.push_back({Option::Kind::text, "resource-group", "resource group of the job, if several have the name", 'g'});
  options.push_back({Option::Kind::flag, "json", "the job as JSON instead of text"});
  add_connection_options(options);
  return options;
}

std::vector<Option> list_options() {
  std::vector<Option> options;
  options.push_back({Option::Kind::flag, "json", "the server's JSON instead of text"});
  add_connection_options(options);
  return options;
}

Result<int> dock(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  // The server may run in another directory.
  std::error_code failed;
  const auto folder = std::filesystem::absolute(arguments.text("PATH"), failed).lexically_normal();
  TRY(const auto job, dock_drive(client, arguments.text("resource-group"), arguments.text("job"),
                                 arguments.text("drive"), folder.native()));
  if (arguments.has("json")) {
    terminal.out(wire::to_json(job) + "\n");
    return 0;
  }
  terminal.out(
      fmt::format("drive {} is docked, job {} is {}\n", arguments.text("drive"), job.name, job.properties.state));
  return 0;
}

Result<int> list(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto text, client.call("GET", std::string(kDock)));
  if (arguments.has("json")) {
    terminal.out(text + "\n");
    return 0;
  }
  TRY(const auto page, wire::parse_stored<DockPage>(text));
  for (const auto& folder : page.value) {
    const auto job = folder.job_id ? folder.job_id->substr(folder.job_id->rfind('/') + 1) : std::string("-");
    terminal.out(fmt::format("{:<9} {:<20} {:<20} {}{}{}\n", folder.state, folder.drive_id.value_or("-"), job,
                             folder.path, folder.explanation ? ": " : "", folder.explanation.value_or("")));
  }
  return 0;
}

constexpr Command kCommands[] = {
    {"drive dock", "Give a drive folder to the job that waits for it", &dock_options, &dock},
    {"dock list", "Show what is in the watched dock", &list_options, &list},
};

}  // namespace

Result<JobView> dock_drive(Client& client, const std::string& group, const std::string& job,
                           const std::string& drive_id, const std::string& folder) {
  auto in_group = group;
  if (in_group.empty()) {
    TRY(in_group, find_group(client, job));
  }
  auto path = job_path(client.connection(), in_group, job);
  path.insert(path.find('?'), "/dockDrive");
  TRY(const auto text, client.call("POST", path, wire::to_json(DockBody{drive_id, folder})));
  return wire::parse_stored<JobView>(text);
}

std::span<const Command> dock_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
