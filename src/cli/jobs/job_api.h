#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/common/client.h"
#include "wire/field.h"

namespace quaymaster::cli {

// The parts of a Microsoft.ImportExport job that the job commands read; see specs of api-version 2021-01-01.
struct JobDrive {
  std::string drive_id, state;
  std::optional<std::string> copy_status, manifest_uri, error_log_uri, verbose_log_uri;
  std::optional<std::int64_t> percent_complete, bytes_succeeded;

  static constexpr auto wire() {
    using wire::field;
    using T = JobDrive;
    return wire::fields({field<&T::drive_id>("driveId"), field<&T::state>("state"),
                         field<&T::copy_status>("copyStatus"), field<&T::percent_complete>("percentComplete"),
                         field<&T::bytes_succeeded>("bytesSucceeded"), field<&T::manifest_uri>("manifestUri"),
                         field<&T::error_log_uri>("errorLogUri"), field<&T::verbose_log_uri>("verboseLogUri")});
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
    return wire::fields({field<&T::state>("state"), field<&T::job_type>("jobType"),
                         field<&T::percent_complete>("percentComplete"), field<&T::cancel_requested>("cancelRequested"),
                         field<&T::drives>("driveList")});
  }
};
struct JobView {
  std::string id, name, location;
  JobProperties properties;

  static constexpr auto wire() {
    using wire::field;
    using T = JobView;
    return wire::fields({field<&T::id>("id"), field<&T::name>("name"), field<&T::location>("location"),
                         field<&T::properties>("properties")});
  }

  /// The group in the id; empty when it contains none.
  std::string group() const;
  /// No other state follows: Completed or Closed (import-export.md, 5.1).
  bool is_final() const;
  /// Completed, and nothing was left out.
  bool is_success() const;
  std::uint64_t bytes_succeeded() const;
};

/// The path of a job, its name percent-encoded, with api-version.
std::string job_path(const Connection& connection, const std::string& group, const std::string& job);

Result<JobView> get_job(Client& client, const std::string& group, const std::string& job);
/// All pages. All groups when `group` is empty.
Result<std::vector<JobView>> list_jobs(Client& client, const std::string& group);

}  // namespace quaymaster::cli
