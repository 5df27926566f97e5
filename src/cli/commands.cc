#include "cli/commands.h"

#include <algorithm>

#include "cli/az/commands.h"
#include "cli/drive/commands.h"
#include "cli/jobs/commands.h"
#include "cli/server/commands.h"
#include "cli/simulate/commands.h"
#include "cli/vault/commands.h"
#include "cli/vault/offline_data.h"

namespace quaymaster::cli {

std::vector<Command> all_commands() {
  std::vector<Command> all;
  for (const auto table : {server_commands(), job_commands(), drive_commands(), dock_commands(), point_commands(),
                           vault_commands(), vault_key_commands(), env_commands(), az_commands(), standin_commands(),
                           simulate_commands(), certificate_commands(), principal_commands(), audit_commands()}) {
    all.insert(all.end(), table.begin(), table.end());
  }
  for (const auto& offline : offline_commands()) {
    const auto found = std::ranges::find(all, offline.words, &Command::words);
    if (found == all.end()) {
      all.push_back(offline);
    } else {
      found->offline = &offline;
    }
  }
  return all;
}

namespace {
using Kind = Option::Kind;

bool is_required(Kind kind) {
  return kind == Kind::positional || kind == Kind::required_text;
}

Kind relaxed(Kind kind) {
  return kind == Kind::positional ? Kind::optional_positional : kind == Kind::required_text ? Kind::text : kind;
}

bool is_positional(Kind kind) {
  return kind == Kind::positional || kind == Kind::optional_positional;
}

std::string shown(const Option& option) {
  return is_positional(option.kind) ? option.name : "--" + option.name;
}

Result<> fits(const std::vector<Option>& taken, const std::vector<Option>& known, const Arguments& arguments,
              std::string_view where) {
  for (const auto& option : taken) {
    if (is_required(option.kind) && !arguments.has(option.name)) {
      return invalid("{} is missing", shown(option));
    }
  }
  for (const auto& option : known) {
    if (arguments.has(option.name) && std::ranges::find(taken, option.name, &Option::name) == taken.end()) {
      return invalid("{} works only {}", shown(option), where);
    }
  }
  return ok();
}

}  // namespace

std::vector<Option> options_of(const Command& command) {
  auto options = command.options();
  if (command.offline == nullptr) {
    return options;
  }
  const auto others = command.offline->options();
  for (auto& option : options) {
    const auto twin = std::ranges::find(others, option.name, &Option::name);
    if (twin == others.end() || !is_required(twin->kind)) {
      option.kind = relaxed(option.kind);
    }
    if (option.name == "data") {
      option.help += "; if no server is running, that directory itself is read";
    }
  }
  for (const auto& option : others) {
    if (std::ranges::find(options, option.name, &Option::name) == options.end()) {
      options.push_back(option);
      options.back().kind = relaxed(option.kind);
    }
  }
  return options;
}

Result<int> run(const Command& command, const Arguments& arguments, Terminal& terminal) {
  if (command.offline == nullptr) {
    return command.run(arguments, terminal);
  }
  const bool is_offline = arguments.has("data") && !is_served(arguments.text("data"));
  const auto& chosen = is_offline ? *command.offline : command;
  TRY(fits(chosen.options(), options_of(command), arguments,
           is_offline ? "through a running server" : "with --data on a data directory without a server"));
  return chosen.run(arguments, terminal);
}

}  // namespace quaymaster::cli
