#include "providers/recovery_services/jobs/backup_jobs.h"

#include <algorithm>

#include "base/log.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/jobs/job_record.h"

namespace quaymaster::recovery_services {
namespace {

using Pairs = std::vector<std::vector<std::string>>;

void put(Pairs& into, const Bag& bag) {
  for (const auto& [key, value] : bag) {
    const auto found =
        std::ranges::find(into, key, [](const auto& pair) -> const std::string& { return pair.front(); });
    if (found == into.end()) {
      into.push_back({key, value});
    } else {
      found->back() = value;
    }
  }
}

JobTask& task_of(BackupJob& job, const std::string& id) {
  auto& tasks = job.history.tasks;
  const auto found = std::ranges::find(tasks, id, &JobTask::id);
  return found == tasks.end() ? tasks.emplace_back(JobTask{id}) : *found;
}

void start_task(JobTask& task, Time now) {
  if (task.status != TaskStatus::completed) {
    task.status = TaskStatus::in_progress;
    task.started = task.started.value_or(now);
    task.ended.reset();
  }
}

void end_task(JobTask& task, TaskStatus status, Time now) {
  if (task.status != TaskStatus::completed) {
    task.status = status;
    task.started = task.started.value_or(now);
    task.ended = now;
  }
}

JobStatus status_of(jobs::State state, const BackupJob& job) {
  switch (state) {
    case jobs::State::failed:
      return JobStatus::failed;
    case jobs::State::cancelled:
      return JobStatus::cancelled;
    default:
      return job.history.shown_as_failed  ? JobStatus::failed
             : job.history.errors.empty() ? JobStatus::completed
                                          : JobStatus::completed_with_warnings;
  }
}

/// The outcome of the operation that waited for the job.
Outcome outcome_of(const BackupJob& job) {
  switch (job.status) {
    case JobStatus::failed: {
      const auto& error = job.history.errors.front();
      return failed(error.title, error.text);
    }
    case JobStatus::cancelled:
      return cancelled();
    default:
      return succeeded_with_job(job.id);
  }
}

/// A cancel that came too late is reported as failed.
Outcome outcome_of_cancel(const BackupJob& job) {
  return job.status == JobStatus::cancelled
             ? succeeded()
             : failed(refuse(Errc::conflict, errors::kJobEndedFirst, job.id.text(), wire::text_of(job.status)));
}

Result<> finish(store::Writer& writer, const std::string& operation, const Outcome& outcome, Time now) {
  TRY(const auto id, parse_guid(operation));
  auto finished = finish_operation(writer, id, outcome, now);
  if (!finished && finished.error().kind() == Errc::not_found) {
    return ok();  // purged, so nobody asks for it any more
  }
  return finished;
}

}  // namespace

std::string activity_of(const arm::Context& context) {
  return context.client_request_id.value_or(context.random.guid().text());
}

Result<Guid> start_job(store::Writer& writer, jobs::Engine& engine, const NewBackupJob& job, jobs::NewJob work,
                       Time now) {
  if (work.parameters.size() > wire::Limits{}.bytes) {
    return Error(Errc::too_large, "the parameters of a job are larger than the limit for stored documents");
  }
  work.subject = job.vault.text();
  BackupJob row;
  TRY(row.id, engine.create(writer, std::move(work)));
  row.vault = job.vault;
  row.operation = job.operation;
  row.kind = job.kind;
  row.item = job.item;
  row.started = now;
  row.about = {job.entity,
               job.container,
               job.storage_account,
               job.activity,
               job.user_triggered,
               job.cancellable,
               job.operation_id ? job.operation_id->text() : std::string(),
               job.ends_operation};
  for (const auto& id : job.tasks) {
    row.history.tasks.push_back({id});
  }
  if (job.starts_with_first_task && !row.history.tasks.empty()) {
    start_task(row.history.tasks.front(), now);
  }
  put(row.history.bag, job.bag);
  put(row.history.internal_bag, job.internal_bag);
  TRY(insert_job(writer, row));
  if (job.operation_id && !job.ends_operation) {
    TRY(finish_operation(writer, *job.operation_id, succeeded_with_job(row.id), now));
  }
  return row.id;
}

Result<> change_job(store::Writer& writer, const Guid& id, const JobChange& change, Time now) {
  TRY(auto job, find_job(writer, id));
  if (change.task_completed) {
    end_task(task_of(job, *change.task_completed), TaskStatus::completed, now);
  }
  if (change.task_started) {
    start_task(task_of(job, *change.task_started), now);
  }
  put(job.history.bag, change.bag);
  put(job.history.internal_bag, change.internal_bag);
  job.history.bytes_new = change.bytes_new.value_or(job.history.bytes_new);
  return update_job(writer, job);
}

Result<> warn_job(store::Writer& writer, const Guid& id, std::vector<JobError> errors, Verdict verdict) {
  TRY(auto job, find_job(writer, id));
  job.history.shown_as_failed = verdict == Verdict::failed && !errors.empty();
  job.history.errors = std::move(errors);
  return update_job(writer, job);
}

Result<> end_job(store::Writer& writer, const jobs::Record& record) {
  TRY(auto job, find_job(writer, record.id));
  if (!job.is_running()) {
    return ok();
  }
  const Time now = record.ended.value_or(record.updated);
  job.ended = std::max(now, job.started);
  job.history.bytes_done = record.bytes_done;
  job.history.bytes_total = record.bytes_total;
  job.status = status_of(record.state, job);
  if (record.state == jobs::State::failed) {
    job.history.errors = {job_errors::of_failed(record)};
  } else if (record.state == jobs::State::cancelled) {
    job.history.errors = {job_errors::told(job_errors::kCancelled)};
  }
  for (auto& task : job.history.tasks) {
    if (task.status == TaskStatus::in_progress) {
      end_task(task,
               job.status == JobStatus::failed      ? TaskStatus::failed
               : job.status == JobStatus::cancelled ? TaskStatus::cancelled
                                                    : TaskStatus::completed,
               *job.ended);
    }
  }
  if (job.about.ends_operation && !job.about.operation_id.empty()) {
    TRY(finish(writer, job.about.operation_id, outcome_of(job), *job.ended));
  }
  if (!job.history.cancel_operation.empty()) {
    TRY(finish(writer, job.history.cancel_operation, outcome_of_cancel(job), *job.ended));
  }
  return update_job(writer, job);
}

Result<> recover_jobs(store::Database& database, jobs::Engine& engine) {
  constexpr std::size_t kAtOnce = 500;
  std::vector<Guid> page;
  Guid after;
  do {
    TRY(database.write([&](store::Writer& writer) -> Result<> {
      TRY(page, unfinished_jobs(writer, after, kAtOnce));
      for (const auto& id : page) {
        TRY(const auto record, engine.get(writer, id));
        if (jobs::is_final(record.state)) {
          writer.after_commit([id] { log::warning("backup", "job {} had ended, but its row had not", id.text()); });
          TRY(end_job(writer, record));
        }
      }
      return ok();
    }));
    after = page.empty() ? after : page.back();
  } while (page.size() == kAtOnce);
  return ok();
}

}  // namespace quaymaster::recovery_services
