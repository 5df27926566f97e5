// PUT of a protected item (backup.md 9.1), and the same request as an intent (8.4).
#include <algorithm>

#include "arm/errors.h"
#include "base/encode.h"
#include "providers/recovery_services/common/equals_filter.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/linked_needs.h"
#include "providers/recovery_services/common/source_names.h"
#include "providers/recovery_services/common/vault_guard.h"
#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/policies/policy_plan.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "providers/recovery_services/policies/policy_shape.h"
#include "providers/recovery_services/protection/item_view.h"
#include "providers/recovery_services/protection/items.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kStopped = "ProtectionStopped";
constexpr std::string_view kSuspended = "BackupsSuspended";
constexpr std::string_view kIntentType = "AzureResourceItem";
constexpr std::int64_t kLargestLun = 63;

Error invalid_request(std::string_view target, std::string_view why) {
  return refuse(Errc::invalid, errors::kInvalidConfigure, why).at("properties." + std::string(target));
}

bool is(const std::optional<std::string>& text, std::string_view value) {
  return text && equal_ignoring_case(*text, value);
}

Result<> check_disks(const DiskChoice& disks) {
  for (const auto lun : disks.luns) {
    if (lun < 0 || lun > kLargestLun) {
      return invalid_request(
          "extendedProperties.diskExclusionProperties.diskLunList",
          fmt::format("'diskLunList' has {}; a data disk has a logical unit number from 0 to {}.", lun, kLargestLun));
    }
  }
  return ok();
}

bool is_in(const std::optional<DiskChoice>& choice, std::int64_t lun) {
  return !choice || (std::ranges::find(choice->luns, lun) != choice->luns.end()) == choice->include;
}
/// Is there a disk that was backed up and no longer is?
bool leaves_more_out(const std::optional<DiskChoice>& before, const std::optional<DiskChoice>& after) {
  for (std::int64_t lun = 0; lun <= kLargestLun; ++lun) {
    if (is_in(before, lun) && !is_in(after, lun)) {
      return true;
    }
  }
  return false;
}

/// The item, or nothing if there is none.
Result<std::optional<ItemRecord>> present_item(store::Reader& reader, const VaultRecord& vault, const ItemPath& path) {
  auto found = find_item(reader, vault, path.container, path.item);
  if (!found) {
    return found.error().kind() == Errc::not_found ? Result<std::optional<ItemRecord>>(std::nullopt)
                                                   : std::move(found).error();
  }
  return std::optional(std::move(found).value());
}

}  // namespace

/// A parsed request: everything that can be checked without the store.
struct Items::Wanted {
  ContainerName container;
  std::string item;  // as spelled in the path
  enum class Change { protect, stop, suspend, undelete } change = Change::protect;
  std::string source_id;  // empty: not given
  std::string policy_id;  // empty: not given
  bool sets_disks = false;
  std::optional<DiskChoice> disks;
  std::vector<std::string> guard_requests;

  /// A stopped item that was read, given a policy and sent back is to be protected again; so is one that gets another
  /// policy.
  Result<> settle(const VaultRecord& vault, const std::optional<ItemRecord>& present) {
    if (change == Change::stop && present && !policy_id.empty()) {
      TRY(const auto policy, policy_in_id(vault, policy_id));
      change = equal_ignoring_case(policy, present->policy) ? change : Change::protect;
    }
    return ok();
  }
};

struct Items::Started {
  VaultRecord vault;
  ItemWork work;
  Guid operation;
};

Result<Items::Wanted> Items::read_wanted(const ItemPath& path, const ItemRequestProperties& request) const {
  const auto container = parse_container(path.container);
  if (!equal_ignoring_case(path.fabric, "Azure") || !container) {
    return refuse(Errc::not_found, errors::kContainerNotFound, path.container);
  }
  Wanted wanted;
  wanted.container = *container;
  wanted.item = path.item;
  if (request.type) {
    const auto type = wire::value_of<ItemType>(*request.type);
    if (!type) {
      return invalid_request("protectedItemType",
                             fmt::format("This server does not protect '{}'. 'protectedItemType' is "
                                         "Microsoft.Compute/virtualMachines or AzureFileShareProtectedItem.",
                                         *request.type));
    }
    if ((*type == ItemType::file_share) != (container->kind == SourceKind::file_share)) {
      return invalid_request("protectedItemType", fmt::format("The container '{}' has no items of type '{}'.",
                                                              path.container, *request.type));
    }
  }
  wanted.source_id = request.source_id.value_or("");
  wanted.policy_id = request.policy_id.value_or("");
  wanted.guard_requests = request.guard_requests.value_or(std::vector<std::string>{});
  if (request.extended) {
    wanted.sets_disks = true;
    if (const auto& disks = request.extended->disks) {
      wanted.disks = DiskChoice{disks->is_inclusion, disks->luns};
      TRY(check_disks(*wanted.disks));
      auto& luns = wanted.disks->luns;  // each once, even if named several times, in the order of first mention
      for (auto lun = luns.begin(); lun != luns.end();) {
        lun = std::find(luns.begin(), lun, *lun) == lun ? lun + 1 : luns.erase(lun);
      }
    }
  }
  if (request.is_rehydrate.value_or(false)) {
    wanted.change = Wanted::Change::undelete;
  } else if (is(request.state, kSuspended)) {
    wanted.change = Wanted::Change::suspend;
  } else if (is(request.state, kStopped) || (request.policy_id && request.policy_id->empty())) {
    wanted.change = Wanted::Change::stop;
  }
  return wanted;
}

Result<> Items::find_machine(store::Writer& writer, const VaultRecord& vault, const Wanted& wanted, ItemWork& work) {
  const auto machine = services_.machines.by_id(writer, wanted.source_id);
  if (!machine && machine.error().kind() == Errc::not_found) {
    return refuse(Errc::invalid, errors::kMachineNotFound, wanted.source_id).at("properties.sourceResourceId");
  }
  TRY(const auto found, machine);
  if (!equal_ignoring_case(found.group, wanted.container.group) ||
      !equal_ignoring_case(found.name, wanted.container.name) ||
      comparable_item(wanted.item) != to_lower(machine_item(found.group, found.name))) {
    return invalid_request(
        "sourceResourceId",
        fmt::format("The path names the machine '{}' of the group '{}', but 'sourceResourceId' names another one.",
                    wanted.container.name, wanted.container.group));
  }
  if (!equal_ignoring_case(found.location, vault.location)) {
    return refuse(Errc::invalid, errors::kMachineElsewhere, found.name, found.location, vault.name, vault.location);
  }
  work.container = machine_container(found.group, found.name);
  work.name = machine_item(found.group, found.name);
  work.friendly_name = found.name;
  work.source_id = found.id;
  return ok();
}

Result<> Items::find_share(store::Writer& writer, const VaultRecord& vault, const Wanted& wanted, ItemWork& work) {
  const auto name = storage_container(wanted.container.group, wanted.container.name);
  const auto container = find_container(writer, vault.id, name);
  if (!container && container.error().kind() == Errc::not_found) {
    return refuse(Errc::invalid, errors::kInvalidConfigure,
                  fmt::format("The container '{}' is not registered with the vault '{}'. PUT the container first.",
                              name, vault.name));
  }
  TRY(const auto registered, container);
  if (!equal_ignoring_case(registered.source_id, wanted.source_id)) {
    return invalid_request(
        "sourceResourceId",
        fmt::format("The container '{}' stands for the storage account '{}', but 'sourceResourceId' names another one.",
                    registered.name, registered.source_id));
  }
  TRY(const auto shares, services_.shares.shares(writer, wanted.container.name));
  const auto item = to_lower(wanted.item);
  const auto share = std::ranges::find_if(shares, [&](const arm::FileShare& one) {
    return item == to_lower(share_item(registered.source_id, one.name)) ||
           item == to_lower("azurefileshare;" + one.name);
  });
  if (share == shares.end()) {
    return refuse(Errc::invalid, errors::kShareNotFound, wanted.container.name, wanted.item);
  }
  work.container = item_storage_container(wanted.container.group, wanted.container.name);
  work.name = share_item(registered.source_id, share->name);
  work.friendly_name = share->name;
  work.source_id = registered.source_id;
  return ok();
}

/// A machine can be protected by only one vault at a time. Shares need no such check: an account is registered once.
Result<> Items::check_elsewhere(store::Reader& reader, const VaultRecord& vault, const ItemWork& work) {
  TRY(const auto items, items_of_source(reader, work.source_id));
  for (const auto& item : items) {
    if (item.vault != vault.id && !item.policy.empty() && work.kind == SourceKind::machine) {
      TRY(const auto other, find_vault(reader, item.vault));
      return refuse(Errc::conflict, errors::kProtectedElsewhere, work.friendly_name, other.name);
    }
  }
  return ok();
}

/// Switching to a policy that keeps points for a shorter time is rejected by an immutable vault, and needs the
/// permission of a guard (backup.md 15).
Result<> Items::check_policy_change(store::Reader& reader, const arm::Context& context, const VaultRecord& vault,
                                    const Wanted& wanted, const ItemRecord& present, const PolicyRecord& policy) {
  if (present.policy.empty() || equal_ignoring_case(present.policy, policy.name)) {
    return ok();
  }
  TRY(const auto before, find_policy(reader, vault.id, present.policy));
  TRY(const auto old_properties, properties_of(before));
  TRY(const auto new_properties, properties_of(policy));
  const bool shortens = shortens_retention(old_properties, new_properties);
  if (shortens && vault.settings.is_immutable()) {
    return refuse(
        Errc::conflict, errors::kImmutable,
        fmt::format("The vault '{}' is immutable and the policy '{}' keeps points for a shorter time than '{}'.",
                    vault.name, policy.name, before.name));
  }
  return shortens || runs_less_often(old_properties, new_properties)
             ? require_guard_request(context, vault, guarded::kUpdateItem, wanted.guard_requests)
             : ok();
}

Result<ItemWork> Items::plan_protection(store::Writer& writer, arm::Context& context, const VaultRecord& vault,
                                        const Wanted& wanted, const std::optional<ItemRecord>& present) {
  if (present && present->is_soft_deleted()) {
    return refuse(Errc::conflict, errors::kItemSoftDeleted, present->friendly_name);
  }
  auto asked = wanted;
  if (asked.source_id.empty() && present) {
    asked.source_id = present->source_id;
  }
  if (asked.source_id.empty()) {
    return invalid_request("sourceResourceId", "The property 'sourceResourceId' is required.");
  }
  ItemWork work;
  work.vault = vault.id;
  work.kind = wanted.container.kind;
  if (!asked.policy_id.empty()) {
    TRY(work.policy, policy_in_id(vault, asked.policy_id));
  } else if (present && !present->policy.empty()) {
    work.policy = present->policy;  // a PUT of only the disks
  } else {
    return invalid_request("policyId", "The property 'policyId' is required.");
  }
  TRY(const auto policy, find_policy(writer, vault.id, work.policy));
  TRY(check_policy_fits(policy, work.kind));
  if (present) {
    TRY(check_policy_change(writer, context, vault, wanted, *present, policy));
    if (wanted.sets_disks && leaves_more_out(present->disks, wanted.disks)) {
      TRY(require_guard_request(context, vault, guarded::kUpdateItem, wanted.guard_requests));
    }
  }
  work.policy = policy.name;
  if (work.kind == SourceKind::machine) {
    TRY(find_machine(writer, vault, asked, work));
  } else {
    TRY(find_share(writer, vault, asked, work));
  }
  TRY(check_elsewhere(writer, vault, work));
  work.item = present ? present->id : context.random.guid();
  work.sets_disks = asked.sets_disks && work.kind == SourceKind::machine;
  work.disks = work.sets_disks ? asked.disks : std::nullopt;
  if (!present) {
    const auto id = context.random.guid();  // 48 bits of it: a double, which some clients use, holds that exactly
    for (std::size_t i = 0; i < 6; ++i) {
      work.data_id = work.data_id << 8 | id.bytes[id.bytes.size() - 1 - i];
    }
    work.data_id |= 1;  // never zero
  }
  return work;
}

Result<arm::LinkedAccess> Items::permit(arm::Context& context, const ItemPath& path,
                                        const ItemRequestProperties& request) {
  TRY(auto wanted, read_wanted(path, request));
  std::string source = wanted.source_id;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto present, present_item(reader, vault, path));
    TRY(wanted.settle(vault, present));
    if (source.empty() && present) {
      source = present->source_id;
    }
    return ok();
  }));
  const auto scope = arm::named_scope(source);
  if (wanted.change != Wanted::Change::protect || !scope) {
    return arm::LinkedAccess{};  // a malformed id is rejected later
  }
  return arm::require_linked(context, needs_to_protect(wanted.container.kind, *scope));
}

Result<Items::Started> Items::change(store::Writer& writer, arm::Context& context, const ItemPath& path,
                                     const ItemRequestProperties& request, const arm::LinkedAccess& access) {
  TRY(const auto vault, require_vault(writer, context, path));
  TRY(auto wanted, read_wanted(path, request));
  TRY(const auto present, present_item(writer, vault, path));
  TRY(wanted.settle(vault, present));
  if (wanted.change == Wanted::Change::protect) {
    TRY(auto work, plan_protection(writer, context, vault, wanted, present));
    if (access.needs.empty() || !equal_ignoring_case(access.needs.front().scope, work.source_id)) {
      return busy("the item changed while the request was processed").as(arm::kBusy);
    }
    work.access = access;
    TRY(const auto operation,
        start(writer, context, vault, JobOperation::configure_backup, AsyncOperationKind::configure, work));
    return Started{vault, std::move(work), operation};
  }
  if (!present) {
    return refuse(Errc::not_found, errors::kItemNotFound, path.item, path.container);
  }
  ItemWork work;
  work.vault = vault.id;
  work.item = present->id;
  work.kind = present->kind;
  work.container = present->container;
  work.name = present->item;
  work.friendly_name = present->friendly_name;
  work.suspends = wanted.change == Wanted::Change::suspend;
  const bool undeletes = wanted.change == Wanted::Change::undelete;
  if (undeletes != present->is_soft_deleted()) {
    return refuse(Errc::conflict, undeletes ? errors::kItemNotSoftDeleted : errors::kItemSoftDeleted,
                  present->friendly_name);
  }
  // Source: backup.md 9.1, as reported against the real service.
  if (work.suspends && !vault.settings.is_immutable()) {
    return refuse(Errc::conflict, errors::kImmutable,
                  fmt::format("Backups can be suspended only in an immutable vault, and '{}' is not immutable. Stop "
                              "protection with protectionState ProtectionStopped.",
                              vault.name));
  }
  if (work.suspends && present->policy.empty()) {
    return invalid_request("protectionState", "No policy governs the item, so nothing would expire its points.");
  }
  if (!undeletes && !present->policy.empty()) {
    TRY(require_guard_request(context, vault, guarded::kStopItem, wanted.guard_requests));
  }
  TRY(const auto operation,
      start(writer, context, vault, undeletes ? JobOperation::undelete : JobOperation::disable_backup,
            AsyncOperationKind::configure, work));
  return Started{vault, std::move(work), operation};
}

Result<arm::Reply<>> Items::put(arm::Context& context, const ItemPath& path, const ItemRequest& request) {
  if (!request.properties) {
    return refuse(Errc::invalid, errors::kInvalidConfigure, "The property 'properties' is required.").at("properties");
  }
  arm::Reply<> reply{202};
  TRY(const auto access, permit(context, path, *request.properties));
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto started, change(writer, context, path, *request.properties, access));
    const auto item = asked_item_path(path.container, path.item);
    add_operation_headers(reply.headers, context, vault_path(context, started.vault),
                          fmt::format("{}/operationsStatus/{}", item, started.operation.text()),
                          fmt::format("{}/operationResults/{}", item, started.operation.text()));
    return ok();
  }));
  return reply;
}

Result<Intent> Items::intent_of(const arm::Context& context, const VaultRecord& vault, const ItemRecord& item) const {
  const auto path = vault_path(context, vault);
  const auto name = to_lower(item.item.substr(0, 2)) + item.item.substr(2);  // "vm;…", as recorded
  Intent intent;
  intent.id = fmt::format("{}/backupFabrics/Azure/backupProtectionIntent/{}", path, name);
  intent.name = name;
  intent.type = "Microsoft.RecoveryServices/vaults/backupProtectionIntent";
  auto& wire = intent.properties.emplace();
  wire.type = kIntentType;
  wire.management = wire::text_of(item.kind);
  wire.source_id = item.source_id;
  wire.policy_id = item.policy.empty() ? "" : fmt::format("{}/backupPolicies/{}", path, item.policy);
  wire.state = item.policy.empty()                                  ? "NotProtected"
               : item.protection == ItemRecord::Protection::initial ? "Protecting"
                                                                    : "Protected";
  return intent;
}

Result<arm::Reply<Intent>> Items::put_intent(arm::Context& context, const FabricChildPath& path,
                                             const Intent& request) {
  if (!request.properties || !is(request.properties->type, kIntentType)) {
    return invalid_request("protectionIntentItemType",
                           "This server accepts intents of the type AzureResourceItem, for virtual machines.");
  }
  ItemPath item{path};
  item.fabric = path.fabric;
  item.item = path.name;
  const auto bare = comparable_item(path.name);
  constexpr std::string_view kPrefix = "vm;";
  if (!bare.starts_with(kPrefix)) {
    return invalid_request(
        "name",
        fmt::format("'{}' is not the name of an intent, which is vm;iaasvmcontainerv2;<resource group>;<machine>.",
                    path.name));
  }
  item.container = "IaasVMContainer;" + path.name.substr(path.name.size() - (bare.size() - kPrefix.size()));
  ItemRequestProperties wanted;
  wanted.source_id = request.properties->source_id;
  wanted.policy_id = request.properties->policy_id;
  Intent answer;
  TRY(const auto access, permit(context, item, wanted));
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto started, change(writer, context, item, wanted, access));
    ItemRecord planned;
    planned.item = started.work.name;
    planned.source_id = started.work.source_id;
    planned.policy = started.work.policy;
    TRY(answer, intent_of(context, started.vault, planned));
    return ok();
  }));
  return arm::Reply<Intent>{200, std::move(answer)};
}

Result<arm::Reply<Intent>> Items::get_intent(arm::Context& context, const FabricChildPath& path) {
  Intent answer;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    const auto name = comparable_item(path.name);
    const auto at = name.find(';');
    const auto container = "iaasvmcontainer;" + name.substr(at == std::string::npos ? name.size() : at + 1);
    TRY(const auto item, find_item(reader, vault, container, name));
    TRY(answer, intent_of(context, vault, item));
    return ok();
  }));
  return arm::Reply<Intent>{200, std::move(answer)};
}

/// Removes only the intent; the item it created is stopped as a protected item.
Result<arm::Reply<>> Items::remove_intent(arm::Context& context, const FabricChildPath& path) {
  TRY(find_vault(context, path));
  return arm::Reply<>{204};
}

Result<arm::Reply<arm::Page<Intent>>> Items::list_intents(arm::Context& context, const VaultPath& path) {
  constexpr std::string_view kFields[] = {"backupManagementType", "itemType", "parentName", "itemName"};
  constexpr std::size_t kLargestPage = 200;
  TRY(const auto filter, EqualsFilter::read(context, kFields));
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  arm::Page<Intent> page;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, path));
    TRY(const auto items, items_of_vault(reader, vault.id, wanted.after, wanted.top + 1));
    std::string last;
    for (const auto& item : items) {
      if (page.value.size() == wanted.top) {
        page.next_link = arm::next_link(context, last);
        return ok();
      }
      last = lower_name(item);
      if (item.kind == SourceKind::machine && filter.allows("backupManagementType", wire::text_of(item.kind)) &&
          filter.allows("itemType", kIntentType) && filter.allows("parentName", item.container) &&
          filter.allows("itemName", item.item)) {
        TRY(auto intent, intent_of(context, vault, item));
        page.value.push_back(std::move(intent));
      }
    }
    return ok();
  }));
  return arm::Reply<arm::Page<Intent>>{200, std::move(page)};
}

}  // namespace quaymaster::recovery_services
