#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/recovery_services/jobs/backup_jobs.h"

/// The rows of backup jobs: what backup_jobs.h writes, and how lists read them. Lists filter by equality of status,
/// operation and management type in any combination, always newest first. So these three form one small number, the
/// facet, which precedes the sort key in a single index; a filter becomes a few facets whose scans are merged.
namespace quaymaster::recovery_services {

enum class TaskStatus { not_started, in_progress, completed, failed, cancelled };
constexpr auto names(TaskStatus) {
  using enum TaskStatus;
  using wire::name;
  // The last one is our choice: the task state of a cancelled job was never recorded, and "Failed" would be untrue.
  return std::array{name(not_started, "NotStarted"), name(in_progress, "InProgress"), name(completed, "Completed"),
                    name(failed, "Failed"), name(cancelled, "Cancelled")};
}

struct JobTask {
  std::string id;
  TaskStatus status = TaskStatus::not_started;
  std::optional<Time> started;
  std::optional<Time> ended;

  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&JobTask::id>("id"), field<&JobTask::status>("status"),
                         field<&JobTask::started>("started"), field<&JobTask::ended>("ended")});
  }
};

/// A backup job as it is stored. Jobs in lists lack what only the answer about one job contains (`history`).
struct BackupJob {
  Guid id;
  Guid vault;
  JobOperation operation = JobOperation::backup;
  SourceKind kind = SourceKind::machine;
  JobStatus status = JobStatus::in_progress;
  std::optional<Guid> item;
  Time started;
  std::optional<Time> ended;

  /// Fixed when the job is created.
  struct About {
    std::string entity;
    std::string container;
    std::string storage_account;
    std::string activity;
    bool user_triggered = true;
    bool cancellable = false;
    std::string operation_id;  // of the operation that names it; empty: none
    bool ends_operation = false;

    static constexpr auto wire() {
      using wire::field;
      using A = About;
      return wire::fields({field<&A::entity>("entity"), field<&A::container>("container"),
                           field<&A::storage_account>("storageAccount"), field<&A::activity>("activity"),
                           field<&A::user_triggered>("userTriggered"), field<&A::cancellable>("cancellable"),
                           field<&A::operation_id>("operation"), field<&A::ends_operation>("endsOperation")});
    }
  } about;

  /// What happened so far.
  struct History {
    std::vector<JobTask> tasks;
    std::vector<std::vector<std::string>> bag;  // pairs
    std::vector<std::vector<std::string>> internal_bag;
    std::vector<JobError> errors;
    bool shown_as_failed = false;  // as set by its steps' verdict
    std::string cancel_operation;  // the operation of the cancel in progress; empty: none
    std::uint64_t bytes_done = 0;  // of an ended job; for a running one ask the engine
    std::uint64_t bytes_total = 0;
    std::uint64_t bytes_new = 0;

    static constexpr auto wire() {
      using wire::field;
      using S = History;
      return wire::fields({field<&S::tasks>("tasks"), field<&S::bag>("bag"), field<&S::internal_bag>("internalBag"),
                           field<&S::errors>("errors"), field<&S::shown_as_failed>("shownAsFailed"),
                           field<&S::cancel_operation>("cancelOperation"), field<&S::bytes_done>("bytesDone"),
                           field<&S::bytes_total>("bytesTotal"), field<&S::bytes_new>("bytesNew")});
    }
  } history;

  bool is_running() const { return status == JobStatus::in_progress || status == JobStatus::cancelling; }
};

/// The position of a job in lists: newest first, ties by id.
struct JobKey {
  std::int64_t newest_first = 0;  // minus the ticks of its start
  Guid id;
  auto operator<=>(const JobKey&) const = default;

  /// For $skipToken.
  std::string text() const;
  static Result<JobKey> parse(std::string_view text);
};
JobKey key_of(const BackupJob& job);

/// What a list selects; absent members do not restrict it. Different values for one field contradict each other; the
/// filter's reader then sets `nothing`.
struct JobQuery {
  std::optional<JobStatus> status;
  std::optional<JobOperation> operation;
  std::optional<SourceKind> kind;
  std::optional<std::string> entity;  // in any case
  std::optional<Guid> job;
  std::optional<Time> from;  // of the start, both inclusive
  std::optional<Time> to;
  bool nothing = false;
};

// Used by the writers in backup_jobs.cc and by cancel.
Result<> insert_job(store::Writer& writer, const BackupJob& job);
/// Writes status, end and history. Errc::not_found.
Result<> update_job(store::Writer& writer, const BackupJob& job);
/// Errc::not_found.
Result<BackupJob> find_job(store::Reader& reader, const Guid& id);
/// A job of that vault by its name on the wire. Errc::not_found, published as BMSUserErrorJobNotFound.
Result<BackupJob> find_job(store::Reader& reader, const Guid& vault, std::string_view name);
/// Up to `limit` of the vault's jobs after `after`, in list order and without their history. The cost is that of one
/// page, however many jobs there are.
Result<std::vector<BackupJob>> list_jobs(store::Reader& reader, const Guid& vault, const JobQuery& query,
                                         const std::optional<JobKey>& after, std::size_t limit);
/// Ids of jobs that have not ended, greater than `after` and in their order.
Result<std::vector<Guid>> unfinished_jobs(store::Reader& reader, const Guid& after, std::size_t limit);

/// The SQL statements of list_jobs, for the test that inspects their query plans.
std::vector<const char*> job_list_statements();

}  // namespace quaymaster::recovery_services
