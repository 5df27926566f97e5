#include "providers/recovery_services/containers/containers.h"

#include <algorithm>

#include "base/encode.h"
#include "providers/recovery_services/common/equals_filter.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/linked_needs.h"
#include "providers/recovery_services/common/source_names.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kType = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers";
constexpr std::string_view kWork = "rs_register_container";
constexpr std::string_view kStorageType = "StorageContainer";
constexpr std::size_t kLargestPage = 200;
constexpr std::size_t kScan = 200;

/// A registration, as the parameters of its job.
struct Registering {
  std::string vault, name, source_id, lock;
  arm::LinkedAccess access;
  static constexpr auto wire() {
    using wire::field;
    using T = Registering;
    return wire::fields({field<&T::vault>("vault"), field<&T::name>("name"), field<&T::source_id>("sourceId"),
                         field<&T::lock>("lock"), field<&T::access>("access")});
  }
};

Container framed(const arm::Context& context, const VaultRecord& vault, const std::string& name) {
  Container container;
  container.id = fmt::format("{}/backupFabrics/Azure/protectionContainers/{}", vault_path(context, vault), name);
  container.name = name;
  container.type = kType;
  auto& wire = container.properties.emplace();
  wire.registration = "Registered";
  wire.health = "Healthy";
  return container;
}

Container machine_answer(const arm::Context& context, const VaultRecord& vault, const ItemRecord& item) {
  auto container = framed(context, vault, item.container);
  auto& wire = *container.properties;
  wire.machine_id = item.source_id;
  wire.machine_version = "Compute";
  if (const auto name = parse_container(item.container)) {
    wire.group = name->group;
  }
  wire.friendly_name = item.friendly_name;
  wire.management = wire::text_of(SourceKind::machine);
  wire.registration = item.is_soft_deleted() || item.was_undeleted ? "SoftDeleted" : "Registered";
  wire.type = "Microsoft.Compute/virtualMachines";
  wire.object_type = "Microsoft.Compute/virtualMachines";
  return container;
}

Container storage_answer(const arm::Context& context, const VaultRecord& vault, const ContainerRecord& record,
                         std::int64_t items) {
  auto container = framed(context, vault, record.name);
  auto& wire = *container.properties;
  wire.source_id = record.source_id;
  wire.item_count = items;
  wire.lock = record.lock;
  wire.friendly_name = record.name.substr(record.name.rfind(';') + 1);
  wire.management = wire::text_of(SourceKind::file_share);
  wire.type = kStorageType;
  wire.object_type = kStorageType;
  return container;
}

Error invalid(std::string_view target, std::string_view why) {
  return refuse(Errc::invalid, errors::kInvalidInput, why).at("properties." + std::string(target));
}

/// Which kind of containers a list asks for; nothing for a management type that is not protected here.
Result<std::optional<SourceKind>> kind_of(const EqualsFilter& filter) {
  const auto management = filter.value("backupManagementType");
  if (!management) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  "The $filter must contain backupManagementType eq 'AzureIaasVM' or another management type.")
        .at("$filter");
  }
  return wire::value_of<SourceKind>(*management);
}

constexpr std::string_view kFields[] = {"backupManagementType", "status",     "friendlyName",
                                        "containerType",        "fabricName", "backupEngineName"};

/// `is_registered` is separate from the container's reported state: an undeleted machine is reported as SoftDeleted
/// but listed with the Registered ones.
bool is_wanted(const EqualsFilter& filter, const Container& container, bool is_registered) {
  const auto& wire = *container.properties;
  return filter.allows("status", is_registered ? "Registered" : "SoftDeleted") &&
         filter.allows("friendlyName", *wire.friendly_name) && filter.allows("containerType", *wire.type) &&
         filter.allows("fabricName", "Azure") && !filter.value("backupEngineName");
}

/// Calls `add` for each machine of the vault after `after`, until it reports that the page is full.
template <class Add>
Result<> each_machine(store::Reader& reader, const VaultRecord& vault, std::string after, const Add& add) {
  while (true) {
    TRY(const auto items, items_of_vault(reader, vault.id, after, kScan));
    for (const auto& item : items) {
      after = lower_name(item);
      if (item.kind == SourceKind::machine && !add(after, item)) {
        return ok();
      }
    }
    if (items.size() < kScan) {
      return ok();
    }
  }
}

/// The same for its storage accounts, with the number of items in them.
template <class Add>
Result<> each_account(store::Reader& reader, const VaultRecord& vault, std::string after, const Add& add) {
  while (true) {
    TRY(const auto records, containers_of(reader, vault.id, after, kScan));
    for (const auto& record : records) {
      after = to_lower(record.name);
      TRY(const auto counts, count_items_of_source(reader, vault.id, record.source_id));
      if (!add(after, record, counts)) {
        return ok();
      }
    }
    if (records.size() < kScan) {
      return ok();
    }
  }
}

/// Appends until the page is full; false: it is full, and there is more.
class PageBuilder {
 public:
  PageBuilder(const arm::Context& context, const arm::PageRequest& wanted, arm::Page<Container>& page)
      : context_(context), wanted_(wanted), page_(page) {}
  bool add(const std::string& key, Container container) {
    if (page_.value.size() == wanted_.top) {
      page_.next_link = arm::next_link(context_, last_);
      return false;
    }
    page_.value.push_back(std::move(container));
    last_ = key;
    return true;
  }

 private:
  const arm::Context& context_;
  const arm::PageRequest& wanted_;
  arm::Page<Container>& page_;
  std::string last_;
};

}  // namespace

Containers::Containers(Services& services, AsyncOperationRoutes& operations) : services_(services) {
  services_.engine.add(registration());
  operations.answer_result(AsyncOperationKind::register_container,
                           [this](arm::Context& context, const AsyncOperationRecord& operation) -> Result<arm::Answer> {
                             Container container;
                             TRY(context.database.read([&](store::Reader& reader) -> Result<> {
                               TRY(const auto id, arm::parse_resource_id(operation.vault));
                               TRY(const auto vault, find_vault(reader, VaultPath{id.subscription, id.group, id.name}));
                               TRY(container, find(reader, context, vault, operation.subject));
                               return ok();
                             }));
                             container.type.reset();  // as recorded, backup.md 8.2
                             return arm::Answer{200, wire::to_json(container), {}};
                           });
}

/// Finds machines by their item, accounts by their registration.
Result<Container> Containers::find(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                                   std::string_view name) {
  const auto parsed = parse_container(name);
  if (parsed && parsed->kind == SourceKind::machine) {
    const auto item = find_item(reader, vault, name, machine_item(parsed->group, parsed->name));
    if (item) {
      return machine_answer(context, vault, item.value());
    }
    return refuse(Errc::not_found, errors::kContainerNotFound, name);
  }
  TRY(const auto record, find_container(reader, vault.id, name));
  TRY(const auto counts, count_items_of_source(reader, vault.id, record.source_id));
  return storage_answer(context, vault, record, counts.all);
}

Result<arm::Reply<Container>> Containers::get(arm::Context& context, const ContainerPath& path) {
  Container answer;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(answer, find(reader, context, vault, path.container));
    return ok();
  }));
  return arm::Reply<Container>{200, std::move(answer)};
}

/// Registers a storage account; machines are registered by protecting them.
Result<arm::Reply<wire::Json>> Containers::put(arm::Context& context, const ContainerPath& path,
                                               const Container& request) {
  const auto name = parse_container(path.container);
  if (!equal_ignoring_case(path.fabric, "Azure") || !name || name->kind != SourceKind::file_share) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  fmt::format("'{}' cannot be registered. Storage accounts can, as "
                              "StorageContainer;Storage;<resource group>;<account>; a virtual machine is registered by "
                              "protecting it.",
                              path.container))
        .at("containerName");
  }
  if (!request.properties || !request.properties->source_id) {
    return invalid("sourceResourceId", "The property 'sourceResourceId' is required.");
  }
  const auto& wanted = *request.properties;
  if (wanted.type && !equal_ignoring_case(*wanted.type, kStorageType)) {
    return invalid("containerType", fmt::format("'{}' is not offered. 'containerType' of '{}' is StorageContainer.",
                                                *wanted.type, path.container));
  }
  TRY(const auto access, arm::require_linked(context, needs_to_protect(SourceKind::file_share, *wanted.source_id)));
  arm::Reply<wire::Json> reply{202, {"{}"}, {}};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    const auto account = services_.accounts.by_id(writer, *wanted.source_id);
    if (!account) {
      return refuse(Errc::invalid, errors::kContainerSourceNotFound, *wanted.source_id)
          .at("properties.sourceResourceId");
    }
    TRY(const auto source, arm::parse_resource_id(account.value().id));
    if (!equal_ignoring_case(source.name, name->name) || !equal_ignoring_case(source.group, name->group)) {
      return invalid("sourceResourceId", fmt::format("'{}' is not the storage account that '{}' names.",
                                                     *wanted.source_id, path.container));
    }
    const auto present = find_container_of(writer, account.value().id);
    if (present && present.value().vault != vault.id) {
      TRY(const auto other, find_vault(writer, present.value().vault));
      return refuse(Errc::conflict, errors::kContainerElsewhere, account.value().name, other.name);
    }
    const Registering work{vault.id.text(), storage_container(source.group, source.name), account.value().id,
                           wanted.lock.value_or("Acquire"), access};
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), AsyncOperationKind::register_container,
                                      work.name};
    TRY(create_operation(writer, operation, context.now));
    NewBackupJob job;
    job.vault = vault.id;
    job.operation = JobOperation::register_container;
    job.kind = SourceKind::file_share;
    job.entity = source.name;
    job.storage_account = source.name;
    job.activity = activity_of(context);
    job.operation_id = operation.id;
    job.ends_operation = true;
    job.bag = {{"Storage Account Name", source.name}};
    TRY(start_job(writer, services_.engine, job, {std::string(kWork), {}, wire::to_json(work)}, context.now));
    const auto below = "backupFabrics/Azure/protectionContainers/" + work.name;
    add_operation_headers(reply.headers, context, vault_path(context, vault),
                          fmt::format("{}/operationsStatus/{}", below, operation.id.text()),
                          fmt::format("{}/operationResults/{}", below, operation.id.text()));
    return ok();
  }));
  return reply;
}

/// The job checks again: since the request was answered, another vault may have registered the account, and the user
/// may have lost the permission for it.
jobs::Kind Containers::registration() {
  const auto enter = [this](jobs::Run& run) -> Result<> {
    TRY(const auto work, wire::parse_stored<Registering>(run.record().parameters));
    TRY(arm::still_allowed(services_.issuer, work.access));
    return run.save("{}", [&](store::Writer& writer) -> Result<> {
      ContainerRecord container;
      TRY(container.vault, parse_guid(work.vault));
      TRY(const auto vault, find_vault(writer, container.vault));
      container.name = work.name;
      container.source_id = work.source_id;
      container.lock = work.lock;
      container.created = run.clock().now();
      auto entered = put_container(writer, container);
      if (!entered && entered.error().kind() == Errc::conflict) {
        TRY(const auto present, find_container_of(writer, work.source_id));
        TRY(const auto other, find_vault(writer, present.vault));
        return refuse(Errc::conflict, errors::kContainerElsewhere, work.name, other.name);
      }
      return entered;
    });
  };
  return {std::string(kWork), {{"register", enter}}, &end_job};
}

/// Takes effect at once; the operation exists for clients that poll it. az asks for its result once the container is
/// removed.
Result<arm::Reply<>> Containers::remove(arm::Context& context, const ContainerPath& path) {
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    const auto found = find(writer, context, vault, path.container);
    if (!found) {
      if (found.error().kind() == Errc::not_found) {
        reply.status = 204;
        return ok();
      }
      return found.error();
    }
    const auto& container = found.value();
    const auto items = container.properties->item_count.value_or(1);  // the container of a machine implies one item
    const auto name = parse_container(*container.name);
    TRY(const bool is_claimed,
        is_container_claimed(writer, vault.id, to_lower(item_storage_container(name->group, name->name))));
    if (items > 0 || is_claimed) {
      return refuse(Errc::conflict, errors::kContainerNotEmpty, *container.name);
    }
    TRY(remove_container(writer, vault.id, *container.name));
    for (const auto& spelling : container_spellings(*container.name)) {
      TRY(context.groups.resource_removed(
          writer, vault.resource_id() + "/backupFabrics/Azure/protectionContainers/" + spelling));
    }
    const NewAsyncOperation operation{context.random.guid(), vault.lower_id(),
                                      AsyncOperationKind::unregister_container};
    TRY(create_operation(writer, operation, context.now));
    TRY(finish_operation(writer, operation.id, succeeded(), context.now));
    add_operation_headers(reply.headers, context, vault_path(context, vault),
                          "backupFabrics/Azure/operationsStatus/" + operation.id.text(),
                          "backupOperationResults/" + operation.id.text());
    return ok();
  }));
  return reply;
}

Result<arm::Reply<arm::Page<Container>>> Containers::page_of(arm::Context& context, const VaultPath& path,
                                                             bool of_deleted) {
  TRY(const auto filter, EqualsFilter::read(context, kFields));
  TRY(const auto kind, kind_of(filter));
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  arm::Page<Container> page;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    PageBuilder builder(context, wanted, page);
    const auto add = [&](const std::string& key, Container container) {
      return !is_wanted(filter, container, !of_deleted) || builder.add(key, std::move(container));
    };
    if (kind == SourceKind::machine) {
      return each_machine(reader, vault, wanted.after, [&](const std::string& key, const ItemRecord& item) {
        return item.is_soft_deleted() != of_deleted || add(key, machine_answer(context, vault, item));
      });
    }
    if (kind == SourceKind::file_share) {
      return each_account(reader, vault, wanted.after,
                          [&](const std::string& key, const ContainerRecord& record, const SourceCounts& counts) {
                            const bool is_deleted = counts.all > 0 && counts.all == counts.deleted;
                            if (of_deleted && !is_deleted) {
                              return true;
                            }
                            auto container = storage_answer(context, vault, record, counts.all);
                            if (of_deleted) {
                              container.properties->registration = "SoftDeleted";
                            }
                            return add(key, std::move(container));
                          });
    }
    return ok();
  }));
  return arm::Reply<arm::Page<Container>>{200, std::move(page)};
}

Result<arm::Reply<arm::Page<Container>>> Containers::list(arm::Context& context, const VaultPath& path) {
  return page_of(context, path, false);
}

/// Includes a storage account if everything protected in it is soft-deleted. The account still stays registered, so
/// that other shares of it can be protected.
Result<arm::Reply<arm::Page<Container>>> Containers::list_deleted(arm::Context& context, const VaultPath& path) {
  return page_of(context, path, true);
}

Result<arm::Reply<wire::Json>> Containers::nothing(arm::Context& context, const ContainerPath& path) {
  TRY(find_vault(context, path));
  return arm::Reply<wire::Json>{200, {R"({"value":[]})"}};
}

}  // namespace quaymaster::recovery_services
