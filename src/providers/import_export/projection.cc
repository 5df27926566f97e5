#include "providers/import_export/projection.h"

#include <algorithm>

#include "base/encode.h"

namespace quaymaster::import_export {
namespace {

const Live* live_of(const std::vector<std::optional<Live>>& live, std::size_t drive) {
  return drive < live.size() && live[drive] ? &*live[drive] : nullptr;
}

/// The bytes of a drive whose import has begun; null before that.
const drive::ImportProgress* progress_of(const Drive& drive, const Live* live) {
  if (drive.outcome) {
    return &*drive.outcome;
  }
  return live != nullptr ? &live->progress : nullptr;
}

std::int64_t percent(std::uint64_t done, std::uint64_t total, bool ended) {
  if (ended || total == 0) {
    return ended ? 100 : 0;
  }
  // 100 is reserved for the end: the last percent is for writing the logs.
  return std::min<std::int64_t>(
      99, static_cast<std::int64_t>(static_cast<double>(done) * 100.0 / static_cast<double>(total)));
}

std::optional<std::string> uri(const std::string& endpoint, const std::optional<drive::LogBlob>& blob) {
  if (endpoint.empty() || !blob) {
    return std::nullopt;
  }
  return endpoint + blob->container + "/" + percent_encode(blob->name, "/");
}

DriveStatus show(const Drive& drive, const Live* live, const std::string& endpoint) {
  DriveStatus status;
  status.drive_id = drive.drive_id;
  status.manifest_file = drive.manifest_file;
  status.manifest_hash = drive.manifest_hash;
  status.drive_header_hash = drive.header_hash;
  status.state = wire_name(drive.state);
  const auto* progress = progress_of(drive, live);
  if (progress == nullptr) {
    return status;
  }
  if (drive.outcome) {
    status.copy_status = drive.outcome->status;
  } else {
    status.copy_status = live->paused ? "Paused: " + *live->paused : "InProgress";
  }
  status.percent_complete = percent(progress->bytes_done, progress->bytes_total, drive.outcome.has_value());
  status.bytes_succeeded = static_cast<std::int64_t>(progress->bytes_succeeded);
  status.verbose_log_uri = uri(endpoint, progress->verbose_log);
  status.error_log_uri = uri(endpoint, progress->error_log);
  status.manifest_uri = uri(endpoint, progress->manifest);
  return status;
}

SystemData system_data(const JobRecord& job) {
  return {job.created_by.id, job.created_by.type, format_time(job.created),
          job.updated_by.id, job.updated_by.type, format_time(job.updated)};
}

JobDetails details(const JobRecord& job, const View& view) {
  const auto& document = job.document;
  JobDetails shown;
  shown.storage_account_id = document.storage_account_id;
  shown.job_type = job.type == JobType::import_job ? "Import" : "Export";
  shown.return_address = document.return_address;
  shown.return_shipping = document.return_shipping;
  shown.shipping_information = view.intake;
  shown.delivery_package = document.delivery_package;
  shown.diagnostics_path = document.diagnostics_path;
  shown.log_level = document.log_level;
  shown.backup_drive_manifest = document.backup_drive_manifest;
  shown.cancel_requested = job.cancel_requested;
  shown.state = wire_name(job.state);
  shown.percent_complete = percent_complete(job, view.live);
  if (view.drives) {
    auto& drives = shown.drive_list.emplace();
    for (std::size_t i = 0; i < job.drives.size(); ++i) {
      drives.push_back(show(job.drives[i], live_of(view.live, i), view.blob_endpoint));
    }
  }
  shown.export_selection = document.export_selection;
  shown.provisioning_state = "Succeeded";
  shown.encryption_key = document.encryption_key;
  return shown;
}

}  // namespace

std::optional<std::int64_t> percent_complete(const JobRecord& job, const std::vector<std::optional<Live>>& live) {
  if (job.state < JobState::transferring) {
    return std::nullopt;
  }
  std::uint64_t done = 0, total = 0, known = 0, unknown = 0;
  bool ended = true;
  for (std::size_t i = 0; i < job.drives.size(); ++i) {
    const auto& drive = job.drives[i];
    if (!drive.work) {
      continue;  // never arrived, or was sent back unread
    }
    const auto* progress = progress_of(drive, live_of(live, i));
    ended = ended && drive.outcome;
    if (progress == nullptr || (progress->bytes_total == 0 && !drive.outcome)) {
      unknown += 1;
      continue;
    }
    known += 1;
    total += progress->bytes_total;
    done += drive.outcome ? progress->bytes_total : std::min(progress->bytes_done, progress->bytes_total);
  }
  if (known + unknown == 0) {
    return std::nullopt;
  }
  if (known != 0) {
    total += total / known * unknown;
  }
  return percent(done, total, ended);
}

Job project(const JobRecord& job, const View& view) {
  Job shown;
  shown.system_data = system_data(job);
  shown.properties = details(job, view);
  shown.identity = job.document.identity;
  shown.id = job.resource_id;
  shown.name = job.name;
  shown.type = "Microsoft.ImportExport/jobs";
  shown.location = view.location;
  shown.tags = job.document.tags;
  return shown;
}

}  // namespace quaymaster::import_export
