#include "cli/vault/point_offline.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/clock.h"
#include "base/encode.h"
#include "cli/common/byte_progress.h"
#include "cli/vault/offline_contents.h"
#include "cli/vault/offline_data.h"
#include "vault/engine/open_vault.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

namespace rs = recovery_services;
using workload::EntryKind;

constexpr int kExitIncomplete = 3;
constexpr std::size_t kCopied = 1 * kMiB;

std::string bytes_text(std::uint64_t bytes) {
  return format_bytes(static_cast<double>(bytes));
}

std::string_view kind_text(EntryKind kind) {
  constexpr std::array<std::string_view, 7> kNames{"file",   "directory",        "symlink",     "fifo",
                                                   "socket", "character device", "block device"};
  return kNames.at(static_cast<std::size_t>(kind));
}

struct PointLine {
  std::string name;
  std::string id;
  std::string item;
  std::string type;
  Time time;
  std::string consistency;
  bool on_demand = false;
  std::optional<Time> expiry;
  std::uint64_t bytes = 0;
  std::uint64_t bytes_new = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = PointLine;
    return wire::fields({field<&T::name>("name"), field<&T::id>("id"), field<&T::item>("item"),
                         field<&T::type>("backupManagementType"), field<&T::time>("time"),
                         field<&T::consistency>("consistency"), field<&T::on_demand>("onDemand"),
                         field<&T::expiry>("expiry"), field<&T::bytes>("bytes"), field<&T::bytes_new>("bytesNew")});
  }
};

struct EntryLine {
  std::string path;
  std::string kind;
  std::uint64_t size = 0;
  std::string mode;
  std::optional<Time> modified;
  std::optional<std::string> target;
  static constexpr auto wire() {
    using wire::field;
    using T = EntryLine;
    return wire::fields({field<&T::path>("path"), field<&T::kind>("kind"), field<&T::size>("size"),
                         field<&T::mode>("mode"), field<&T::modified>("modified"), field<&T::target>("target")});
  }
};

struct RestoredLine {
  std::string event = "done";
  std::uint64_t restored = 0;
  std::uint64_t skipped = 0;
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = RestoredLine;
    return wire::fields({field<&T::event>("event"), field<&T::restored>("restored"), field<&T::skipped>("skipped"),
                         field<&T::failed>("failed"), field<&T::bytes>("bytes"), field<&T::seconds>("seconds")});
  }
};

PointLine line_of(const OfflineData::FoundPoint& point) {
  constexpr std::array<std::string_view, 3> kConsistency{"ApplicationConsistent", "FileSystemConsistent",
                                                         "CrashConsistent"};
  const auto& record = point.record;
  return {std::to_string(record.name),
          record.id.text(),
          point.item.friendly_name,
          point.item.kind == rs::SourceKind::machine ? "AzureIaasVM" : "AzureStorage",
          record.time,
          std::string(kConsistency.at(static_cast<std::size_t>(record.consistency))),
          record.on_demand,
          record.expiry,
          record.bytes,
          record.bytes_new};
}

EntryLine line_of(const OfflineContents::Entry& entry) {
  EntryLine line{entry.path, std::string(kind_text(entry.kind)), entry.size, fmt::format("{:04o}", entry.mode), {}, {}};
  if (entry.modified != Time{}) {
    line.modified = entry.modified;
  }
  if (!entry.target.empty()) {
    line.target = entry.target;
  }
  return line;
}

/// A name may contain any bytes; characters that would move the cursor are shown as question marks.
std::string printable(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

/// The point that the command line names, opened.
struct OpenPoint {
  std::unique_ptr<OfflineData> data;
  OfflineData::OpenVault vault;
  OfflineData::FoundPoint found;
  vault::Point point;

  static Result<OpenPoint> open(const Arguments& arguments) {
    TRY(auto data, OfflineData::open(arguments));
    TRY(auto vault, data->open_vault(arguments));
    TRY(auto found, data->find_point(vault, arguments));
    TRY(auto point, vault.vault->point(found.record.id));
    return OpenPoint{std::move(data), std::move(vault), std::move(found), std::move(point)};
  }
};

std::vector<Option> point_options(std::initializer_list<Option> more) {
  using enum Option::Kind;
  std::vector<Option> options{{positional, "ITEM", "what is protected: the name of a machine or a share"},
                              {positional, "POINT", "the recovery point: its number, its id, or \"latest\""}};
  options.insert(options.end(), more);
  add_offline_options(options);
  return options;
}

Result<workload::CopyOption> copy_option(const Arguments& arguments) {
  using enum workload::CopyOption;
  constexpr std::array<std::pair<std::string_view, workload::CopyOption>, 4> kNames{
      {{"Overwrite", overwrite}, {"Skip", skip}, {"CreateCopy", create_copy}, {"FailOnConflict", fail_on_conflict}}};
  const auto given = arguments.text("copy", "FailOnConflict");
  const auto found =
      std::ranges::find_if(kNames, [&](const auto& named) { return equal_ignoring_case(named.first, given); });
  if (found == kNames.end()) {
    return invalid("--copy: \"{}\" is not one of Overwrite, Skip, CreateCopy, FailOnConflict", given);
  }
  return found->second;
}

/// One part and its destination.
struct Order {
  const workload::Part* part;
  Path target;
  std::vector<workload::RestoreItem> items;
};

Result<std::vector<Order>> orders_of(const OfflineContents& contents, const Arguments& arguments) {
  const Path target = arguments.text("to");
  const auto paths = arguments.list("path");
  std::vector<Order> orders;
  if (paths.empty()) {
    const auto ending = "." + arguments.text("format", "raw");
    for (const auto& part : contents.parts()) {
      orders.push_back(
          {&part, contents.is_alone() ? target : target / (part.name + (contents.is_disk(part) ? ending : "")), {}});
    }
    return orders;
  }
  for (const auto& path : paths) {
    TRY(auto place, contents.place(path));
    if (contents.is_disk(*place.part)) {
      if (paths.size() != 1) {
        return invalid("a disk cannot be restored together with other paths: {}", path);
      }
      orders.push_back({place.part, target, {}});
      continue;
    }
    if (orders.empty() || orders.back().part != place.part) {
      orders.push_back({place.part, target, {}});
    }
    orders.back().items.push_back({std::move(place.rest), {}, std::nullopt});
  }
  return orders;
}

}  // namespace

std::vector<Option> point_list_offline_options() {
  using enum Option::Kind;
  std::vector<Option> options{{optional_positional, "ITEM", "only those of this machine or share"},
                              {flag, "json", "one JSON object per line instead of a table"}};
  add_offline_options(options);
  return options;
}

Result<int> point_list_offline(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto data, OfflineData::open(arguments));
  TRY(auto opened, data->open_vault(arguments));
  TRY(const auto points, data->points(opened, arguments.text("ITEM")));
  if (!arguments.has("json")) {
    terminal.out(fmt::format("{:<20}  {:<20}  {:>10}  {:>10}  {}\n", "NAME", "TIME", "BYTES", "NEW", "ITEM"));
  }
  for (const auto& point : points) {
    const auto line = line_of(point);
    terminal.out(arguments.has("json")
                     ? wire::to_json(line) + "\n"
                     : fmt::format("{:<20}  {:<20}  {:>10}  {:>10}  {}\n", line.name, format_time_short(line.time),
                                   bytes_text(line.bytes), bytes_text(line.bytes_new), printable(line.item)));
  }
  return 0;
}

std::vector<Option> point_show_offline_options() {
  return point_options({{Option::Kind::flag, "json", "a JSON object instead of text"}});
}

Result<int> point_show_offline(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto open, OpenPoint::open(arguments));
  const auto line = line_of(open.found);
  if (arguments.has("json")) {
    terminal.out(wire::to_json(line) + "\n");
    return 0;
  }
  terminal.out(
      fmt::format("point        {}\nid           {}\nitem         {} ({})\ntime         {}\nconsistency  {}\n"
                  "made         {}\nbytes        {}\nnew          {}\n",
                  line.name, line.id, printable(line.item), line.type, format_time_short(line.time), line.consistency,
                  line.on_demand ? "on demand" : "by its policy", bytes_text(line.bytes), bytes_text(line.bytes_new)));
  if (line.expiry) {
    terminal.out(fmt::format("kept until   {}\n", format_time_short(*line.expiry)));
  }
  return 0;
}

std::vector<Option> point_ls_offline_options() {
  using enum Option::Kind;
  return point_options({{optional_positional, "PATH", "directory in the point (default: its top level)"},
                        {flag, "json", "one JSON object per line"}});
}

Result<int> point_ls_offline(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto open, OpenPoint::open(arguments));
  TRY(const auto contents, OfflineContents::open(open.point, *open.vault.vault));
  TRY(contents.list(arguments.text("PATH"), [&](const OfflineContents::Entry& entry) {
    const auto line = line_of(entry);
    if (arguments.has("json")) {
      terminal.out(wire::to_json(line) + "\n");
      return;
    }
    terminal.out(fmt::format("{:<9}  {}  {:>14}  {:<20}  {}{}\n", line.kind, line.mode, line.size,
                             line.modified ? format_time_short(*line.modified) : "-", printable(line.path),
                             line.target ? " -> " + printable(*line.target) : ""));
  }));
  return 0;
}

std::vector<Option> point_cat_offline_options() {
  return point_options({{Option::Kind::positional, "PATH", "file or disk in the point"}});
}

Result<int> point_cat_offline(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto open, OpenPoint::open(arguments));
  TRY(const auto contents, OfflineContents::open(open.point, *open.vault.vault));
  TRY(const auto stream, contents.read(arguments.text("PATH")));
  Buffer buffer(static_cast<std::size_t>(std::min<std::uint64_t>(kCopied, stream.size)));
  for (std::uint64_t at = 0; at < stream.size;) {
    TRY(const auto count, stream.read(at, buffer));
    if (count == 0) {
      return corrupt("{} ends after {} of {} bytes", arguments.text("PATH"), at, stream.size);
    }
    terminal.out(as_text(Bytes(buffer).first(count)));
    at += count;
  }
  return 0;
}

std::vector<Option> point_restore_offline_options() {
  using enum Option::Kind;
  return point_options(
      {{required_text, "to", "target: a directory, or with --path of one disk its image file"},
       {list, "path", "only this file, directory or disk of the point (repeat for more)"},
       {text, "copy", "for what already exists: Overwrite, Skip, CreateCopy or FailOnConflict (the default)"},
       {text, "format", "without a server: disks as raw (default) or qcow2"},
       {flag, "json", "progress, failures and result as JSON lines"}});
}

Result<int> point_restore_offline(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto copy, copy_option(arguments));
  const auto format = arguments.text("format", "raw");
  if (format != "raw" && format != "qcow2") {
    return invalid("--format: \"{}\" is neither raw nor qcow2", format);
  }
  TRY(const auto open, OpenPoint::open(arguments));
  TRY(open.data->check_target(arguments.text("to")));
  TRY(const auto contents, OfflineContents::open(open.point, *open.vault.vault));
  TRY(const auto orders, orders_of(contents, arguments));

  const bool json = arguments.has("json");
  ByteProgress bar(terminal, json, &steady_seconds);
  const double started = steady_seconds();
  RestoredLine total;
  for (const auto& order : orders) {
    std::unique_ptr<workload::Target> target;
    if (contents.is_disk(*order.part)) {
      TRY(SystemDisk().make_directories(std::filesystem::absolute(order.target).parent_path()));
      workload::DiskRestoreOptions options;
      options.format = format == "raw" ? workload::ImageFormat::raw : workload::ImageFormat::qcow2;
      options.replace = copy == workload::CopyOption::overwrite;
      target = workload::disk_target(order.target, options);
    } else {
      workload::TreeRestoreOptions options;
      options.copy = copy;
      options.items = order.items;
      target = workload::tree_target(order.target, options);
    }
    const auto restored = target->restore(
        order.part->root, workload::open_with(*open.vault.vault), [&](const workload::Progress& now) -> Result<> {
          bar.show({"restore", now.items_done, now.items_total, now.bytes_done, now.bytes_total});
          return ok();
        });
    bar.clear();
    if (!restored) {
      return restored.error();
    }
    const auto& done = restored.value();
    for (const auto* warnings : {&done.failures, &done.warnings}) {
      for (const auto& warning : *warnings) {
        terminal.err(fmt::format("{}{}: {}\n", warnings == &done.failures ? "not restored: " : "",
                                 printable(warning.item), warning.what));
      }
    }
    total.restored += done.restored;
    total.skipped += done.skipped;
    total.failed += done.failed;
    total.bytes += done.bytes;
  }
  total.seconds = steady_seconds() - started;
  terminal.out(json ? wire::to_json(total) + "\n"
                    : fmt::format("{} restored, {} already existed, {} failed; {} in {:.1f} s\n", total.restored,
                                  total.skipped, total.failed, bytes_text(total.bytes), total.seconds));
  return total.failed == 0 ? 0 : kExitIncomplete;
}

}  // namespace quaymaster::cli
