#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace quaymaster::cli {

/// One thing a command takes.
struct Option {
  enum class Kind {
    positional,           // a value by its place, required
    optional_positional,  // a value by its place
    text,                 // --name VALUE
    required_text,        // --name VALUE, must be given
    list,                 // --name VALUE, any number of times
    flag,                 // --name
    rest,                 // every word from the first that is no option of ours, as it stands; the last of its command
  };
  Kind kind = Kind::text;
  std::string name;  // "resource-group": the flag without "--"; of a positional the word shown, "PATH"
  std::string help;
  char letter = '\0';  // "g" for -g
};

/// What the user gave.
class Arguments {
 public:
  void add(const std::string& name, std::string value) { values_[name].push_back(std::move(value)); }
  bool has(std::string_view name) const { return values_.contains(name); }
  /// The last value, or `fallback`.
  std::string text(std::string_view name, std::string_view fallback = "") const;
  std::vector<std::string> list(std::string_view name) const;
  /// Errc::invalid, naming the option: not a whole number. `fallback` when it was not given.
  Result<std::uint64_t> number(std::string_view name, std::uint64_t fallback) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// Where a command writes; tests give memory.
struct Terminal {
  std::function<void(std::string_view)> out;  // results: what a script reads
  std::function<void(std::string_view)> err;  // progress and remarks
  bool is_terminal = false;                   // `err` shows lines that are rewritten in place
};

/// One command: a row. Its answer is the exit code; an error is printed as one line and exits with 1.
struct Command {
  std::string_view words;  // "job list"
  std::string_view help;
  std::vector<Option> (*options)();
  Result<int> (*run)(const Arguments& arguments, Terminal& terminal);
  /// The same on a data directory that no server has open; `--data` chooses it.
  const Command* offline = nullptr;
};

/// Those of the command and those of its offline twin; what one of the two can do without need not be given.
std::vector<Option> options_of(const Command& command);
/// With `--data` the offline twin, unless a server runs there: then, as everywhere, `--data` says which server to ask.
/// Errc::invalid: the one that runs lacks an option, or was given one that only the other takes.
Result<int> run(const Command& command, const Arguments& arguments, Terminal& terminal);

// A table a file group; a new group is one declaration here and one line in commands.cc.
std::span<const Command> server_commands();       // serve, health, version
std::span<const Command> job_commands();          // job list|show|watch|cancel
std::span<const Command> drive_commands();        // drive prepare|verify
std::span<const Command> dock_commands();         // drive dock, dock list
std::span<const Command> point_commands();        // point list|show|ls|cat|restore
std::span<const Command> vault_commands();        // vault check|collect|stats
std::span<const Command> vault_key_commands();    // vault key show|rotate|rewrap
std::span<const Command> az_commands();           // az
std::span<const Command> env_commands();          // env
std::span<const Command> simulate_commands();     // simulate disk|share
std::span<const Command> standin_commands();      // clock, fault, log
std::span<const Command> certificate_commands();  // principal add-certificate
std::span<const Command> principal_commands();    // principal create|list|reset-secret|delete
std::span<const Command> audit_commands();        // audit verify|show
/// vault and point on a data directory. A row of the same words in another table becomes one command with it: their
/// positional arguments must have the same names in the same order.
std::span<const Command> offline_commands();

/// Every command there is.
std::vector<Command> all_commands();

/// The options that say which server a command talks to; see cli/common/client.h.
void add_connection_options(std::vector<Option>& options);

}  // namespace quaymaster::cli
