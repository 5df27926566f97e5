#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arm/context.h"
#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "jobs/engine.h"
#include "providers/recovery_services/common/source_kind.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "store/database.h"
#include "wire/field.h"

/// Backup jobs: durable jobs of jobs::Engine, with what clients see of them stored next to them (backup.md 14). Every
/// job has one row here, written in the transaction that creates, changes or ends the engine's job. Lists therefore
/// need nothing else.
namespace quaymaster::recovery_services {

/// Stored as numbers (job_record.cc): append new ones at the end, nine at most.
enum class JobOperation {
  register_container,
  unregister_container,
  configure_backup,
  backup,
  restore,
  disable_backup,
  delete_backup_data,
  undelete,
};
constexpr auto names(JobOperation) {
  using enum JobOperation;
  using wire::name;
  return std::array{name(register_container, "Register"),
                    name(unregister_container, "UnRegister"),
                    name(configure_backup, "ConfigureBackup"),
                    name(backup, "Backup"),
                    name(restore, "Restore"),
                    name(disable_backup, "DisableBackup"),
                    name(delete_backup_data, "DeleteBackupData"),
                    name(undelete, "Undelete")};
}

/// Also stored as numbers.
enum class JobStatus { in_progress, cancelling, completed, completed_with_warnings, failed, cancelled };
constexpr auto names(JobStatus) {
  using enum JobStatus;
  using wire::name;
  return std::array{name(in_progress, "InProgress"), name(cancelling, "Cancelling"),
                    name(completed, "Completed"),    name(completed_with_warnings, "CompletedWithWarnings"),
                    name(failed, "Failed"),          name(cancelled, "Cancelled")};
}

/// Ordered as clients print it.
using Bag = std::vector<std::pair<std::string, std::string>>;

struct NewBackupJob {
  Guid vault;
  JobOperation operation = JobOperation::backup;
  SourceKind kind = SourceKind::machine;
  std::optional<Guid> item;     // absent: the job is about a container
  std::string entity;           // friendly name of what it is about
  std::string container;        // ItemRecord::short_container(), for machines
  std::string storage_account;  // name, for file shares
  std::string activity;         // x-ms-client-request-id of the request, or a new GUID
  bool user_triggered = true;   // false: started by the scheduler; no answer shows it
  bool cancellable = false;     // Backup and Restore
  /// The asynchronous operation that names this job. `ends_operation`: it ends with the job (configure, stop, delete,
  /// undelete, register); otherwise start() ends it at once (backup, restore).
  std::optional<Guid> operation_id;  // created earlier in the same transaction
  bool ends_operation = false;
  std::vector<std::string> tasks;       // task ids in their order, all NotStarted
  bool starts_with_first_task = false;  // the first task is InProgress from the beginning
  Bag bag;
  Bag internal_bag;
};

/// What a step changes about its job; absent members stay. A task that was already started or completed keeps its
/// times, so that a step may be repeated; a task that the job did not have is appended.
struct JobChange {
  std::optional<std::string> task_completed;  // task id; applied before task_started
  std::optional<std::string> task_started;    // task id
  Bag bag;                                    // replaces or appends by key
  Bag internal_bag;
  std::optional<std::uint64_t> bytes_new;  // plain bytes the vault did not have before
};

/// One entry of errorDetails. Rows: job_errors.h.
struct JobError {
  std::int64_t number = 0;
  std::string title;  // the published name, "UserErrorVmNotFoundV2"; file-share jobs do not show it
  std::string text;
  std::vector<std::string> recommendations;
  bool operator==(const JobError&) const = default;

  static constexpr auto wire() {
    using wire::field;
    using E = JobError;
    return wire::fields({field<&E::number>("number"), field<&E::title>("title"), field<&E::text>("text"),
                         field<&E::recommendations>("recommendations")});
  }
};

/// Tables of the jobs' area, for open_sqlite.
store::Schema backup_jobs_schema();

/// `activity` for a job that this request starts: its x-ms-client-request-id, or a new GUID.
std::string activity_of(const arm::Context& context);

/// Creates the engine's job (`work`: kind and parameters; its subject is filled in) and its row here, in the
/// request's transaction. `now` must be the operation's time, since clients see both starts. Returns the id that both
/// jobs share. Errc::not_found: no such operation.
Result<Guid> start_job(store::Writer& writer, jobs::Engine& engine, const NewBackupJob& job, jobs::NewJob work,
                       Time now);
/// Called from a step, preferably inside Run::save. Errc::not_found.
Result<> change_job(store::Writer& writer, const Guid& job, const JobChange& change, Time now);
/// Sets how a job will be shown if its engine job succeeds: with these errors, as completed with warnings or as
/// failed. Called by a step before the job ends. It replaces any earlier verdict, and an empty list clears it.
/// Errc::not_found.
enum class Verdict { warnings, failed };
Result<> warn_job(store::Writer& writer, const Guid& job, std::vector<JobError> errors,
                  Verdict verdict = Verdict::warnings);
/// Called from Kind::ended by every kind of this provider. Sets status, end, running task and error from the engine's
/// record, and ends the operations that wait for the job. An error whose published code is a row of job_errors.h gets
/// that row's number and advice; any other is shown as its text. May be repeated. Errc::not_found.
Result<> end_job(store::Writer& writer, const jobs::Record& record);

/// The job of that operation that is running for the item (InProgress or Cancelling), if any.
Result<std::optional<Guid>> running_job(store::Reader& reader, const Guid& item, JobOperation operation);
/// Finished jobs are kept at least this long (backup.md 19, 5).
constexpr std::chrono::hours kJobLife{24 * 180};
/// Removes up to `limit` jobs that ended before `before`, also from the engine; returns how many.
Result<std::int64_t> purge_jobs(store::Writer& writer, Time before, std::size_t limit);
/// The same for the jobs of one vault, whenever they ended.
Result<std::int64_t> purge_jobs_of(store::Writer& writer, const Guid& vault, std::size_t limit);
/// Ends the rows of jobs whose engine job ended without updating them. Call before the server starts.
Result<> recover_jobs(store::Database& database, jobs::Engine& engine);

}  // namespace quaymaster::recovery_services
