// The audit log of a data directory, read from its files, whether or not a server is running and writing to it.
#include <cstdlib>

#include "cli/server/commands.h"
#include "identity/audit/audit.h"
#include "server/settings/settings.h"

namespace quaymaster::cli {
namespace {

std::vector<Option> verify_options() {
  return {{Option::Kind::text, "data", "data directory (default: as for serve)"},
          {Option::Kind::text, "expect",
           "NUMBER:HASH as printed by an earlier verification: that line must still exist, unchanged"}};
}
std::vector<Option> show_options() {
  return {{Option::Kind::text, "data", "data directory (default: as for serve)"},
          {Option::Kind::text, "last", "how many lines (default: 50; 0: all)"},
          {Option::Kind::text, "who", "only lines of this object id or name"},
          {Option::Kind::flag, "denied", "only refusals"}};
}

Result<Path> directory_of(const Arguments& arguments, Disk& disk) {
  server::Values flags;
  if (arguments.has("data")) {
    flags.emplace("data", arguments.text("data"));
  }
  TRY(const auto settings, server::load(disk, flags, [](const char* name) { return std::getenv(name); }));
  const auto directory = settings.data / "audit";
  if (!disk.status(directory)) {
    return not_found("there is no audit log in {}", settings.data.native());
  }
  return directory;
}

Result<int> verify(const Arguments& arguments, Terminal& terminal) {
  SystemDisk disk;
  TRY(const auto directory, directory_of(arguments, disk));
  const auto expected = arguments.text("expect");
  bool met = expected.empty();
  TRY(const auto check,
      identity::read_audit(disk, directory, [&](const identity::AuditEntry& entry, std::string_view hash) {
        met = met || expected == fmt::format("{}:{}", entry.number, hash);
      }));
  for (const auto& finding : check.findings) {
    terminal.out(finding + "\n");
  }
  if (!met) {
    terminal.out(fmt::format("line {} is missing\n", expected));
  }
  if (check.last == 0) {  // a server's first start writes the first lines
    terminal.out(fmt::format("{} has no lines: no log was kept, or it was emptied\n", directory.native()));
  }
  const bool whole = met && check.findings.empty() && check.last > 0;
  terminal.out(fmt::format("{}: lines {} to {}\nlast {}:{}\n", whole ? "whole" : "NOT WHOLE", check.first, check.last,
                           check.last, check.hash));
  return whole ? 0 : 1;
}

std::string line_of(const identity::AuditEntry& entry) {
  const auto text = [](const auto& value) { return value.value_or("-"); };
  if (entry.event != "request") {
    return fmt::format("{:>6}  {}  {}{}\n", entry.number, format_time_short(entry.time), entry.event,
                       entry.count ? fmt::format(" {} refusals", *entry.count) : "");
  }
  return fmt::format("{:>6}  {}  {} {} {} {}  {} ({})  {}{}\n", entry.number, format_time_short(entry.time),
                     entry.status.value_or(0), text(entry.face), text(entry.method), text(entry.target),
                     text(entry.name), text(entry.who), text(entry.request), entry.code ? "  " + *entry.code : "");
}

Result<int> show(const Arguments& arguments, Terminal& terminal) {
  SystemDisk disk;
  TRY(const auto directory, directory_of(arguments, disk));
  constexpr std::uint64_t kLast = 50;
  TRY(const auto last, arguments.number("last", kLast));
  const auto who = arguments.text("who");
  std::vector<std::string> lines;  // a ring when only the last are wanted
  std::size_t next = 0;
  TRY(identity::read_audit(disk, directory, [&](const identity::AuditEntry& entry, std::string_view) {
    const bool is_whose = who.empty() || entry.who == who || entry.name == who;
    const bool is_denied = entry.status == 401 || entry.status == 403;
    if (!is_whose || (arguments.has("denied") && !is_denied)) {
      return;
    }
    if (last == 0 || lines.size() < last) {
      lines.push_back(line_of(entry));
    } else {
      lines[next++ % lines.size()] = line_of(entry);
    }
  }));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    terminal.out(lines[(next + i) % lines.size()]);
  }
  return 0;
}

constexpr Command kCommands[] = {
    {"audit verify", "Check that no line of the audit log was changed or removed", &verify_options, &verify},
    {"audit show", "Show who did what", &show_options, &show},
};

}  // namespace

std::span<const Command> audit_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
