#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/common/client.h"
#include "wire/field.h"

namespace quaymaster::cli {

// The parts of a Microsoft.RecoveryServices backup job that the job commands read; see doc/backup-jobs.md.
struct BackupTask {
  std::string id, status;
  std::optional<std::string> details;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupTask;
    return wire::fields(
        {field<&T::id>("taskId"), field<&T::status>("status"), field<&T::details>("taskExecutionDetails")});
  }
};
struct BackupJobError {
  std::int64_t code = 0;
  std::optional<std::string> title;
  std::string text;
  std::vector<std::string> recommendations;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupJobError;
    return wire::fields({field<&T::code>("errorCode"), field<&T::title>("errorTitle"), field<&T::text>("errorString"),
                         field<&T::recommendations>("recommendations")});
  }
};
struct BackupJobInfo {
  std::vector<BackupTask> tasks;
  std::map<std::string, std::string> bag, internal_bag;
  std::optional<double> percentage;
  std::string waits_for;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupJobInfo;
    return wire::fields({field<&T::tasks>("tasksList"), field<&T::bag>("propertyBag"),
                         field<&T::internal_bag>("internalPropertyBag"), field<&T::percentage>("progressPercentage"),
                         field<&T::waits_for>("dynamicErrorMessage")});
  }
};
struct BackupJobProperties {
  std::string entity, operation, status, duration;
  Time started;
  BackupJobInfo info;
  std::vector<BackupJobError> errors;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupJobProperties;
    return wire::fields({field<&T::entity>("entityFriendlyName"), field<&T::operation>("operation"),
                         field<&T::status>("status"), field<&T::duration>("duration"), field<&T::started>("startTime"),
                         field<&T::info>("extendedInfo"), field<&T::errors>("errorDetails")});
  }
};
struct BackupJobView {
  std::string id, name;
  BackupJobProperties properties;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupJobView;
    return wire::fields({field<&T::id>("id"), field<&T::name>("name"), field<&T::properties>("properties")});
  }

  /// Neither InProgress nor Cancelling.
  bool is_final() const;
  /// From the property bag of the job; 0 when it is not there.
  std::uint64_t number(std::string_view key) const;
};

/// Identifies a backup job.
struct BackupJobName {
  std::string group, vault, job;
};
/// Parsed from "/subscriptions/…/vaults/V/backupJobs/J", any case; none when it is not the id of a backup job.
std::optional<BackupJobName> backup_job_in_id(std::string_view id);

/// The path of a vault's jobs, or of one, followed by its suffix ("/cancel") and api-version.
std::string backup_jobs_path(const Connection& connection, const BackupJobName& name, std::string_view tail = "");

Result<BackupJobView> get_backup_job(Client& client, const BackupJobName& name);
/// All pages. `filter`: as $filter; empty: all jobs.
Result<std::vector<BackupJobView>> list_backup_jobs(Client& client, const BackupJobName& vault,
                                                    const std::string& filter);
/// Searches every vault of the subscription for a job's id. Errc::not_found.
Result<BackupJobName> find_backup_job(Client& client, const std::string& job);

}  // namespace quaymaster::cli
