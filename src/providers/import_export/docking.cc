// Drives arrive and leave: through the watched dock, or named by hand.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "arm/errors.h"
#include "base/caught.h"
#include "base/log.h"
#include "drive/format/manifest.h"
#include "drive/manifest/drive_id.h"
#include "drive/read/drive_root.h"
#include "providers/import_export/errors.h"
#include "providers/import_export/provider.h"
#include "providers/import_export/validate.h"

namespace quaymaster::import_export {
namespace {

constexpr std::string_view kArea = "dock";

Drive* find_drive(JobRecord& job, std::string_view key) {
  const auto found =
      std::ranges::find_if(job.drives, [&](const Drive& drive) { return drive_key(drive.drive_id) == key; });
  return found == job.drives.end() ? nullptr : &*found;
}

void arrive(JobRecord& job, Drive& drive, const Path& path) {
  drive.path = path.native();
  drive.state = DriveState::received;
  log::info(kArea, "drive {} of job {} has arrived", drive.drive_id, job.name);
}

void go(JobRecord& job, Drive& drive) {
  drive.path.clear();
  drive.state = job.warned_late ? DriveState::never_received : DriveState::specified;
  log::warning(kArea, "drive {} of job {} was removed before it was read", drive.drive_id, job.name);
}

/// The jobs that name the drive in a folder.
struct Claim {
  std::optional<JobRecord> holder;  // has bound it: at this path or at another
  bool holder_is_here = false;
  std::optional<JobRecord> taker;  // waits for it
  std::optional<JobRecord> early;  // names it, but is not shipped yet
};
Result<Claim> claim_of(store::Reader& reader, const drive::DockFolder& folder) {
  Claim claim;
  const auto key = drive_key(folder.drive_id);
  TRY(auto jobs, records::naming_drive(reader, key));
  for (auto& job : jobs) {
    const auto& drive = *find_drive(job, key);
    if (!drive.path.empty() && !claim.holder) {
      claim.holder_is_here = drive.path == folder.real.native();
      claim.holder = std::move(job);
    } else if (accepts_drive(job.state, drive.state) && !job.cancel_requested && !claim.taker) {
      claim.taker = std::move(job);
    } else if (job.state == JobState::creating && !claim.early) {
      claim.early = std::move(job);
    }
  }
  return claim;
}

/// A foreign name, made safe for one line of the log.
std::string printable(std::string text) {
  std::ranges::replace_if(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }, '?');
  return text;
}

Error not_usable(std::string_view id, std::string_view why) {
  return refuse(Errc::invalid, errors::kDockRefused, id, why).at("path");
}

Result<> check_is_drive(const Result<std::unique_ptr<drive::DriveRoot>>& root, const std::string& id) {
  if (!root) {
    return not_usable(id, "it cannot be read as a folder.");
  }
  const auto own = drive::read_drive_id(*root.value());
  if (own && !drive::same_drive_id(own.value(), id)) {
    return not_usable(id, fmt::format("it identifies itself as the drive '{}'.",
                                      drive::is_drive_id(own.value()) ? own.value() : "?"));
  }
  if (!own && own.error().kind() != Errc::not_found) {
    return not_usable(id, "its file DriveId or its DriveManifest.xml contains no drive id.");
  }
  return ok();  // a folder without an id is the drive that the operator says it is
}

}  // namespace

/// The folder that a client named, with links resolved, if drives may be docked from there.
Result<Path> ImportExport::dockable(const Path& path) const {
  auto real = places_.resolve(path);
  // The same answer for a missing folder and one that is not allowed: a client must not learn what is on the server's
  // disk.
  std::error_code failed;
  if (!real || places_.is_allowed_itself(real.value()) || !std::filesystem::exists(real.value(), failed)) {
    return refuse(Errc::forbidden, errors::kDockForbidden).at("path");
  }
  return real;
}

Result<arm::Reply<Job>> ImportExport::dock_drive(arm::Context& context, const JobPath& path,
                                                 const DockRequest& request) {
  for (const auto& [name, value] : {std::pair{"driveId", &request.drive_id}, std::pair{"path", &request.path}}) {
    if (!*value || (*value)->empty()) {
      return refuse(Errc::invalid, errors::kMissingRequiredProperty, name, "Name the drive and its folder.").at(name);
    }
  }
  // Check the job first: a caller who may not see it must learn nothing about folders.
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto job, load(reader, context, path));
    return ok();
  }));
  TRY(const auto folder, dockable(*request.path));
  TRY(check_is_drive(open_drive_root(folder), *request.drive_id));
  arm::Reply<Job> reply;
  const auto key = drive_key(*request.drive_id);
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(auto job, load(writer, context, path));
    auto* drive = find_drive(job, key);
    if (drive == nullptr) {
      std::vector<std::string> names;
      std::ranges::transform(job.drives, std::back_inserter(names), &Drive::drive_id);
      return refuse(Errc::not_found, errors::kDriveNotInJob, job.name, *request.drive_id, fmt::join(names, ", "))
          .at("driveId");
    }
    TRY(check_drives_free(writer, job));
    const bool again = drive->path == folder.native() && drive->state == DriveState::received;
    if (!again) {
      if (!accepts_drive(job.state, drive->state) || job.cancel_requested) {
        return refuse(Errc::conflict, errors::kInvalidJobState, job.name, wire_name(job.state),
                      fmt::format("docking the drive '{}', itself {},", drive->drive_id, wire_name(drive->state)),
                      "Shipping, until the drive has arrived")
            .at("driveId");
      }
      arrive(job, *drive, folder);
      TRY(records::save(writer, job));
    }
    TRY(const auto view, view_of(writer, job));
    reply.body = project(job, view);
    return ok();
  }));
  lifecycle_alarm_.ring();
  return reply;
}

Result<DockedDrive> ImportExport::dock_folder(const drive::DockFolder& folder) {
  DockedDrive shown{folder.path.native(), folder.drive_id, "Refused", std::nullopt, folder.problem};
  if (!folder.problem.empty()) {
    shown.drive_id.reset();
    return shown;
  }
  shown.explanation.reset();
  Claim claim;
  TRY(parts_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(claim, claim_of(reader, folder));
    return ok();
  }));
  if (claim.holder) {
    shown.job_id = claim.holder->resource_id;
    shown.state = claim.holder_is_here ? "Bound" : "Refused";
    if (!claim.holder_is_here) {
      shown.explanation = "the job already has this drive from another folder";
    }
    return shown;
  }
  if (!claim.taker) {
    shown.state = claim.early ? "Waiting" : "Unnamed";
    shown.explanation = claim.early ? "its job is in Creating: PATCH it to Shipping" : "no open job names this drive";
    if (claim.early) {
      shown.job_id = claim.early->resource_id;
    }
    return shown;
  }
  shown.job_id = claim.taker->resource_id;
  TRY(const bool settled, dock_->is_settled(folder.path, stopping_.get_token()));
  if (!settled) {
    shown.state = "Settling";
    shown.explanation = "it will be docked once it no longer changes";
    return shown;
  }
  bool taken = false;
  TRY(parts_.database.write([&](store::Writer& writer) -> Result<> {
    TRY(auto now, claim_of(writer, folder));
    if (now.holder || !now.taker) {
      return ok();  // changed in the meantime; the next look will see it
    }
    arrive(*now.taker, *find_drive(*now.taker, drive_key(folder.drive_id)), folder.real);
    taken = true;
    return records::save(writer, *now.taker);
  }));
  shown.state = taken ? "Bound" : "Waiting";
  return shown;
}

/// Drives of jobs that still wait for others may leave again. Once their import has been ordered, the importer
/// handles their loss.
Result<> ImportExport::release_vanished() {
  std::vector<JobRecord> jobs;
  TRY(parts_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(jobs, records::with_docked_drives(reader));
    return ok();
  }));
  const auto is_gone = [](const Drive& drive) {
    std::error_code ignored;
    return !drive.path.empty() && !drive.work && !std::filesystem::is_directory(drive.path, ignored);
  };
  for (const auto& before : jobs) {
    if (std::ranges::none_of(before.drives, is_gone)) {
      continue;
    }
    TRY(parts_.database.write([&](store::Writer& writer) -> Result<> {
      auto job = records::get(writer, before.id);
      if (!job || job.value().state != JobState::shipping) {
        return ok();
      }
      for (auto& drive : job.value().drives) {
        if (is_gone(drive)) {
          go(job.value(), drive);
        }
      }
      return records::save(writer, job.value());
    }));
  }
  return ok();
}

void ImportExport::remember(std::vector<DockedDrive> seen) {
  const std::lock_guard lock(seen_mutex_);
  for (const auto& drive : seen) {
    const auto before = std::ranges::find(seen_, drive.path, &DockedDrive::path);
    if (drive.state == "Refused" && (before == seen_.end() || before->state != drive.state)) {
      log::warning(kArea, "{} is refused: {}", printable(drive.path), drive.explanation.value_or(""));
    }
  }
  seen_ = std::move(seen);
}

Result<> ImportExport::look_at_dock() {
  TRY(release_vanished());
  if (!dock_) {
    return ok();
  }
  {
    const std::lock_guard lock(seen_mutex_);
    for (const auto& name : std::exchange(moved_in_, {})) {
      dock_->arrived_complete(name);
    }
  }
  TRY(const auto folders, dock_->look());
  std::vector<DockedDrive> seen;
  bool arrived = false;
  for (const auto& folder : folders) {
    auto shown = dock_folder(folder);
    if (shown) {
      arrived = arrived || shown.value().state == "Bound";
      seen.push_back(std::move(shown.value()));
    } else if (shown.error().kind() != Errc::not_found) {  // a folder may vanish while we look
      return std::move(shown).error();
    }
  }
  remember(std::move(seen));
  if (arrived) {
    lifecycle_alarm_.ring();
  }
  return ok();
}

void ImportExport::watch_dock(const std::stop_token& stop) {
  const drive::DirectoryWatch watch(settings_.dock, [this](const std::vector<std::string>& moved_in) {
    {
      const std::lock_guard lock(seen_mutex_);
      moved_in_.insert(moved_in_.end(), moved_in.begin(), moved_in.end());
    }
    dock_alarm_.ring();
  });
  std::string complained;
  while (!stop.stop_requested()) {
    const auto looked = caught([this] { return look_at_dock(); });
    const auto complaint = looked || looked.error().kind() == Errc::cancelled ? "" : looked.error().cause();
    if (!complaint.empty() && complaint != complained) {
      log::error(kArea, "{}", complaint);
    }
    complained = complaint;
    dock_alarm_.wait(parts_.clock, parts_.clock.now() + settings_.dock_poll, stop);
  }
}

Result<arm::Reply<DockList>> ImportExport::list_dock(arm::Context&) {
  const std::lock_guard lock(seen_mutex_);
  return arm::Reply<DockList>{.body = {seen_}};
}

}  // namespace quaymaster::import_export
