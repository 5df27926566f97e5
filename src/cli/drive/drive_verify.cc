
#include "base/clock.h"
#include "cli/common/byte_progress.h"
#include "cli/drive/drive_commands.h"
#include "drive/format/drive_journal.h"
#include "drive/manifest/drive_id.h"
#include "drive/verify/verify.h"
#include "wire/json.h"

namespace quaymaster::cli {
namespace {

constexpr int kExitDamaged = 3;

struct Problem {
  std::string event = "problem";
  std::string blob_path;
  std::string file_path;
  std::string what;
  static constexpr auto wire() {
    using wire::field;
    using T = Problem;
    return wire::fields({field<&T::event>("event"), field<&T::blob_path>("blobPath"), field<&T::file_path>("filePath"),
                         field<&T::what>("problem")});
  }
};

struct Done {
  std::string event = "done";
  std::string status;
  std::optional<std::string> reason;
  std::string drive_id;
  std::string manifest_hash;
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t bad_blobs = 0;
  double seconds = 0;
  static constexpr auto wire() {
    using wire::field;
    using T = Done;
    return wire::fields({field<&T::event>("event"), field<&T::status>("status"), field<&T::reason>("reason"),
                         field<&T::drive_id>("driveId"), field<&T::manifest_hash>("manifestHash"),
                         field<&T::blobs>("blobs"), field<&T::bytes>("bytes"), field<&T::bad_blobs>("badBlobs"),
                         field<&T::seconds>("seconds")});
  }
};

/// What the preparation recorded, if it did.
Result<std::string> hash_in_journal(const Path& drive) {
  SystemDisk disk;
  std::string hash;
  const auto read = drive::DriveJournal::read(disk, drive / ".quaymaster" / "journal",
                                              [&](const drive::JournalRecord& record) -> Result<> {
                                                if (record.kind == drive::JournalKind::manifest) {
                                                  hash = record.manifest_hash.value_or("");
                                                }
                                                return ok();
                                              });
  if (!read && read.error().kind() != Errc::not_found) {
    return read.error();
  }
  return hash;
}

std::string summary(const Done& done) {
  auto text =
      fmt::format("drive {}: {} blobs, {} read in {:.1f} s\n", done.drive_id.empty() ? "unknown" : done.drive_id,
                  done.blobs, format_bytes(static_cast<double>(done.bytes)), done.seconds);
  text += done.reason ? fmt::format("{}: {}\n", done.status, *done.reason) : "everything matches the manifest\n";
  return text;
}

}  // namespace

std::vector<Option> verify_options() {
  using enum Option::Kind;
  return {{positional, "DRIVE", "the drive, mounted"},
          {text, "manifest-file", "manifest on the drive (default: \\DriveManifest.xml)"},
          {text, "manifest-hash", "hash that it must have (default: the one that its preparation recorded)"},
          {text, "drive-id", "id that it must name (default: any)"},
          {flag, "json", "progress, problems and result as JSON lines"}};
}

Result<int> verify(const Arguments& arguments, Terminal& terminal) {
  const Path directory = arguments.text("DRIVE");
  TRY(const auto root, drive::DriveRoot::at(directory));
  drive::VerifyTask task;
  task.manifest_file = arguments.text("manifest-file", drive::kDefaultManifest);
  task.drive_id = arguments.text("drive-id");
  task.manifest_hash = arguments.text("manifest-hash");
  if (task.manifest_hash.empty()) {
    TRY(task.manifest_hash, hash_in_journal(directory));
  }
  const bool json = arguments.has("json");
  ByteProgress bar(terminal, json, &steady_seconds);
  const double started = steady_seconds();

  drive::VerifyEvents events;
  events.progress = [&](std::uint64_t done, std::uint64_t total) -> Result<> {
    bar.show({total == 0 ? "manifest" : "files", 0, 0, done, total});
    return ok();
  };
  events.problem = [&](const drive::VerifyProblem& problem) {
    bar.clear();
    if (json) {
      terminal.out(wire::to_json(Problem{"problem", problem.blob_path, problem.file_path, problem.what}) + "\n");
    } else {
      terminal.out(fmt::format("{}: {} ({})\n", problem.blob_path, problem.what, problem.file_path));
    }
  };
  const auto verified = drive::verify_drive(*root, task, events);
  bar.clear();
  if (!verified) {
    return verified.error();
  }
  const auto& result = verified.value();
  Done done{"done",
            std::string(drive::name(result.status)),
            std::nullopt,
            result.drive_id,
            result.manifest_hash,
            result.blobs,
            result.bytes,
            result.bad_blobs,
            steady_seconds() - started};
  if (!result.sound()) {
    done.reason = result.reason;
  }
  terminal.out(json ? wire::to_json(done) + "\n" : summary(done));
  return result.sound() ? 0 : kExitDamaged;
}

}  // namespace quaymaster::cli
