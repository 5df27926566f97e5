#include "providers/recovery_services/protection/items.h"

#include <algorithm>

#include "base/encode.h"
#include "providers/recovery_services/common/equals_filter.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/source_names.h"
#include "providers/recovery_services/common/vault_guard.h"
#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/protection/item_view.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::size_t kLargestPage = 200;
constexpr std::size_t kScan = 200;

/// The fields of backup.md 9.4. Engines, backup sets and other fabrics do not exist here.
constexpr std::string_view kListFields[] = {"backupManagementType", "itemType",         "policyName",
                                            "containerName",        "friendlyName",     "healthState",
                                            "fabricName",           "backupEngineName", "backupSetName"};

bool is_wanted(const EqualsFilter& filter, const ItemRecord& item) {
  const auto container = filter.value("containerName");
  const bool is_in_container = !container || comparable_container(*container) == to_lower(item.container) ||
                               equal_ignoring_case(*container, item.account());
  const auto health = item.last_backup == LastBackup::failed ? "ActionRequired" : "Passed";
  return is_in_container && filter.allows("backupManagementType", wire::text_of(item.kind)) &&
         filter.allows("itemType", workload_type(item.kind)) && filter.allows("policyName", item.policy) &&
         filter.allows("friendlyName", item.friendly_name) && filter.allows("healthState", health) &&
         filter.allows("fabricName", "Azure") && !filter.value("backupEngineName") && !filter.value("backupSetName");
}

}  // namespace

Items::Items(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations)
    : services_(services), open_vaults_(open_vaults) {
  add_item_work(services_, open_vaults_);
  operations.answer_result(AsyncOperationKind::configure,
                           [](arm::Context& context, const AsyncOperationRecord& operation) -> Result<arm::Answer> {
                             arm::Answer answer{204, {}, {}};
                             TRY(context.database.read([&](store::Reader& reader) -> Result<> {
                               TRY(const auto id, parse_guid(operation.subject));
                               const auto item = find_item(reader, id);
                               if (!item) {
                                 return item.error().kind() == Errc::not_found ? Result<>(ok()) : item.error();
                               }
                               TRY(const auto vault, find_vault(reader, item.value().vault));
                               answer = {200, wire::to_json(item_answer(context, vault, item.value())), {}};
                               return ok();
                             }));
                             return answer;
                           });
}

Result<arm::Reply<ItemAnswer>> Items::get(arm::Context& context, const ItemPath& path) {
  constexpr std::string_view kFields[] = {"expand"};
  TRY(const auto filter, EqualsFilter::read(context, kFields));
  std::optional<ItemAnswer> answer;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto item, find_item(reader, vault, path.container, path.item));
    answer = item_answer(context, vault, item);
    const auto expand = filter.value("expand");
    if (item.kind == SourceKind::file_share || (expand && equal_ignoring_case(*expand, "extendedInfo"))) {
      TRY(const auto points, count_points(reader, item.id));
      answer->properties.info = item_extended_info(item, points);
    }
    return ok();
  }));
  return arm::Reply<ItemAnswer>{200, *std::move(answer)};
}

Result<arm::Reply<arm::Page<ItemAnswer>>> Items::list(arm::Context& context, const VaultPath& path) {
  TRY(const auto filter, EqualsFilter::read(context, kListFields));
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  arm::Page<ItemAnswer> page;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    auto after = wanted.after;
    std::string last_shown;
    while (true) {
      TRY(const auto items, items_of_vault(reader, vault.id, after, kScan));
      for (const auto& item : items) {
        after = lower_name(item);
        if (!is_wanted(filter, item)) {
          continue;
        }
        if (page.value.size() == wanted.top) {
          page.next_link = arm::next_link(context, last_shown);
          return ok();
        }
        page.value.push_back(item_answer(context, vault, item));
        last_shown = after;
      }
      if (items.size() < kScan) {
        return ok();
      }
    }
  }));
  return arm::Reply<arm::Page<ItemAnswer>>{200, std::move(page)};
}

/// Creates the job and the operation that ends with it.
Result<Guid> Items::start(store::Writer& writer, arm::Context& context, const VaultRecord& vault,
                          JobOperation operation, AsyncOperationKind kind, const ItemWork& work) {
  const NewAsyncOperation wire{context.random.guid(), vault.lower_id(), kind, work.item.text()};
  TRY(create_operation(writer, wire, context.now));
  const bool is_machine = work.kind == SourceKind::machine;
  ItemRecord item;  // only for its names
  item.container = work.container;
  item.item = work.name;
  NewBackupJob job;
  job.vault = vault.id;
  job.operation = operation;
  job.kind = work.kind;
  job.item = work.item;
  job.entity = work.friendly_name;
  job.activity = activity_of(context);
  job.operation_id = wire.id;
  job.ends_operation = true;
  if (is_machine) {
    job.container = item.short_container();
    job.bag = {{"VM Name", work.friendly_name}};
  } else {
    job.storage_account = item.account();
    job.bag = {{"File Share Name", work.friendly_name}, {"Storage Account Name", item.account()}};
  }
  if (operation == JobOperation::configure_backup || (is_machine && operation == JobOperation::disable_backup)) {
    job.bag.emplace_back("Policy Name", work.policy);
  }
  if (operation == JobOperation::undelete) {
    job.bag.emplace_back("Undelete flag", "True");
  }
  const auto name = operation == JobOperation::configure_backup ? kConfigureWork
                    : operation == JobOperation::disable_backup ? kDisableWork
                    : operation == JobOperation::undelete       ? kUndeleteWork
                                                                : kDeleteDataWork;
  TRY(const auto id, start_job(writer, services_.engine, job, {std::string(name), {}, work.text()}, context.now));
  TRY(claim_item(writer, vault.id, lower_name(item), id));
  return wire.id;
}

/// Source of the order: backup.md 9.3 and 15. An item that does not exist counts as deleted.
Result<arm::Reply<>> Items::remove(arm::Context& context, const ItemPath& path) {
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    const auto found = find_item(writer, vault, path.container, path.item);
    if (!found && found.error().kind() == Errc::not_found) {
      reply.status = 204;
      return ok();
    }
    if (!found) {
      return found.error();
    }
    const auto& item = found.value();
    TRY(require_unlocked(vault, guarded::kDeleteItem, item_path(vault.resource_id(), item), context.now));
    Guid operation;
    if (item.is_soft_deleted() && vault.settings.soft_delete != SoftDelete::disabled) {
      operation = context.random.guid();
      TRY(create_operation(writer, {operation, vault.lower_id(), AsyncOperationKind::delete_item}, context.now));
      TRY(finish_operation(writer, operation, succeeded(), context.now));
    } else {
      TRY(const auto points, count_points(writer, item.id));
      if (vault.settings.is_immutable() && points.count > 0) {
        return refuse(Errc::conflict, errors::kImmutable,
                      fmt::format("The vault '{}' is immutable and '{}' has recovery points that have not expired. "
                                  "Stop protection and keep the data, or wait for them to expire.",
                                  vault.name, item.friendly_name));
      }
      for (const auto busy : {JobOperation::backup, JobOperation::restore}) {
        TRY(const auto running, running_job(writer, item.id, busy));
        if (running) {
          return refuse(Errc::conflict, errors::kItemLocked, item.friendly_name);
        }
      }
      ItemWork work;
      work.vault = vault.id;
      work.item = item.id;
      work.kind = item.kind;
      work.container = item.container;
      work.name = item.item;
      work.friendly_name = item.friendly_name;
      TRY(operation,
          start(writer, context, vault, JobOperation::delete_backup_data, AsyncOperationKind::delete_item, work));
    }
    add_operation_headers(reply.headers, context, vault_path(context, vault), "backupOperations/" + operation.text(),
                          "backupOperationResults/" + operation.text());
    return ok();
  }));
  return reply;
}

Result<> Items::purge_soft_deleted(store::Writer& writer, const Guid& vault) {
  TRY(const auto items, soft_deleted_items(writer, vault, kScan));
  for (const auto& item : items) {
    TRY(purge_item(writer, services_, item));
  }
  if (items.size() == kScan) {  // perhaps there are more
    TRY(services_.engine.create(writer, {std::string(kPurgeRestWork), vault.text(), vault.text()}));
  }
  return ok();
}

Result<std::int64_t> Items::purge_due(Time now, std::size_t limit) {
  std::int64_t purged = 0;
  TRY(services_.database.write([&](store::Writer& writer) -> Result<> {
    purged = 0;
    TRY(const auto items, due_items(writer, now, limit));
    for (const auto& item : items) {
      TRY(purge_item(writer, services_, item));
      ++purged;
    }
    return ok();
  }));
  return purged;
}

}  // namespace quaymaster::recovery_services
