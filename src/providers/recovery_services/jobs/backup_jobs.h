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

/// Backup jobs: the durable work of jobs::Engine with what clients see of it beside (backup.md 14). Every job has one
/// row here, written in the transaction that creates, changes or ends the engine's job, so that lists need nothing
/// else.
namespace quaymaster::recovery_services {

/// Stored by their numbers (job_record.cc): new ones go to the end, nine at most.
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

/// Stored by their numbers too.
enum class JobStatus { in_progress, cancelling, completed, completed_with_warnings, failed, cancelled };
constexpr auto names(JobStatus) {
  using enum JobStatus;
  using wire::name;
  return std::array{name(in_progress, "InProgress"), name(cancelling, "Cancelling"),
                    name(completed, "Completed"),    name(completed_with_warnings, "CompletedWithWarnings"),
                    name(failed, "Failed"),          name(cancelled, "Cancelled")};
}

/// Ordered, as clients print it.
using Bag = std::vector<std::pair<std::string, std::string>>;

struct NewBackupJob {
  Guid vault;
  JobOperation operation = JobOperation::backup;
  SourceKind kind = SourceKind::machine;
  std::optional<Guid> item;     // absent: of a container
  std::string entity;           // friendly name of what it is about
  std::string container;        // ItemRecord::short_container(), of machines
  std::string storage_account;  // name, of file shares
  std::string activity;         // x-ms-client-request-id of the request, or a GUID of its own
  bool user_triggered = true;   // false: the scheduler's; no answer tells it
  bool cancellable = false;     // Backup and Restore
  /// The asynchronous operation that names this job. `ends_operation`: it ends when the job ends (configure, stop,
  /// delete, undelete, register); otherwise start() ends it at once (backup, restore).
  std::optional<Guid> operation_id;  // created before in the same transaction
  bool ends_operation = false;
  std::vector<std::string> tasks;       // task ids in their order, all NotStarted
  bool starts_with_first_task = false;  // the first of them is InProgress from the first instant
  Bag bag;
  Bag internal_bag;
};

/// What a step tells of its job; absent members stay. A task that was started or completed before keeps its times, so
/// that a step may be repeated; one that the job did not have is appended.
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

/// `activity` of a job that this request starts: its x-ms-client-request-id, or a GUID of its own.
std::string activity_of(const arm::Context& context);

/// Creates the engine's job (`work`: kind and parameters; its subject is filled in) and the row beside it, in the
/// transaction of the request. `now`: that of the operation, since clients see both starts. The answer is both jobs'
/// id. Errc::not_found: no such operation.
Result<Guid> start_job(store::Writer& writer, jobs::Engine& engine, const NewBackupJob& job, jobs::NewJob work,
                       Time now);
/// From a step, best inside Run::save. Errc::not_found.
Result<> change_job(store::Writer& writer, const Guid& job, const JobChange& change, Time now);
/// Says how a job is to be shown whose engine's job will succeed: with these errors, as completed with warnings or as
/// failed. Before it ends, from a step; what was said before is replaced, and an empty list takes it back.
/// Errc::not_found.
enum class Verdict { warnings, failed };
Result<> warn_job(store::Writer& writer, const Guid& job, std::vector<JobError> errors,
                  Verdict verdict = Verdict::warnings);
/// From Kind::ended of every kind of this provider: sets status, end, running task and error from the engine's record
/// (an error whose published code is a row of job_errors.h shows with that row's number and advice, any other as its
/// text), and ends the operations that wait for it. Repeating it changes nothing. Errc::not_found.
Result<> end_job(store::Writer& writer, const jobs::Record& record);

/// Whether a job of that operation runs for the item (InProgress or Cancelling).
Result<std::optional<Guid>> running_job(store::Reader& reader, const Guid& item, JobOperation operation);
/// Finished jobs are kept at least that long (backup.md 19, 5).
constexpr std::chrono::hours kJobLife{24 * 180};
/// Removes up to `limit` jobs that ended before `before`, the engine's too; answers how many.
Result<std::int64_t> purge_jobs(store::Writer& writer, Time before, std::size_t limit);
/// The same of the jobs of one vault, whenever they ended.
Result<std::int64_t> purge_jobs_of(store::Writer& writer, const Guid& vault, std::size_t limit);
/// Ends the rows of jobs whose engine's job has ended without saying so. Before the server starts.
Result<> recover_jobs(store::Database& database, jobs::Engine& engine);

}  // namespace quaymaster::recovery_services
