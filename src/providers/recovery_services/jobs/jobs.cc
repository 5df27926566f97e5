#include "providers/recovery_services/jobs/jobs.h"

#include "arm/errors.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_record.h"
#include "providers/recovery_services/jobs/job_projection.h"
#include "providers/recovery_services/jobs/job_record.h"
#include "providers/recovery_services/jobs/jobs_filter.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::size_t kLargestPage = 200;  // backup.md 3

JobReader reader_of(const arm::Context& context, const VaultRecord& vault) {
  return {vault_path(context, vault), context.api_version, context.now};
}

Result<std::optional<JobKey>> start_of_page(const arm::PageRequest& wanted) {
  if (wanted.after.empty()) {
    return std::optional<JobKey>();
  }
  auto key = JobKey::parse(wanted.after);
  if (!key) {
    return refuse(Errc::invalid, arm::kInvalidParameter,
                  "The value of $skipToken was not issued by this list. Use nextLink unchanged.")
        .at("$skipToken");
  }
  return std::optional(key.value());
}

/// The same key for every spelling of a vault's path; no name contains "|".
std::string name_of(const VaultPath& path) {
  return to_lower(fmt::format("{}|{}|{}|", path.subscription, path.group, path.vault));
}

/// Why it cannot be cancelled, in the wording of the documentation (backup.md 14.5).
Result<> check_cancellable(const BackupJob& job) {
  if (!job.about.cancellable) {
    return refuse(Errc::invalid, errors::kJobNeverCancellable, wire::text_of(job.operation));
  }
  if (!job.is_running()) {
    return refuse(Errc::invalid, errors::kJobEnded, job.id.text(), wire::text_of(job.status));
  }
  if (job.status == JobStatus::cancelling) {
    return refuse(Errc::invalid, errors::kJobNotInProgress, job.id.text());
  }
  return ok();
}

}  // namespace

Result<arm::Reply<arm::Page<WireJob>>> Jobs::list(arm::Context& context, const VaultPath& path) {
  const auto filter = context.parameter("$filter").value_or("");
  TRY(const auto query, read_job_filter(filter));
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  TRY(const auto after, start_of_page(wanted));
  const auto key = fmt::format("{}|{}|{}|{}", name_of(path), wanted.top, wanted.after, filter);
  TRY(const auto known, pages_.get(key, [&](store::Reader& reader) -> Result<KnownPage> {
    KnownPage page;
    TRY(page.vault, find_vault(reader, path));
    TRY(page.jobs, list_jobs(reader, page.vault.id, query, after, wanted.top + 1));
    page.goes_on = page.jobs.size() > wanted.top;
    page.jobs.resize(std::min(page.jobs.size(), wanted.top));
    return page;
  }));
  arm::Page<WireJob> page;
  if (known->goes_on) {
    page.next_link = arm::next_link(context, key_of(known->jobs.back()).text());
  }
  const auto reader = reader_of(context, known->vault);
  page.value.reserve(known->jobs.size());
  for (const auto& job : known->jobs) {
    page.value.push_back(project(job, std::nullopt, reader, false));
  }
  return arm::Reply<arm::Page<WireJob>>{200, std::move(page)};
}

Result<arm::Reply<WireJob>> Jobs::get(arm::Context& context, const JobPath& path) {
  TRY(const auto known, known_.get(name_of(path) + to_lower(path.job), [&](store::Reader& reader) -> Result<Known> {
    TRY(auto vault, find_vault(reader, path));
    TRY(auto job, find_job(reader, vault.id, path.job));
    return Known{std::move(vault), std::move(job)};
  }));
  const auto& job = known->job;
  std::optional<LiveJob> live;
  if (job.is_running()) {
    TRY(context.database.read([&](store::Reader& reader) -> Result<> {
      TRY(const auto record, services_.engine.get(reader, job.id));
      live = LiveJob{record.bytes_done, record.bytes_total, services_.engine.rate(job.id),
                     record.state == jobs::State::paused ? record.reason : std::string()};
      return ok();
    }));
  }
  return arm::Reply<WireJob>{200, project(job, live, reader_of(context, known->vault), true)};
}

/// Happens in one transaction with the engine's cancel. A waiting job ends in it (its kind's `ended` finishes the
/// operation); a running one shows Cancelling until its step notices.
Result<arm::Reply<>> Jobs::cancel(arm::Context& context, const JobPath& path) {
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, find_vault(writer, path));
    TRY(auto job, find_job(writer, vault.id, path.job));
    TRY(check_cancellable(job));
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), AsyncOperationKind::cancel_job,
                                      job.id.text()};
    TRY(create_operation(writer, operation, context.now));
    job.status = JobStatus::cancelling;
    job.history.cancel_operation = operation.id.text();
    TRY(update_job(writer, job));
    auto asked = services_.engine.request_cancel(writer, job.id);
    if (!asked) {
      return std::move(asked).error().as(errors::kJobCancelFailed, job.id.text());
    }
    const auto at = fmt::format("backupJobs/{}", job.id.text());
    add_operation_headers(reply.headers, context, vault_path(context, vault),
                          fmt::format("{}/operationsStatus/{}", at, operation.id.text()),
                          fmt::format("{}/operationResults/{}", at, operation.id.text()));
    return ok();
  }));
  return reply;
}

Result<arm::Reply<>> Jobs::export_list(arm::Context& context, const VaultPath& path) {
  const std::string filter(context.parameter("$filter").value_or(""));
  TRY(read_job_filter(filter));
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, find_vault(writer, path));
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), AsyncOperationKind::export_jobs};
    TRY(create_operation(writer, operation, context.now));
    JobExports::Order order;
    order.operation = operation.id.text();
    order.vault = vault.id.text();
    order.vault_path = vault_path(context, vault);
    order.api_version = context.api_version;
    order.filter = filter;
    TRY(exports_.start(writer, order));
    add_operation_headers(reply.headers, context, order.vault_path, "backupOperations/" + order.operation,
                          "backupJobs/operationResults/" + order.operation);
    return ok();
  }));
  return reply;
}

}  // namespace quaymaster::recovery_services
