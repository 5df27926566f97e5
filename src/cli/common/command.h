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

/// The options that say which server a command talks to; see cli/common/client.h.
void add_connection_options(std::vector<Option>& options);

}  // namespace quaymaster::cli
