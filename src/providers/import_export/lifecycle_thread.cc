// The lifecycle thread moves jobs along: it performs every step of lifecycle.h that is due, one transaction per step.
#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>

#include "base/caught.h"
#include "base/log.h"
#include "providers/import_export/provider.h"

namespace quaymaster::import_export {
namespace {

constexpr std::string_view kArea = "import_export";
constexpr std::size_t kBatch = 100;
/// Deadlines are days away; looking this often also retries what failed.
constexpr Ticks kLookAgain = std::chrono::minutes{1};
/// The interval after a step that found no space for its record.
constexpr Ticks kCheckForSpaceEvery = std::chrono::seconds{1};

void end(JobRecord& job, JobState state, Time now) {
  job.state = state;
  job.ended = now;
  log::info(kArea, "job {} is {}", job.name, wire_name(state));
}

}  // namespace

namespace {

ConfinedPlaces places_of(const Settings& settings) {
  auto allowed = settings.dock_allow;
  if (!settings.dock.empty()) {
    allowed.push_back(settings.dock);
  }
  return ConfinedPlaces(std::move(allowed), settings.own);
}

}  // namespace

ImportExport::ImportExport(Parts parts, Settings settings, DriveKeys keys)
    : parts_(parts),
      known_(parts.database),
      settings_(std::move(settings)),
      places_(places_of(settings_)),
      keys_(std::move(keys)),
      locations_(settings_.intake) {
  if (!settings_.dock.empty()) {
    dock_ = std::make_unique<drive::Dock>(settings_.dock, places_);
  }
  parts_.engine.add(import_kind());
}

ImportExport::~ImportExport() {
  stop();
}

void ImportExport::start() {
  lifecycle_ = std::jthread([this](const std::stop_token& stop) { run_lifecycle(stop); });
  if (dock_) {
    docker_ = std::jthread([this](const std::stop_token& stop) { watch_dock(stop); });
  }
}

void ImportExport::stop() {
  stopping_.request_stop();
  lifecycle_ = {};  // requests the thread to stop and joins it
  docker_ = {};
}

void ImportExport::run_lifecycle(const std::stop_token& stop) {
  contained([this] { sweep_spool(); });
  std::string complained;
  while (!stop.stop_requested()) {
    auto deadline = parts_.clock.now() + kLookAgain;
    const auto kept = caught([this] { return keep(); });
    const auto complaint = kept ? "" : kept.error().cause();
    if (!complaint.empty() && complaint != complained) {
      log::error(kArea, "cannot advance jobs: {}", complaint);
    }
    complained = complaint;
    if (!kept && kept.error().kind() == Errc::no_space) {
      deadline = parts_.clock.now() + kCheckForSpaceEvery;
    } else if (kept) {
      const auto read = caught([&] {
        return parts_.database.read([&](store::Reader& reader) -> Result<> {
          TRY(const auto next, records::next_deadline(reader, settings_.life));
          deadline = std::min(deadline, next.value_or(deadline));
          return ok();
        });
      });
      if (!read) {
        log::error(kArea, "cannot read deadlines: {}", read.error().cause());
      }
    }
    lifecycle_alarm_.wait(parts_.clock, deadline, stop);
  }
}

/// Removes the spool that failed or cancelled imports leave behind; an import that is still to run needs its own.
void ImportExport::sweep_spool() {
  const auto names = parts_.disk.list(settings_.spool);
  for (const auto& name : names ? names.value() : std::vector<std::string>{}) {
    const auto id = parse_guid(name);
    bool needed = !id;  // not ours
    const auto read = parts_.database.read([&](store::Reader& reader) -> Result<> {
      const auto work = id ? parts_.engine.get(reader, id.value()) : Result<jobs::Record>(not_found(""));
      needed = needed || (work && !jobs::is_final(work.value().state));
      return ok();
    });
    if (read && !needed) {
      std::error_code ignored;
      std::filesystem::remove_all(settings_.spool / name, ignored);
    }
  }
}

Result<> ImportExport::keep() {
  std::set<Guid> failed;  // one job that cannot be moved must not hold up the others
  std::optional<Error> first_failure;
  while (true) {
    std::vector<Guid> due;
    TRY(parts_.database.read([&](store::Reader& reader) -> Result<> {
      TRY(due, records::due(reader, parts_.clock.now(), settings_.life, kBatch));
      return ok();
    }));
    bool moved = false;
    for (const auto& id : due) {
      if (failed.contains(id)) {
        continue;
      }
      const auto took = take_step(id);
      if (!took) {
        failed.insert(id);
        first_failure = first_failure ? first_failure : took.error();
      }
      moved = moved || (took && took.value());
    }
    if (!moved) {
      return first_failure ? Result<>(*std::move(first_failure)) : ok();
    }
  }
}

Result<bool> ImportExport::take_step(const Guid& id) {
  bool took = false;
  TRY(parts_.database.write([&](store::Writer& writer) -> Result<> {
    auto job = records::get(writer, id);
    if (!job) {
      return job.error().kind() == Errc::not_found ? Result<>(ok()) : std::move(job).error();
    }
    const auto step = next_step(job.value().facts(), parts_.clock.now(), settings_.life);
    took = step != Step::none;
    return took ? apply(writer, job.value(), step) : Result<>(ok());
  }));
  return took;
}

Result<> ImportExport::remove(store::Writer& writer, const JobRecord& job) {
  TRY(records::remove(writer, job.id));
  return parts_.groups.resource_removed(writer, job.resource_id);
}

Result<> ImportExport::apply(store::Writer& writer, JobRecord& job, Step step) {
  const auto now = parts_.clock.now();
  switch (step) {
    case Step::none:
      return ok();
    case Step::remove:
      writer.after_commit([this, name = job.name, state = job.state] {
        metrics_.jobs_expired += 1;
        log::info(kArea, "job {} is removed: it has been {} for too long", name, wire_name(state));
      });
      return remove(writer, job);
    case Step::warn_late:
      writer.after_commit([this, name = job.name, since = job.shipped.value_or(now)] {
        metrics_.packages_late += 1;
        log::warning(kArea, "job {} has waited for drives since {}: trace the package", name, format_time_short(since));
      });
      job.warned_late = true;
      for (auto& drive : job.drives) {
        if (drive.state == DriveState::specified) {
          drive.state = DriveState::never_received;
        }
      }
      break;
    case Step::receive:
      job.state = JobState::received;
      break;
    case Step::begin_transfer:
    case Step::begin_late:
      job.state = JobState::transferring;
      for (auto& drive : job.drives) {
        if (drive.state == DriveState::received && !drive.work) {
          TRY(order_import(writer, job, drive));
        }
      }
      break;
    case Step::pack:
      for (auto& drive : job.drives) {
        if (drive.state == DriveState::received && !drive.work) {
          drive.state = DriveState::shipped_back;
        } else if (drive.state == DriveState::specified) {
          drive.state = DriveState::never_received;
        }
      }
      job.state = JobState::packaging;
      break;
    case Step::complete:
      end(job, JobState::completed, now);
      break;
    case Step::close:
      end(job, JobState::closed, now);
      break;
  }
  return records::save(writer, job);
}

}  // namespace quaymaster::import_export
