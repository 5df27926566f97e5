#include <filesystem>

#include "base/clock.h"
#include "base/guid.h"
#include "cli/common/byte_progress.h"
#include "cli/drive/drive_commands.h"
#include "drive/prepare/prepare.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

/// A drive as it is written in the driveList of a job.
struct ListEntry {
  std::string drive_id;
  std::string manifest_file;
  std::string manifest_hash;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&ListEntry::drive_id>("driveId"), field<&ListEntry::manifest_file>("manifestFile"),
                         field<&ListEntry::manifest_hash>("manifestHash")});
  }
};

struct Skipped {
  std::string event = "skipped";
  std::string path;
  std::string reason;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields(
        {field<&Skipped::event>("event"), field<&Skipped::path>("path"), field<&Skipped::reason>("reason")});
  }
};

struct Done {
  std::string event = "done";
  std::string account;
  std::string container;
  std::string session;
  bool resumed = false;
  bool was_complete = false;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t skipped = 0;
  double seconds = 0;
  ListEntry drive;
  static constexpr auto wire() {
    using wire::field;
    using T = Done;
    return wire::fields({field<&T::event>("event"), field<&T::account>("account"), field<&T::container>("container"),
                         field<&T::session>("session"), field<&T::resumed>("resumed"),
                         field<&T::was_complete>("wasComplete"), field<&T::files>("files"), field<&T::bytes>("bytes"),
                         field<&T::skipped>("skipped"), field<&T::seconds>("seconds"), field<&T::drive>("drive")});
  }
};

std::string_view name(drive::PreparePhase phase) {
  switch (phase) {
    case drive::PreparePhase::scan:
      return "scan";
    case drive::PreparePhase::copy:
      return "copy";
    case drive::PreparePhase::manifest:
      return "manifest";
  }
  return "";
}

Result<drive::Disposition> disposition_of(std::string_view text) {
  for (const auto one : {drive::Disposition::rename, drive::Disposition::no_overwrite, drive::Disposition::overwrite}) {
    if (drive::name(one) == text) {
      return one;
    }
  }
  return invalid("--disposition: \"{}\" is not one of rename, no-overwrite, overwrite", text);
}

Result<drive::PrepareTask> task_of(const Arguments& arguments) {
  drive::PrepareTask task;
  task.drive = arguments.text("DRIVE");
  task.drive_id = arguments.text("drive-id");
  task.session = arguments.text("session");
  std::error_code failed;
  task.source = std::filesystem::absolute(arguments.text("SOURCE"), failed).lexically_normal().string();
  task.container = arguments.text("container");
  task.prefix = arguments.text("prefix");
  if (!task.prefix.empty() && !task.prefix.ends_with('/')) {
    task.prefix += '/';
  }
  TRY(task.disposition, disposition_of(arguments.text("disposition", "rename")));
  if (arguments.has("metadata-file")) {
    task.metadata_file = arguments.text("metadata-file");
  }
  if (arguments.has("properties-file")) {
    task.properties_file = arguments.text("properties-file");
  }
  task.journal = arguments.text("journal");
  return task;
}

std::string summary(const Done& done) {
  auto text =
      done.was_complete
          ? fmt::format("{} is already prepared: {} files, {}. To add what is new since then, give a new --session.\n",
                        done.drive.drive_id, done.files, format_bytes(static_cast<double>(done.bytes)))
          : fmt::format("{}: {} files, {} in {:.1f} s{}\n", done.drive.drive_id, done.files,
                        format_bytes(static_cast<double>(done.bytes)), done.seconds,
                        done.resumed ? ", some of it in an earlier run" : "");
  if (done.skipped > 0) {
    text += fmt::format("{} left out, see above\n", done.skipped);
  }
  text += fmt::format("\nFor the driveList of an import job into storage account {}:\n\n{}\n", done.account,
                      wire::to_json(done.drive));
  return text;
}

}  // namespace

std::vector<Option> prepare_options() {
  using enum Option::Kind;
  return {{positional, "SOURCE", "directory or file to import"},
          {positional, "DRIVE", "the drive, mounted"},
          {required_text, "account", "storage account that the blobs are for"},
          {required_text, "container", "container of the blobs"},
          {text, "prefix", "prefix of the blobs' names"},
          {text, "disposition", "if a blob already exists: rename (default), no-overwrite or overwrite"},
          {text, "drive-id", "id of the drive (default: the one it has, or a new one)"},
          {text, "session", "name of this session (default: session1, session2, …)"},
          {text, "metadata-file", "metadata XML for every blob"},
          {text, "properties-file", "properties XML for every blob"},
          {text, "journal", "journal of what was done (default: .quaymaster/journal on the drive)"},
          {flag, "json", "progress and result as JSON lines"}};
}

Result<int> prepare(const Arguments& arguments, Terminal& terminal) {
  TRY(const auto task, task_of(arguments));
  SystemDisk disk(SystemDisk::Access::everybody);
  SystemRandom random;
  TRY(const auto source, drive::open_source(arguments.text("SOURCE"), task.drive));
  const bool json = arguments.has("json");
  ByteProgress bar(terminal, json, &steady_seconds);
  const double started = steady_seconds();

  drive::PrepareEvents events;
  events.progress = [&](const drive::PrepareProgress& now) -> Result<> {
    // While it scans, the progress is the amount found so far.
    const bool scans = now.phase == drive::PreparePhase::scan;
    bar.show({std::string(name(now.phase)), now.files_done, scans ? 0 : now.files_total,
              scans ? now.bytes_total : now.bytes_done, scans ? 0 : now.bytes_total});
    return ok();
  };
  events.skipped = [&](const std::string& path, std::string_view reason) {
    bar.clear();
    if (json) {
      terminal.out(wire::to_json(Skipped{"skipped", path, std::string(reason)}) + "\n");
    } else {
      terminal.err(fmt::format("left out: {}: {}\n", path, reason));
    }
  };
  const auto prepared = drive::prepare_drive(disk, *source, random, task, events);
  bar.clear();
  if (!prepared) {
    return prepared.error();
  }
  const auto& result = prepared.value();
  const Done done{"done",
                  arguments.text("account"),
                  task.container,
                  result.session,
                  result.resumed,
                  result.was_complete,
                  result.files,
                  result.bytes,
                  result.skipped,
                  steady_seconds() - started,
                  {result.entry.drive_id, result.entry.manifest_file, result.entry.manifest_hash}};
  terminal.out(json ? wire::to_json(done) + "\n" : summary(done));
  return 0;
}

}  // namespace quaymaster::cli
