#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/client.h"
#include "wire/field.h"

namespace quaymaster::cli {

// What the job commands read of a Microsoft.ImportExport job; see specs of api-version 2021-01-01.
struct JobDrive {
  std::string drive_id, state;
  std::optional<std::string> copy_status, manifest_uri, error_log_uri, verbose_log_uri;
  std::optional<std::int64_t> percent_complete, bytes_succeeded;

  static constexpr auto wire() {
    using wire::field;
    using T = JobDrive;
    return std::tuple{field("driveId", &T::drive_id),
                      field("state", &T::state),
                      field("copyStatus", &T::copy_status),
                      field("percentComplete", &T::percent_complete),
                      field("bytesSucceeded", &T::bytes_succeeded),
                      field("manifestUri", &T::manifest_uri),
                      field("errorLogUri", &T::error_log_uri),
                      field("verboseLogUri", &T::verbose_log_uri)};
  }
};
struct JobProperties {
  std::string state, job_type;
  std::optional<std::int64_t> percent_complete;
  bool cancel_requested = false;
  std::vector<JobDrive> drives;

  static constexpr auto wire() {
    using wire::field;
    using T = JobProperties;
    return std::tuple{field("state", &T::state), field("jobType", &T::job_type),
                      field("percentComplete", &T::percent_complete), field("cancelRequested", &T::cancel_requested),
                      field("driveList", &T::drives)};
  }
};
struct JobView {
  std::string id, name, location;
  JobProperties properties;

  static constexpr auto wire() {
    using wire::field;
    using T = JobView;
    return std::tuple{field("id", &T::id), field("name", &T::name), field("location", &T::location),
                      field("properties", &T::properties)};
  }

  /// The group that the id names; empty when it names none.
  std::string group() const;
  /// No state follows: Completed or Closed (import-export.md, 5.1).
  bool is_final() const;
  /// Completed, and nothing was left out of it.
  bool is_success() const;
  std::uint64_t bytes_succeeded() const;
};

/// The path of a job, a name percent-encoded, with api-version.
std::string job_path(const Connection& connection, const std::string& group, const std::string& job);

Result<JobView> get_job(Client& client, const std::string& group, const std::string& job);
/// Every page. All groups when `group` is empty.
Result<std::vector<JobView>> list_jobs(Client& client, const std::string& group);

}  // namespace quaymaster::cli
