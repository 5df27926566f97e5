// Recovery points through the server: list, browse, read, restore.
#include "base/encode.h"
#include "cli/common/client.h"
#include "cli/common/list_all.h"
#include "cli/common/progress.h"
#include "cli/vault/commands.h"
#include "cli/vault/point_restore.h"
#include "cli/vault/vault_api.h"

namespace quaymaster::cli {
namespace {

/// How much of a file is requested at once; the server may return less.
constexpr std::uint64_t kAtOnce = 8 * kMiB;

std::vector<Option> item_options() {
  std::vector<Option> options;
  options.push_back({Option::Kind::positional, "ITEM", "what is protected: the name of a machine or a share"});
  add_vault_options(options);
  options.push_back({Option::Kind::flag, "json", "the server's JSON instead of text"});
  add_connection_options(options);
  return options;
}

std::vector<Option> point_options() {
  auto options = item_options();
  options.insert(options.begin() + 1,
                 {Option::Kind::positional, "POINT", "the recovery point: its number, or \"latest\""});
  return options;
}

std::vector<Option> ls_options() {
  auto options = point_options();
  options.insert(options.begin() + 2, {Option::Kind::optional_positional, "PATH", "a directory of the share"});
  return options;
}

std::vector<Option> cat_options() {
  auto options = point_options();
  options.insert(options.begin() + 2,
                 {Option::Kind::positional, "PATH", "a file of the share, or the name of a disk of the machine"});
  return options;
}

struct Named {
  ItemView item;
  PointView point;
};
Result<Named> named(Client& client, const Arguments& arguments) {
  Named named;
  TRY(named.item, find_item(client, vault_name(arguments), arguments.text("ITEM")));
  TRY(named.point, find_point(client, named.item, arguments.text("POINT")));
  return named;
}

Result<int> list(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto item, find_item(client, vault_name(arguments), arguments.text("ITEM")));
  TRY(const auto points, list_points(client, item));
  if (arguments.has("json")) {
    for (const auto& point : points) {
      terminal.out(wire::to_json(point) + "\n");
    }
    return 0;
  }
  std::vector<std::vector<std::string>> rows{{"POINT", "TIME", "CONSISTENCY"}};
  for (const auto& point : points) {
    rows.push_back({point.name, point.properties.time, point.properties.consistency});
  }
  terminal.out(format_table(rows));
  return 0;
}

Result<int> show(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto found, named(client, arguments));
  TRY(const auto text, client.call("GET", id_path(found.point.id, "")));
  if (arguments.has("json")) {
    terminal.out(text + "\n");
    return 0;
  }
  TRY(const auto entries, list_all<EntryView>(client, id_path(found.point.id, "/quaymasterEntries")));
  terminal.out(format_table({{"item", found.item.properties.friendly_name},
                             {"point", found.point.name},
                             {"time", found.point.properties.time},
                             {"consistency", found.point.properties.consistency},
                             {found.item.is_machine() ? "disks" : "entries", std::to_string(entries.size())}}));
  return 0;
}

Result<int> ls(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto found, named(client, arguments));
  const auto tail = "/quaymasterEntries?path=" + percent_encode(arguments.text("PATH"));
  TRY(const auto entries, list_all<EntryView>(client, id_path(found.point.id, tail)));
  std::vector<std::vector<std::string>> rows;
  for (const auto& entry : entries) {
    if (arguments.has("json")) {
      terminal.out(wire::to_json(entry) + "\n");
      continue;
    }
    rows.push_back({entry.type, entry.mode.value_or(entry.lun ? fmt::format("lun {}", *entry.lun) : ""),
                    entry.size ? std::to_string(*entry.size) : "-", entry.modified.value_or("-"),
                    entry.target ? fmt::format("{} -> {}", entry.name, *entry.target) : entry.name});
  }
  terminal.out(format_table(rows));
  return 0;
}

Result<int> cat(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto found, named(client, arguments));
  const auto path = id_path(found.point.id, "/quaymasterContent?path=" + percent_encode(arguments.text("PATH")));
  constexpr int kNoSuchRange = 416;  // the end of the file
  for (std::uint64_t at = 0;;) {
    TRY(const auto answer, client.exchange("GET", path, "", {fmt::format("Range: bytes={}-{}", at, at + kAtOnce - 1)}));
    if (answer.status == kNoSuchRange || answer.body.empty()) {
      return 0;
    }
    terminal.out(answer.body);
    at += answer.body.size();
  }
}

std::vector<Option> restore_options() {
  auto options = point_options();
  using Kind = Option::Kind;
  options.push_back({Kind::text, "to", "machine: directory of the server for the images, which get the disks' names"});
  options.push_back(
      {Kind::list, "lun", "machine: only this data disk, in addition to the system disk (repeat for more)"});
  options.push_back(
      {Kind::flag, "original", "in place: replace the machine's disks, or restore into the share itself"});
  options.push_back({Kind::text, "as", "machine: create a new one with this name", '\0'});
  options.push_back({Kind::text, "target-group", "resource group of the new machine or disks (default: the vault's)"});
  options.push_back({Kind::text, "account", "share: storage account of the target; machine: for page blobs"});
  options.push_back({Kind::text, "share", "share: the target share"});
  options.push_back({Kind::list, "path", "share: only this file or directory (repeat for more)"});
  options.push_back({Kind::text, "into", "share: folder of the target to put it into"});
  options.push_back({Kind::text, "copy", "share: Overwrite, Skip, CreateCopy or FailOnConflict (default: Overwrite)"});
  options.push_back({Kind::flag, "no-wait", "do not wait for the job to end"});
  return options;
}

Result<int> restore(const Arguments& arguments, Terminal& terminal) {
  TRY(auto client, client_of(arguments));
  TRY(const auto found, named(client, arguments));
  TRY(const auto body, restore_body(client.connection(), arguments, found.item));
  TRY(const auto accepted, client.exchange("POST", id_path(found.point.id, "/restore"), body));
  SystemClock clock;
  const auto pause = [&](const auto&) -> Result<> {
    clock.sleep_for(std::chrono::milliseconds(300), {});
    return ok();
  };
  TRY(const auto operation, await_operation(client, accepted, pause));
  TRY(const auto job, job_of(operation));
  if (arguments.has("no-wait")) {
    terminal.out(job + "\n");
    return 0;
  }
  const auto path = vault_path(client.connection(), vault_name(arguments), "/backupJobs/" + job);
  return follow_restore([&] { return client.call("GET", path); }, [&] { static_cast<void>(pause(0)); }, terminal,
                        arguments.has("json"));
}

constexpr Command kCommands[] = {
    {"point list", "List the recovery points of what is protected", &item_options, &list},
    {"point show", "Show one recovery point", &point_options, &show},
    {"point ls", "List a directory of a share, or a machine's disks, in a recovery point", &ls_options, &ls},
    {"point cat", "Write a file or disk of a recovery point to standard output", &cat_options, &cat},
    {"point restore", "Restore a recovery point and wait for it; exit status 3: not everything was restored",
     &restore_options, &restore},
};

}  // namespace

std::span<const Command> point_commands() {
  return kCommands;
}

}  // namespace quaymaster::cli
