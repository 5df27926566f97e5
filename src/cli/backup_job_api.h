#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/client.h"
#include "wire/field.h"

namespace quaymaster::cli {

// What the job commands read of a backup job of Microsoft.RecoveryServices; see doc/backup-jobs.md.
struct BackupTask {
  std::string id, status;
  std::optional<std::string> details;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupTask;
    return std::tuple{field("taskId", &T::id), field("status", &T::status), field("taskExecutionDetails", &T::details)};
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
    return std::tuple{field("errorCode", &T::code), field("errorTitle", &T::title), field("errorString", &T::text),
                      field("recommendations", &T::recommendations)};
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
    return std::tuple{field("tasksList", &T::tasks), field("propertyBag", &T::bag),
                      field("internalPropertyBag", &T::internal_bag), field("progressPercentage", &T::percentage),
                      field("dynamicErrorMessage", &T::waits_for)};
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
    return std::tuple{
        field("entityFriendlyName", &T::entity), field("operation", &T::operation), field("status", &T::status),
        field("duration", &T::duration),         field("startTime", &T::started),   field("extendedInfo", &T::info),
        field("errorDetails", &T::errors)};
  }
};
struct BackupJobView {
  std::string id, name;
  BackupJobProperties properties;

  static constexpr auto wire() {
    using wire::field;
    using T = BackupJobView;
    return std::tuple{field("id", &T::id), field("name", &T::name), field("properties", &T::properties)};
  }

  /// Neither InProgress nor Cancelling.
  bool is_final() const;
  /// Of the internal bag; 0 when it does not tell.
  std::uint64_t number(std::string_view key) const;
};

/// Which backup job is meant.
struct BackupJobName {
  std::string group, vault, job;
};
/// Out of "/subscriptions/…/vaults/V/backupJobs/J", any case; none when it is not the id of a backup job.
std::optional<BackupJobName> backup_job_in_id(std::string_view id);

/// The path of a vault's jobs, or of one, with what follows it ("/cancel") and api-version.
std::string backup_jobs_path(const Connection& connection, const BackupJobName& name, std::string_view tail = "");

Result<BackupJobView> get_backup_job(Client& client, const BackupJobName& name);
/// Every page. `filter`: as $filter; empty: all.
Result<std::vector<BackupJobView>> list_backup_jobs(Client& client, const BackupJobName& vault,
                                                    const std::string& filter);
/// Looks for a job's id in every vault of the subscription. Errc::not_found.
Result<BackupJobName> find_backup_job(Client& client, const std::string& job);

}  // namespace quaymaster::cli
