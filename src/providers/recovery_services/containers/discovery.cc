// What could be protected (backup.md 8.2), and requests about it (8.3).
#include <algorithm>
#include <array>
#include <set>

#include "base/encode.h"
#include "providers/recovery_services/common/equals_filter.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/source_names.h"
#include "providers/recovery_services/common/versions.h"
#include "providers/recovery_services/containers/containers.h"
#include "providers/recovery_services/protection/item_view.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kContainersType = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers";
constexpr std::size_t kLargestPage = 200;
constexpr std::size_t kScan = 500;
constexpr std::string_view kMachineType = "Microsoft.Compute/virtualMachines";

Error missing(std::string_view property) {
  return refuse(Errc::invalid, errors::kInvalidInput, fmt::format("The property '{}' is required.", property))
      .at(std::string(property));
}

/// "AzureIaasVM" if the filter does not say; nothing for a management type that does not occur here.
std::optional<SourceKind> kind_of(const EqualsFilter& filter) {
  return wire::value_of<SourceKind>(filter.value("backupManagementType").value_or(wire::text_of(SourceKind::machine)));
}

std::string known_share(std::string_view account_id, std::string_view share) {
  return fmt::format("{}/{}", account_id, share);
}

ProtectableItem machine_item_answer(const arm::Context& context, const VaultRecord& vault,
                                    const arm::Machine& machine) {
  ProtectableItem item;
  // az extracts container and item from the id, so the id contains them in the form used in paths; the name lacks
  // "vm;".
  const auto item_name = machine_item(machine.group, machine.name);
  item.name = item_name.substr(item_name.find(';') + 1);
  item.id = fmt::format("{}/backupFabrics/Azure/protectionContainers/{}/protectableItems/vm;{}",
                        vault_path(context, vault), machine_container(machine.group, machine.name), item.name);
  item.type = fmt::format("{}/protectableItems", kContainersType);
  auto& wire = item.properties;
  // az parses the id with case-sensitive regular expressions that accept only this case.
  wire.machine_id = arm::resource_id(machine.subscription, machine.group, kMachineType, machine.name);
  wire.machine_version = "Compute";
  wire.group = machine.group;
  wire.management = wire::text_of(SourceKind::machine);
  wire.type = kMachineType;
  wire.friendly_name = machine.name;
  wire.state = "NotProtected";
  return item;
}

ProtectableItem share_item_answer(const arm::Context& context, const VaultRecord& vault,
                                  const ContainerRecord& container, const arm::FileShare& share) {
  ProtectableItem item;
  item.name = to_lower(share_item(container.source_id, share.name));
  // az compares the container in this id with the lower-case one, so it must be in lower case.
  item.id = fmt::format("{}/backupFabrics/Azure/protectionContainers/{}/protectableItems/{}",
                        vault_path(context, vault), to_lower(container.name), item.name);
  item.type = fmt::format("{}/protectableItems", kContainersType);
  auto& wire = item.properties;
  wire.parent_id = container.source_id;
  wire.parent_name = share.account;
  wire.share_type = "XSMB";
  wire.management = wire::text_of(SourceKind::file_share);
  wire.workload = workload_type(SourceKind::file_share);
  wire.type = "AzureFileShare";
  wire.friendly_name = share.name;
  wire.state = "NotProtected";
  return item;
}

/// Creates an operation that has already succeeded, for a refresh or inquiry that is done.
Result<> record_done(store::Writer& writer, arm::Context& context, const VaultRecord& vault, AsyncOperationKind kind,
                     std::string_view below, http::Headers& headers) {
  const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), kind};
  TRY(create_operation(writer, operation, context.now));
  TRY(finish_operation(writer, operation.id, succeeded(), context.now));
  add_operation_headers(headers, context, vault_path(context, vault),
                        fmt::format("{}/operationsStatus/{}", below, operation.id.text()),
                        fmt::format("{}/operationResults/{}", below, operation.id.text()));
  return ok();
}

/// The item that protects the resource of a status request; for a share, that share's item.
Result<std::optional<ItemRecord>> item_of_resource(store::Reader& reader, std::string_view id, std::string_view share) {
  TRY(const auto items, items_of_source(reader, id));
  std::optional<ItemRecord> best;
  for (const auto& item : items) {
    const bool is_it = item.kind == SourceKind::machine || equal_ignoring_case(item.friendly_name, share);
    if (is_it && !item.is_soft_deleted() && (!best || best->policy.empty())) {
      best = item;
    }
  }
  return best;
}

/// The caller's permission was checked at the subscription in the path, which does not cover other subscriptions.
bool is_of_subscription(std::string_view id, std::string_view subscription) {
  const auto parsed = arm::parse_resource_id(id);
  return parsed && equal_ignoring_case(parsed.value().subscription, subscription);
}

std::string small_first(std::string name) {
  const auto at = std::min(name.find(';'), name.size());
  return to_lower(name.substr(0, at)) + name.substr(at);
}

}  // namespace

Result<arm::Reply<>> Discovery::refresh(arm::Context& context, const FabricPath& path) {
  constexpr std::string_view kFields[] = {"backupManagementType"};
  TRY(const auto filter, EqualsFilter::read(context, kFields));
  const auto kind = kind_of(filter);
  if (kind == SourceKind::machine) {  // accounts are visible without a refresh
    TRY(look_for_machines(context, path));
  }
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    return record_done(writer, context, vault, AsyncOperationKind::refresh, "backupFabrics/Azure", reply.headers);
  }));
  return reply;
}

/// A few hundred machines per transaction. Each replaces what was stored about its part of the subscription, so an
/// interrupted refresh leaves the rest unchanged.
Result<> Discovery::look_for_machines(arm::Context& context, const VaultPath& path) {
  std::string after;
  for (bool is_more = true; is_more;) {
    std::string until;  // the last machine of this part; empty for the last part
    TRY(context.database.write([&](store::Writer& writer) -> Result<> {
      TRY(const auto vault, require_vault(writer, context, path));
      TRY(const auto machines, services_.machines.in_subscription(writer, vault.subscription, after, kScan));
      until = machines.size() == kScan ? to_lower(machines.back().id) : std::string();
      TRY(forget_sources(writer, vault.id, kKnownMachine, after, until));
      for (const auto& machine : machines) {
        if (equal_ignoring_case(machine.location, vault.location)) {
          TRY(know_source(writer, vault.id, kKnownMachine, machine.id));
        }
      }
      return ok();
    }));
    after = until;
    is_more = !until.empty();
  }
  return ok();
}

Result<arm::Reply<>> Discovery::inquire(arm::Context& context, const ContainerPath& path) {
  constexpr std::string_view kFields[] = {"workloadType", "backupManagementType"};
  TRY(const auto filter, EqualsFilter::read(context, kFields));
  if (!filter.allows("workloadType", workload_type(SourceKind::file_share))) {
    return refuse(Errc::invalid, errors::kInvalidInput,
                  fmt::format("Containers of this server have no '{}'. workloadType is AzureFileShare.",
                              *filter.value("workloadType")))
        .at("$filter");
  }
  arm::Reply<> reply{202};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, require_vault(writer, context, path));
    TRY(const auto container, find_container(writer, vault.id, path.container));
    TRY(const auto account, arm::parse_resource_id(container.source_id));
    TRY(const auto shares, services_.shares.shares(writer, account.name));
    for (const auto& share : shares) {
      TRY(know_source(writer, vault.id, kKnownShare, known_share(container.source_id, share.name)));
    }
    return record_done(writer, context, vault, AsyncOperationKind::inquire,
                       "backupFabrics/Azure/protectionContainers/" + container.name, reply.headers);
  }));
  return reply;
}

Result<> Discovery::machines_page(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                                  const arm::PageRequest& wanted, std::string_view friendly_name,
                                  arm::Page<ProtectableItem>& page) {
  auto after = wanted.after;
  std::string last;
  while (true) {
    TRY(const auto machines, services_.machines.in_subscription(reader, vault.subscription, after, kScan));
    for (const auto& machine : machines) {
      after = to_lower(machine.id);
      if (!friendly_name.empty() && !equal_ignoring_case(friendly_name, machine.name)) {
        continue;
      }
      TRY(const bool known, is_known(reader, vault.id, kKnownMachine, machine.id));
      TRY(const auto items, items_of_source(reader, machine.id));
      const bool is_here = std::ranges::any_of(items, [&](const ItemRecord& item) { return item.vault == vault.id; });
      if (!known || is_here) {
        continue;
      }
      if (page.value.size() == wanted.top) {
        page.next_link = arm::next_link(context, last);
        return ok();
      }
      page.value.push_back(machine_item_answer(context, vault, machine));
      last = after;
    }
    if (machines.size() < kScan) {
      return ok();
    }
  }
}

Result<> Discovery::shares_page(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                                const arm::PageRequest& wanted, std::string_view in_container,
                                std::string_view friendly_name, arm::Page<ProtectableItem>& page) {
  // Keys are "<container>/<share>". Account names consist of letters and digits only, so containers sort in the same
  // order.
  std::string last;
  auto after = wanted.after.substr(0, wanted.after.rfind('/'));
  for (bool is_first = true, is_more = true; is_more; is_first = false) {
    TRY(const auto containers, containers_of(reader, vault.id, after, kScan, is_first));
    is_more = containers.size() == kScan;
    for (const auto& container : containers) {
      after = to_lower(container.name);
      if (!in_container.empty() && !equal_ignoring_case(in_container, container.name)) {
        continue;
      }
      TRY(const bool is_full,
          shares_of_container(reader, context, vault, container, wanted, friendly_name, last, page));
      if (is_full) {
        return ok();
      }
    }
  }
  return ok();
}

/// Adds the account's shares to the page. True: the page is full, and there is more.
Result<bool> Discovery::shares_of_container(store::Reader& reader, const arm::Context& context,
                                            const VaultRecord& vault, const ContainerRecord& container,
                                            const arm::PageRequest& wanted, std::string_view friendly_name,
                                            std::string& last, arm::Page<ProtectableItem>& page) {
  TRY(const auto account, arm::parse_resource_id(container.source_id));
  TRY(const auto shares, services_.shares.shares(reader, account.name));
  TRY(const auto items, items_of_source(reader, container.source_id));
  for (const auto& share : shares) {
    const auto key = to_lower(container.name + "/" + share.name);
    TRY(const bool known, is_known(reader, vault.id, kKnownShare, known_share(container.source_id, share.name)));
    const bool is_here = std::ranges::any_of(
        items, [&](const ItemRecord& item) { return equal_ignoring_case(item.friendly_name, share.name); });
    if (key <= wanted.after || !known || is_here ||
        (!friendly_name.empty() && !equal_ignoring_case(friendly_name, share.name))) {
      continue;
    }
    if (page.value.size() == wanted.top) {
      page.next_link = arm::next_link(context, last);
      return true;
    }
    page.value.push_back(share_item_answer(context, vault, container, share));
    last = key;
  }
  return false;
}

Result<arm::Reply<arm::Page<ProtectableItem>>> Discovery::items(arm::Context& context, const VaultPath& path) {
  constexpr std::string_view kFields[] = {"backupManagementType", "workloadType", "containerName", "status",
                                          "friendlyName"};
  TRY(const auto filter, EqualsFilter::read(context, kFields));
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  const auto kind = kind_of(filter);
  arm::Page<ProtectableItem> page;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    if (!kind || !filter.allows("workloadType", workload_type(*kind)) || !filter.allows("status", "NotProtected")) {
      return ok();
    }
    const auto name = filter.value("friendlyName").value_or("");
    return *kind == SourceKind::machine
               ? machines_page(reader, context, vault, wanted, name, page)
               : shares_page(reader, context, vault, wanted, filter.value("containerName").value_or(""), name, page);
  }));
  return arm::Reply<arm::Page<ProtectableItem>>{200, std::move(page)};
}

Result<arm::Reply<arm::Page<ProtectableContainer>>> Discovery::containers(arm::Context& context,
                                                                          const FabricPath& path) {
  constexpr std::string_view kFields[] = {"backupManagementType", "workloadType", "friendlyName"};
  TRY(const auto filter, EqualsFilter::read(context, kFields));
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  const auto management = wire::text_of(SourceKind::file_share);
  arm::Page<ProtectableContainer> page;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    if (!filter.allows("backupManagementType", management) ||
        !filter.allows("workloadType", workload_type(SourceKind::file_share))) {
      return ok();
    }
    auto after = wanted.after;
    std::string last;
    while (true) {
      TRY(const auto accounts, services_.accounts.in_subscription(reader, vault.subscription, after, kScan));
      for (const auto& account : accounts) {
        after = to_lower(account.id);
        const auto present = find_container_of(reader, account.id);
        if (present || !filter.allows("friendlyName", account.name)) {
          continue;
        }
        if (page.value.size() == wanted.top) {
          page.next_link = arm::next_link(context, last);
          return ok();
        }
        TRY(const auto id, arm::parse_resource_id(account.id));
        ProtectableContainer container;
        container.name = storage_container(id.group, id.name);
        container.id =
            fmt::format("{}/backupFabrics/Azure/protectableContainers/{}", vault_path(context, vault), container.name);
        container.type = "Microsoft.RecoveryServices/vaults/backupFabrics/protectableContainers";
        container.properties = {account.name, std::string(management), "StorageContainer", "Healthy", account.id};
        page.value.push_back(std::move(container));
        last = after;
      }
      if (accounts.size() < kScan) {
        return ok();
      }
    }
  }));
  return arm::Reply<arm::Page<ProtectableContainer>>{200, std::move(page)};
}

Result<arm::Reply<StatusAnswer>> Discovery::status(arm::Context& context, const LocationPath& path,
                                                   const StatusRequest& request) {
  if (!request.type || !request.id) {
    return missing(request.type ? "resourceId" : "resourceType");
  }
  StatusAnswer answer;
  answer.status = "NotProtected";
  if (is_since(context.api_version, cuts::kStatusType)) {
    answer.object_type = "BackupStatusResponse";
  }
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto item, item_of_resource(reader, *request.id, request.logical_name.value_or("")));
    if (!item) {
      // For a machine, report the names it would have, whether it exists or not.
      const auto id = arm::parse_resource_id(*request.id);
      if (equal_ignoring_case(*request.type, "VM") && id && equal_ignoring_case(id.value().type, kMachineType)) {
        answer.fabric = "Azure";
        answer.container = small_first(machine_container(id.value().group, id.value().name));
        answer.item = small_first(machine_item(id.value().group, id.value().name));
      }
    }
    if (!item || !is_of_subscription(*request.id, path.subscription)) {
      return ok();
    }
    TRY(const auto vault, find_vault(reader, item->vault));
    answer.status = item->policy.empty() ? "NotProtected" : "Protected";
    answer.vault_id = vault_path(context, vault);
    answer.fabric = "Azure";
    answer.container = small_first(item->container);
    answer.item = small_first(item->item);
    answer.policy = item->policy;
    answer.item_count = item->last_point_time ? 1 : 0;
    return ok();
  }));
  return arm::Reply<StatusAnswer>{200, std::move(answer)};
}

Result<arm::Reply<ValidateAnswer>> Discovery::validate(arm::Context& context, const LocationPath& path,
                                                       const ValidateRequest& request) {
  if (!request.type || !request.id) {
    return missing(request.type ? "resourceId" : "resourceType");
  }
  ValidateAnswer answer;
  answer.status = "Succeeded";
  const auto fail = [&](std::string_view code, std::string message, std::string_view recommendation) {
    answer.status = "Failed";
    answer.error_code = code;
    answer.error_message = std::move(message);
    answer.recommendation = recommendation;
  };
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    if (!equal_ignoring_case(*request.type, "VM")) {
      fail("UserErrorUnsupportedResourceType", fmt::format("'{}' cannot be validated here.", *request.type),
           "Ask about resources of the type VM.");
      return ok();
    }
    const auto machine = services_.machines.by_id(reader, *request.id);
    if (!machine || !is_of_subscription(*request.id, path.subscription)) {
      fail(errors::kMachineNotFound.code, fmt::format("The virtual machine '{}' was not found.", *request.id),
           "Create the virtual machine first, or correct 'resourceId'.");
      return ok();
    }
    answer.container = small_first(machine_container(machine.value().group, machine.value().name));
    answer.item = small_first(machine_item(machine.value().group, machine.value().name));
    TRY(const auto item, item_of_resource(reader, *request.id, {}));
    if (item && !item->policy.empty()) {
      TRY(const auto vault, find_vault(reader, item->vault));
      fail(errors::kProtectedElsewhere.code,
           fmt::format("The virtual machine is already protected by the vault '{}'.", vault.name),
           "Do not enable protection again; stop it there first to protect the machine elsewhere.");
    }
    return ok();
  }));
  return arm::Reply<ValidateAnswer>{200, std::move(answer)};
}

Result<arm::Reply<FeatureAnswer>> Discovery::feature(arm::Context&, const LocationPath&,
                                                     const FeatureRequest& request) {
  if (!request.type) {
    return missing("featureType");
  }
  const bool is_machine = equal_ignoring_case(*request.type, "AzureVMResourceBackup");
  return arm::Reply<FeatureAnswer>{200, {is_machine ? "Supported" : "NotSupported"}};
}

Result<arm::Reply<wire::Json>> list_operations(arm::Context& context) {
  struct Display {
    std::string provider, resource, operation, description;
    static constexpr auto wire() {
      using wire::field;
      return wire::fields({field<&Display::provider>("provider"), field<&Display::resource>("resource"),
                           field<&Display::operation>("operation"), field<&Display::description>("description")});
    }
  };
  struct ListedAction {
    std::string name;
    Display display;
    std::string origin;
    static constexpr auto wire() {
      return wire::fields({wire::field<&ListedAction::name>("name"), wire::field<&ListedAction::display>("display"),
                           wire::field<&ListedAction::origin>("origin")});
    }
  };
  struct List {
    std::vector<ListedAction> value;
    static constexpr auto wire() { return wire::fields({wire::field<&List::value>("value")}); }
  };
  List list;
  std::set<std::string_view> told;
  for (const auto& operation : context.provider.operations) {
    if (operation.action.empty() || !operation.offered || !told.insert(operation.action).second) {
      continue;
    }
    const auto first = operation.action.find('/') + 1;
    const auto last = operation.action.rfind('/');
    list.value.push_back(
        {std::string(operation.action),
         {"Microsoft Recovery Services", std::string(operation.action.substr(first, last > first ? last - first : 0)),
          std::string(operation.id), std::string(operation.note)},
         "user"});
  }
  return arm::Reply<wire::Json>{200, {wire::to_json(list)}};
}

}  // namespace quaymaster::recovery_services
