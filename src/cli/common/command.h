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

/// One argument or option of a command.
struct Option {
  enum class Kind {
    positional,           // a required value, identified by its position
    optional_positional,  // an optional value, identified by its position
    text,                 // --name VALUE
    required_text,        // --name VALUE, must be given
    list,                 // --name VALUE, any number of times
    flag,                 // --name
    rest,                 // every word from the first that is not one of our options, unchanged; must be last
  };
  Kind kind = Kind::text;
  std::string name;  // "resource-group": the flag without "--"; for a positional the word shown, "PATH"
  std::string help;
  char letter = '\0';  // "g" for -g
};

/// The arguments the user gave.
class Arguments {
 public:
  void add(const std::string& name, std::string value) { values_[name].push_back(std::move(value)); }
  bool has(std::string_view name) const { return values_.contains(name); }
  /// The last value, or `fallback`.
  std::string text(std::string_view name, std::string_view fallback = "") const;
  std::vector<std::string> list(std::string_view name) const;
  /// Errc::invalid, naming the option: not an integer. `fallback` when it was not given.
  Result<std::uint64_t> number(std::string_view name, std::uint64_t fallback) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// Where a command writes; tests pass functions that store the text.
struct Terminal {
  std::function<void(std::string_view)> out;  // results: what a script reads
  std::function<void(std::string_view)> err;  // progress and messages
  bool is_terminal = false;                   // `err` may show lines that are rewritten in place
};

/// One command, as a row. It returns the exit code; an error is printed as one line and exits with 1.
struct Command {
  std::string_view words;  // "job list"
  std::string_view help;
  std::vector<Option> (*options)();
  Result<int> (*run)(const Arguments& arguments, Terminal& terminal);
  /// The same on a data directory that no server has open, chosen by `--data`.
  const Command* offline = nullptr;
};

/// The options that choose the server a command uses; see cli/common/client.h.
void add_connection_options(std::vector<Option>& options);

}  // namespace quaymaster::cli
