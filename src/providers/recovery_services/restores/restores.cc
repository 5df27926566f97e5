#include "providers/recovery_services/restores/restores.h"

#include <algorithm>

#include "arm/errors.h"
#include "arm/server_paths.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_guard.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/jobs/job_errors.h"
#include "providers/recovery_services/jobs/job_text.h"
#include "providers/recovery_services/restores/restore_work.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kKind = "rs_restore";

// One row for each unfinished restore to a target that other restores could also use.
constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE rs_restore_targets (
  target TEXT NOT NULL PRIMARY KEY,
  job TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rs_restore_targets_by_job ON rs_restore_targets (job);
)",
};

Result<> take_target(store::Writer& writer, const RestorePlan& plan, const Guid& job) {
  if (plan.target.empty()) {
    return ok();
  }
  std::string holder;
  TRY(writer.each(
      "SELECT job FROM rs_restore_targets WHERE target = ?",
      [&](const store::Row& row) -> Result<> {
        holder = row.text(0);
        return ok();
      },
      plan.target));
  if (!holder.empty()) {
    const auto shown = plan.share ? fmt::format("{}/{}", plan.share->account, plan.share->share)
                       : plan.recovery == Recovery::original_location  ? plan.machine->machine
                       : plan.recovery == Recovery::alternate_location ? plan.machine->new_machine
                                                                       : plan.machine->directory;
    return refuse(Errc::conflict, errors::kRestoreTargetBusy, shown, holder);
  }
  TRY(writer.change("INSERT INTO rs_restore_targets (target, job) VALUES (?, ?)", plan.target, job.text()));
  return ok();
}

Result<> free_target(store::Writer& writer, const Guid& job) {
  TRY(writer.change("DELETE FROM rs_restore_targets WHERE job = ?", job.text()));
  return ok();
}

/// Source: backup.md 14.4, with the service's wording.
void describe_machine(const RestorePlan& plan, NewBackupJob& job) {
  const auto& machine = *plan.machine;
  job.tasks = {std::string(kTransferTask)};
  job.starts_with_first_task = true;
  std::string type = "Recover disks";
  std::string target = "vmName";  // a constant of the service
  if (plan.recovery == Recovery::original_location) {
    type = "Replace disks";
    target = machine.machine;
    job.tasks.emplace_back(kUpdateMachineTask);
  } else if (plan.recovery == Recovery::alternate_location) {
    type = "Recover VM to an alternate location";
    target = machine.new_machine;
    job.tasks.emplace_back(kCreateMachineTask);
  }
  job.bag.emplace_back("Job Type", type);
  if (plan.recovery == Recovery::alternate_location) {
    job.bag.emplace_back("Original VM Name", machine.machine);
  }
  job.bag.emplace_back("Target VM Name", target);
  if (!machine.network.empty()) {
    job.bag.emplace_back("Target VNet Name", machine.network);
  }
  if (!machine.staging.empty()) {
    job.bag.emplace_back("Target Storage Account Name", machine.staging);
  }
  job.bag.emplace_back("Recovery point time ", bag_time(plan.point_time));  // with the trailing space, as recorded
  if (!machine.group.empty()) {
    job.bag.emplace_back("Target resource group", machine.group);
  }
  job.internal_bag.emplace_back("restoreLocationType", wire::text_of(plan.recovery));
}

void describe_share(const RestorePlan& plan, NewBackupJob& job) {
  const auto& share = *plan.share;
  const bool is_original = plan.recovery == Recovery::original_location;
  job.bag = {{"Source File Share Name", share.source_share},
             {"Source Storage Account Name", share.source_account},
             {std::string(kRestoredPointKey), bag_time(plan.point_time)}};
  if (!is_original) {
    job.bag.emplace_back("Target File Share Name", share.share);
    job.bag.emplace_back("Target Storage Account Name", share.account);
  }
  job.bag.emplace_back("Job Type",
                       is_original ? "Recovering to the original file share" : "Recover to an alternate file share");
  const auto folder = share.files.empty() ? std::string() : share.files.front().folder.value_or("");
  job.bag.emplace_back("RestoreDestination", fmt::format("{}/{}/{}", share.account, share.share, folder));
  for (const auto* key :
       {"Data Transferred (in MB)", "Number Of Restored Files", "Number Of Skipped Files", "Number Of Failed Files"}) {
    job.bag.emplace_back(key, "0");
  }
}

/// The request to validate, in either form of the body.
Result<ValidateBody::Properties> question_of(const ValidateBody& body) {
  if (body.properties) {
    return *body.properties;
  }
  if (body.object_type && body.request) {
    return ValidateBody::Properties{*body.object_type, *body.request};
  }
  return refuse(Errc::invalid, errors::kInvalidInput, "The property 'properties' is required.").at("properties");
}

/// The point that an id names.
std::optional<PointPath> point_of_id(const VaultPath& vault, std::string_view id) {
  PointPath point;
  static_cast<VaultPath&>(point) = vault;
  point.container = arm::name_in_id(id, "protectionContainers");
  point.item = arm::name_in_id(id, "protectedItems");
  point.point = arm::name_in_id(id, "recoveryPoints");
  const bool is_whole = !point.point.empty() && !point.item.empty() && !point.container.empty();
  return is_whole ? std::optional(std::move(point)) : std::nullopt;
}

/// The point of a request that names the point and its machine.
Result<std::optional<PointPath>> point_of_request(store::Reader& reader, const VaultPath& path,
                                                  const RestoreRequest& request) {
  if (!request.source_id || !request.point) {
    return std::optional<PointPath>();
  }
  TRY(const auto vault, find_vault(reader, path));
  TRY(const auto items, items_of_source(reader, *request.source_id));
  const auto item = std::ranges::find_if(items, [&](const ItemRecord& one) {
    return one.vault == vault.id && one.kind == SourceKind::machine;  // an account id does not identify the share
  });
  if (item == items.end()) {
    return std::optional<PointPath>();
  }
  PointPath point;
  static_cast<VaultPath&>(point) = path;
  point.container = item->container;
  point.item = item->item;
  point.point = *request.point;
  return std::optional(std::move(point));
}

}  // namespace

store::Schema restores_schema() {
  return {"rs_restores", kSteps};
}

Error publish_as_damage(Error error) {
  switch (error.kind()) {
    case Errc::not_found:
      return error.published() != nullptr ? error : std::move(error).as(job_errors::kPointGone.published);
    case Errc::corrupt:
    case Errc::invalid:
    case Errc::unsupported:
      return error.published() != nullptr
                 ? error
                 : std::move(error).as(job_errors::kPointDamaged.published, "the server's log has the details.");
    default:
      return error;
  }
}

Restores::Restores(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations)
    : services_(services), open_vaults_(open_vaults) {
  services_.engine.add(kind());
  operations.answer_result(AsyncOperationKind::validate,
                           [](arm::Context&, const AsyncOperationRecord& operation) -> Result<arm::Answer> {
                             return arm::Answer{200, operation.subject, {}};
                           });
}

jobs::Kind Restores::kind() {
  return {std::string(kKind),
          {{"restore",
            [this](jobs::Run& run) -> Result<> {
              TRY(const auto plan, wire::parse_stored<RestorePlan>(run.record().parameters));
              TRY(arm::still_allowed(services_.issuer, plan.access));
              const RestoreRun work{services_, open_vaults_, run, plan};
              return plan.machine ? restore_machine(work) : restore_share(work);
            }}},
          [](store::Writer& writer, const jobs::Record& record) -> Result<> {
            TRY(free_target(writer, record.id));
            return end_job(writer, record);
          }};
}

Result<Restores::Subject> Restores::subject_of(store::Reader& reader, const PointPath& path) {
  Subject subject;
  TRY(subject.vault, find_vault(reader, path));
  TRY(subject.item, find_item(reader, subject.vault, path.container, path.item));
  TRY(subject.point, find_point(reader, subject.item.id, path.point));
  return subject;
}

Result<RestorePlan> Restores::plan(store::Reader& reader, const Subject& subject, const RestoreRequest& request) {
  return plan_restore(reader, services_, {subject.vault, subject.item, subject.point}, request);
}

Result<> Restores::permit(arm::Context& context, RestorePlan& plan) {
  TRY(plan.access, arm::require_linked(context, std::move(plan.access.needs)));
  for (const auto& disk : plan.machine ? plan.machine->disks : std::vector<PlannedDisk>{}) {
    if (!disk.file.empty()) {
      TRY(arm::require_path(context, disk.file, {}));
    }
  }
  return ok();
}

/// Planning looks at directories, so it precedes the transaction; the transaction checks again that the item and the
/// point still exist.
Result<arm::Reply<>> Restores::trigger(arm::Context& context, const PointPath& path, const RestoreBody& body) {
  std::optional<RestorePlan> plan;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto subject, subject_of(reader, path));
    TRY(plan, this->plan(reader, subject, body.properties));
    return ok();
  }));
  TRY(permit(context, *plan));
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(require_vault(writer, context, path));
    TRY(const auto subject, subject_of(writer, path));
    TRY(require_guard_request(context, subject.vault, guarded::kRestore,
                              body.properties.guard_requests.value_or(std::vector<std::string>{})));
    if (subject.item.deleted) {
      return refuse(Errc::conflict, errors::kRestoreOfDeletedItem, subject.item.friendly_name);
    }
    const NewAsyncOperation operation{context.random.guid(), subject.vault.lower_id(), AsyncOperationKind::restore};
    TRY(create_operation(writer, operation, context.now));
    TRY(start(writer, context, subject, *plan, operation.id));
    const auto item = asked_item_path(path.container, path.item);
    reply.headers = {};
    add_operation_headers(reply.headers, context, vault_path(context, subject.vault),
                          fmt::format("{}/operationsStatus/{}", item, operation.id.text()),
                          fmt::format("{}/operationResults/{}", item, operation.id.text()));
    return ok();
  }));
  return reply;
}

Result<Guid> Restores::start(store::Writer& writer, arm::Context& context, const Subject& subject,
                             const RestorePlan& plan, const Guid& operation) {
  NewBackupJob job;
  job.vault = subject.vault.id;
  job.operation = JobOperation::restore;
  job.kind = subject.item.kind;
  job.item = subject.item.id;
  job.entity = subject.item.friendly_name;
  job.activity = activity_of(context);
  job.user_triggered = true;
  job.cancellable = true;
  job.operation_id = operation;
  if (plan.machine) {
    job.container = subject.item.short_container();
    describe_machine(plan, job);
  } else {
    job.storage_account = subject.item.account();
    describe_share(plan, job);
  }
  jobs::NewJob work;
  work.kind = kKind;
  work.parameters = wire::to_json(plan);
  TRY(const auto id, start_job(writer, services_.engine, job, std::move(work), context.now));
  TRY(take_target(writer, plan, id));
  return id;
}

/// An invalid validation request is an error; what is wrong with the restore itself is the answer.
Result<ValidationAnswer> Restores::results_of(arm::Context& context, const VaultPath& path, const ValidateBody& body) {
  constexpr std::string_view kKinds[] = {"ValidateIaasVMRestoreOperationRequest", "ValidateRestoreOperationRequest"};
  TRY(const auto question, question_of(body));
  const auto is_known = std::ranges::any_of(
      kKinds, [&](std::string_view kind) { return equal_ignoring_case(kind, question.object_type); });
  if (!is_known) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  fmt::format("'{}' cannot be validated. Use '{}'.", question.object_type, kKinds[0]))
        .at("properties.objectType");
  }
  TRY(find_vault(context, path));
  auto point = body.id ? point_of_id(path, *body.id) : std::nullopt;
  if (!body.id) {
    TRY(context.database.read([&](store::Reader& reader) -> Result<> {
      TRY(point, point_of_request(reader, path, question.request));
      return ok();
    }));
  }
  if (!point) {
    return refuse(Errc::invalid, errors::kInvalidInput, "The property 'id' must be the id of a recovery point.")
        .at("id");
  }
  ValidationAnswer answer;
  std::optional<RestorePlan> planned;
  auto looked = context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto subject, subject_of(reader, *point));
    TRY(planned, plan(reader, subject, question.request));
    return ok();
  });
  if (looked) {
    looked = permit(context, *planned);
  }
  if (!looked) {
    const auto* published = looked.error().published();
    if (published == nullptr) {
      return std::move(looked).error();
    }
    answer.response.results.push_back(
        {std::string(published->row->code), published->message, {"Correct the request and validate it again."}});
  }
  return answer;
}

Result<arm::Reply<ValidationAnswer>> Restores::validate(arm::Context& context, const VaultPath& path,
                                                        const ValidateBody& body) {
  TRY(auto answer, results_of(context, path, body));
  return arm::Reply<ValidationAnswer>{200, std::move(answer)};
}

Result<arm::Reply<>> Restores::trigger_validate(arm::Context& context, const VaultPath& path,
                                                const ValidateBody& body) {
  TRY(const auto answer, results_of(context, path, body));
  const auto text = wire::to_json(answer);
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), AsyncOperationKind::validate, text};
    TRY(create_operation(writer, operation, context.now));
    auto outcome = succeeded();
    outcome.properties = fmt::format(R"({{"objectType":"OperationStatusValidateOperationExtendedInfo",{})",
                                     std::string_view(text).substr(1));
    TRY(finish_operation(writer, operation.id, outcome, context.now));
    reply.headers = {};
    add_operation_headers(reply.headers, context, vault_path(context, vault),
                          "backupValidateOperationsStatuses/" + operation.id.text(),
                          "backupValidateOperationResults/" + operation.id.text());
    return ok();
  }));
  return reply;
}

}  // namespace quaymaster::recovery_services
