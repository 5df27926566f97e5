#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cstdio>
#include <deque>
#include <iostream>

#include "cli/commands.h"

// The only file that includes CLI11: it builds a command line from the tables of commands.
namespace quaymaster::cli {
namespace {

/// What CLI11 fills in for one command; addresses must not change, hence the deques.
struct Parsed {
  std::deque<std::pair<Option, std::vector<std::string>>> values;
  std::deque<std::pair<Option, bool>> flags;
  std::optional<Option> rest;
};

void add_option(CLI::App& app, const Option& option, Parsed& parsed) {
  std::string name = "--" + option.name;
  if (option.letter != '\0') {
    name = std::string("-") + option.letter + "," + name;
  }
  if (option.kind == Option::Kind::flag) {
    auto& [described, given] = parsed.flags.emplace_back(option, false);
    app.add_flag(name, given, described.help);
    return;
  }
  if (option.kind == Option::Kind::rest) {
    app.prefix_command();
    app.footer(fmt::format("{}: {}", option.name, option.help));
    parsed.rest = option;
    return;
  }
  auto& [described, values] = parsed.values.emplace_back(option, std::vector<std::string>());
  switch (option.kind) {
    case Option::Kind::positional:
      app.add_option(option.name, values, option.help)->required()->expected(1)->allow_extra_args(false);
      break;
    case Option::Kind::optional_positional:
      app.add_option(option.name, values, option.help)->expected(0, 1)->allow_extra_args(false);
      break;
    case Option::Kind::required_text:
      app.add_option(name, values, option.help)->required()->expected(1)->allow_extra_args(false);
      break;
    case Option::Kind::list:
      app.add_option(name, values, option.help)
          ->expected(1)
          ->allow_extra_args(false)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      break;
    default:
      app.add_option(name, values, option.help)
          ->expected(1)
          ->allow_extra_args(false)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

/// The subcommand for "job list", created with its parent when needed.
CLI::App& subcommand(CLI::App& root, std::string_view words) {
  CLI::App* app = &root;
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    const std::string word(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
    CLI::App* next = nullptr;
    for (CLI::App* const known : app->get_subcommands([](CLI::App*) { return true; })) {
      next = known->get_name() == word ? known : next;
    }
    if (next == nullptr) {
      next = app->add_subcommand(word);
      app->require_subcommand(1);
    }
    app = next;
  }
  return *app;
}

/// A group of commands is described by its commands.
void describe_groups(CLI::App& root) {
  for (CLI::App* const group : root.get_subcommands([](CLI::App*) { return true; })) {
    std::string words;
    for (const CLI::App* const command : group->get_subcommands([](CLI::App*) { return true; })) {
      words += (words.empty() ? "" : ", ") + command->get_name();
    }
    if (!words.empty()) {
      group->description(words);
    }
  }
}

int main_program(int argc, char** argv) {
  CLI::App app("Backup vault and drive import/export service that speaks Azure's own APIs", "quaymaster");
  struct Entry {
    Command command;
    CLI::App* app;
    Parsed parsed;
  };
  std::deque<Entry> entries;
  for (const auto& command : all_commands()) {
    auto& entry = entries.emplace_back(Entry{command, &subcommand(app, command.words), {}});
    entry.app->description(std::string(command.help));
    for (const auto& option : options_of(command)) {
      add_option(*entry.app, option, entry.parsed);
    }
  }
  describe_groups(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error, std::cout, std::cerr);
    return code == 0 ? 0 : 2;
  }
  Terminal terminal;
  terminal.out = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  terminal.err = [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); };
  terminal.is_terminal = ::isatty(STDERR_FILENO) == 1;
  for (auto& entry : entries) {
    if (!entry.app->parsed()) {
      continue;
    }
    Arguments arguments;
    for (auto& [option, values] : entry.parsed.values) {
      for (auto& value : values) {
        arguments.add(option.name, std::move(value));
      }
    }
    for (const auto& [option, given] : entry.parsed.flags) {
      if (given) {
        arguments.add(option.name, "true");
      }
    }
    if (entry.parsed.rest) {
      for (auto& word : entry.app->remaining()) {
        arguments.add(entry.parsed.rest->name, std::move(word));
      }
    }
    const auto code = cli::run(entry.command, arguments, terminal);
    if (!code) {
      std::fprintf(stderr, "quaymaster: %s\n", code.error().cause().c_str());
      return 1;
    }
    return code.value();
  }
  return 2;
}

}  // namespace
}  // namespace quaymaster::cli

int main(int argc, char** argv) {
  return quaymaster::cli::main_program(argc, argv);
}
