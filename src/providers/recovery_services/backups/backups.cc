#include "providers/recovery_services/backups/backups.h"

#include "base/encode.h"
#include "providers/recovery_services/backups/backup_run.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/jobs/job_text.h"
#include "providers/recovery_services/operations/async_operations.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kKind = "rs_backup";

Error wrong(std::string_view property, std::string_view sentence) {
  return refuse(Errc::invalid, errors::kInvalidInput, sentence).at(std::string(property));
}

/// Checks that the request fits the item and that its point would not expire at once. Returns when the point expires.
Result<Time> check_request(const BackupRequest& request, const ItemRecord& item, Time now) {
  const auto properties = request.properties.value_or(BackupRequestProperties{});
  const std::string_view wanted =
      item.kind == SourceKind::machine ? "IaasVMBackupRequest" : "AzureFileShareBackupRequest";
  if (!properties.object_type || !equal_ignoring_case(*properties.object_type, wanted)) {
    return wrong("properties.objectType", fmt::format("'properties.objectType' must be '{}' for '{}', not '{}'.",
                                                      wanted, item.friendly_name, properties.object_type.value_or("")));
  }
  if (!properties.expiry) {
    return Time(std::chrono::floor<std::chrono::days>(now + kOnDemandLife));
  }
  if (*properties.expiry <= now) {
    return wrong("properties.recoveryPointExpiryTimeInUTC",
                 fmt::format("'properties.recoveryPointExpiryTimeInUTC' is '{}', which is not in the future.",
                             format_time_short(*properties.expiry)));
  }
  return std::min<Time>(*properties.expiry, now + kLongestOnDemandLife);
}

/// Errc::conflict, published: the item has no policy.
Result<> check_protected(const ItemRecord& item) {
  using Protection = ItemRecord::Protection;
  if (item.deleted) {
    return refuse(Errc::conflict, errors::kItemNotProtected, item.friendly_name, "its backup data is soft-deleted");
  }
  if (item.protection == Protection::stopped || item.protection == Protection::suspended) {
    return refuse(Errc::conflict, errors::kItemNotProtected, item.friendly_name, "its protection is stopped");
  }
  return ok();
}

/// What clients see of the job from its start (backup.md 14.4).
NewBackupJob new_job(const ItemRecord& item, const BackupWork& work) {
  NewBackupJob job;
  job.vault = item.vault;
  job.operation = JobOperation::backup;
  job.kind = item.kind;
  job.item = item.id;
  job.entity = item.friendly_name;
  job.user_triggered = work.on_demand;
  job.cancellable = true;
  job.tasks = {std::string(kTakeSnapshot), std::string(kTransferData)};
  if (item.kind == SourceKind::machine) {
    job.container = item.short_container();
    job.bag.emplace_back("VM Name", item.friendly_name);
    if (work.expiry) {
      job.bag.emplace_back("Recovery Point Expiry Time in UTC", bag_time(*work.expiry));
    }
    job.internal_bag.emplace_back("IsInstantRpJob", "True");
  } else {
    job.storage_account = item.account();
    job.bag = {{"File Share Name", item.friendly_name},
               {"Data Transferred (in MB)", "0"},
               {"Whether job is adhoc or scheduled.", work.on_demand ? "True" : "False"}};
  }
  return job;
}

}  // namespace

Backups::Backups(Services& services, OpenVaults& open_vaults) : services_(services), open_vaults_(open_vaults) {
  services_.engine.add(kind());
}

jobs::Kind Backups::kind() {
  return {std::string(kKind),
          {{"back_up", [this](jobs::Run& run) { return BackupRun(services_, open_vaults_, run).run(); }, true}},
          [](store::Writer& writer, const jobs::Record& record) { return end_backup(writer, record); }};
}

Result<Guid> Backups::start_work(store::Writer& writer, const ItemRecord& item, const BackupWork& work,
                                 std::string activity, std::optional<Guid> operation, Time now) {
  TRY(check_protected(item));
  TRY(const auto running, running_job(writer, item.id, JobOperation::backup));
  if (running) {
    const auto& row = item.kind == SourceKind::machine ? errors::kBackupInProgress : errors::kSnapshotInProgress;
    return refuse(Errc::conflict, row, running->text(), item.friendly_name);
  }
  auto job = new_job(item, work);
  job.activity = std::move(activity);
  job.operation_id = operation;
  return start_job(writer, services_.engine, job, {std::string(kKind), {}, wire::to_json(work)}, now);
}

Result<arm::Reply<>> Backups::trigger(arm::Context& context, const ItemPath& path, const BackupRequest& request) {
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, find_vault(writer, path));
    TRY(const auto item, find_item(writer, vault, path.container, path.item));
    TRY(const auto expiry, check_request(request, item, context.now));
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), AsyncOperationKind::backup,
                                      item.id.text()};
    TRY(create_operation(writer, operation, context.now));
    TRY(start_work(writer, item, {item.id.text(), true, expiry}, activity_of(context), operation.id, context.now));
    const auto at = asked_item_path(path.container, path.item);
    add_operation_headers(reply.headers, context, vault_path(context, vault),
                          fmt::format("{}/operationsStatus/{}", at, operation.id.text()),
                          fmt::format("{}/operationResults/{}", at, operation.id.text()));
    return ok();
  }));
  return reply;
}

Result<Guid> Backups::start(const ItemRecord& scheduled_item, Time scheduled) {
  static_cast<void>(scheduled);  // the scheduler stores it in the item; a point's time is when it was read
  std::optional<Guid> job;
  TRY(services_.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto item, find_item(writer, scheduled_item.id));
    TRY(job, start_work(writer, item, {item.id.text(), false, {}}, services_.random.guid().text(), {},
                        services_.clock.now()));
    return ok();
  }));
  return *job;
}

}  // namespace quaymaster::recovery_services
