#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/recovery_services/jobs/backup_jobs.h"

/// The rows of backup jobs: what backup_jobs.h writes, and how lists walk them. Lists ask for equality of status,
/// operation and management type in any combination, always newest first; so these three are one small number, the
/// facet, in front of the order's key in one index, and a filter is a handful of facets whose walks are merged.
namespace quaymaster::recovery_services {

enum class TaskStatus { not_started, in_progress, completed, failed, cancelled };
constexpr auto names(TaskStatus) {
  using enum TaskStatus;
  using wire::name;
  // The last is our choice: of a cancelled job's task nothing is recorded, and "Failed" would be untrue.
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

/// A backup job as it is stored. Of lists: without what only the answer about one job tells (`history`).
struct BackupJob {
  Guid id;
  Guid vault;
  JobOperation operation = JobOperation::backup;
  SourceKind kind = SourceKind::machine;
  JobStatus status = JobStatus::in_progress;
  std::optional<Guid> item;
  Time started;
  std::optional<Time> ended;

  /// Fixed from the start.
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
    bool shown_as_failed = false;  // by its steps' verdict
    std::string cancel_operation;  // the operation of the cancel that is under way; empty: none
    std::uint64_t bytes_done = 0;  // of an ended job; of a running one ask the engine
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

/// Where a job stands in lists: newest first, those of the same instant by id.
struct JobKey {
  std::int64_t newest_first = 0;  // minus the ticks of its start
  Guid id;
  auto operator<=>(const JobKey&) const = default;

  /// For $skipToken.
  std::string text() const;
  static Result<JobKey> parse(std::string_view text);
};
JobKey key_of(const BackupJob& job);

/// What a list asks for; absent members ask for everything. Several values of one kind contradict each other unless
/// they are equal, which the filter's reader says by `nothing`.
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

// Of the writers in backup_jobs.cc and of cancel.
Result<> insert_job(store::Writer& writer, const BackupJob& job);
/// Writes status, end and history. Errc::not_found.
Result<> update_job(store::Writer& writer, const BackupJob& job);
/// Errc::not_found.
Result<BackupJob> find_job(store::Reader& reader, const Guid& id);
/// One of that vault by its name on the wire. Errc::not_found, published as BMSUserErrorJobNotFound.
Result<BackupJob> find_job(store::Reader& reader, const Guid& vault, std::string_view name);
/// Up to `limit` of the vault's jobs behind `after`, in the lists' order and without their history. Costs a page,
/// however many jobs there are.
Result<std::vector<BackupJob>> list_jobs(store::Reader& reader, const Guid& vault, const JobQuery& query,
                                         const std::optional<JobKey>& after, std::size_t limit);
/// Ids of every job that has not ended.
Result<std::vector<Guid>> unfinished_jobs(store::Reader& reader);

/// The statements of list_jobs, for the test that looks at their plans.
std::vector<const char*> job_list_statements();

}  // namespace quaymaster::recovery_services
