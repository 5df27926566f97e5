#include "providers/recovery_services/vaults/vaults.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/odata.h"
#include "arm/errors.h"
#include "arm/locations.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/vault_guard.h"
#include "providers/recovery_services/common/versions.h"
#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/maintenance/maintenance.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "providers/recovery_services/vaults/vault_rules.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kType = "Microsoft.RecoveryServices/vaults";
constexpr std::string_view kRemoval = "rs_vault_removal";
constexpr std::size_t kLargestPage = 200;
constexpr std::size_t kAtOnce = 100;

Error missing(std::string_view property) {
  return refuse(Errc::invalid, errors::kInvalidInput, fmt::format("The property '{}' is required.", property))
      .at(std::string(property));
}

}  // namespace

Vaults::Vaults(Services& services, OpenVaults& open_vaults, AsyncOperationRoutes& operations, Items& items)
    : services_(services), open_vaults_(open_vaults), items_(items) {
  services_.engine.add(removal());
  const auto told = [this](arm::Context& context, const AsyncOperationRecord& operation) -> Result<arm::Answer> {
    TRY(const auto id, arm::parse_resource_id(operation.vault));
    TRY(const auto vault, find_vault(context, VaultPath{id.subscription, id.group, id.name}));
    return arm::Answer{200, wire::to_json(answer(context, vault, "Succeeded")), {}};
  };
  operations.answer_result(AsyncOperationKind::create_vault, told);
  operations.answer_result(AsyncOperationKind::update_vault, told);
}

Vault Vaults::answer(const arm::Context& context, const VaultRecord& vault, std::string_view state) const {
  // Vault requests were recorded with a lower-case s, whatever the backup requests have; the request's case is
  // mirrored all the same.
  return vault_answer(vault, vault_path(context, vault), state, {context.groups.tenant(), context.api_version});
}

Result<arm::Reply<Vault>> Vaults::get(arm::Context& context, const VaultPath& path) {
  TRY(const auto vault, find_vault(context, path));
  return arm::Reply<Vault>{200, answer(context, vault, "Succeeded")};
}

/// Creates the record first, then the keys, then the rest. A crash in between leaves a record that recover()
/// completes; clients never see a vault without its keys.
Result<arm::Reply<Vault>> Vaults::create(arm::Context& context, const VaultPath& path, const Vault& request) {
  if (!is_vault_name(path.vault)) {
    return refuse(Errc::invalid, errors::kInvalidVaultName, path.vault).at("vaultName");
  }
  if (!request.location) {
    return missing("location");
  }
  if (!request.sku || !request.sku->name) {
    return missing("sku.name");
  }
  const auto* location = arm::find_location(*request.location);
  if (location == nullptr) {
    return refuse(Errc::invalid, errors::kInvalidLocation, *request.location,
                  fmt::format("/subscriptions/{}/locations", path.subscription))
        .at("location");
  }
  std::optional<VaultRecord> vault;
  bool is_new = false;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    auto present = require_vault(writer, context, path);
    is_new = !present && present.error().published() != nullptr &&
             present.error().published()->row == &arm::kResourceNotFound;
    if (!present && !is_new) {
      return std::move(present).error();
    }
    if (present) {
      vault = std::move(present).value();
      if (vault->location != location->name) {
        return refuse(Errc::conflict, arm::kInvalidLocationChange, vault->name, vault->location, location->name);
      }
      TRY(check_guard(context, *vault, request));
      TRY(apply(request, *vault, false, context.random));
      vault->changed = context.now;
      return update_vault(writer, *vault);
    }
    TRY(const auto group, context.groups.require_group(writer, path.subscription, path.group));
    vault.emplace();
    vault->id = context.random.guid();
    vault->name = path.vault;
    vault->subscription = group.subscription;
    vault->group = group.name;
    vault->location = location->name;
    vault->created = vault->changed = context.now;
    TRY(apply(request, *vault, !is_since(context.api_version, cuts::kBornAlwaysOn), context.random));
    auto inserted = insert_vault(writer, *vault);
    if (!inserted && inserted.error().kind() == Errc::conflict) {
      return std::move(inserted).error().as(arm::kBusy);  // another request is creating the same vault right now
    }
    return inserted;
  }));
  arm::Reply<Vault> reply{is_new ? 201 : 200, {}, {}};
  if (is_new) {
    TRY(finish_creation(vault->id));
  }
  const bool waits = is_new && is_since(context.api_version, cuts::kCreationIsFollowed);
  if (waits) {
    const NewAsyncOperation operation{context.random.guid(), vault->lower_id(), AsyncOperationKind::create_vault};
    TRY(context.database.write([&](store::Writer& writer) -> Result<> {
      TRY(create_operation(writer, operation, context.now));
      return finish_operation(writer, operation.id, succeeded(), context.now);
    }));
    add_operation_headers(reply.headers, context, vault_path(context, *vault),
                          "operationStatus/" + vault_operation_name(operation.kind, operation.id), {});
  }
  reply.body = answer(context, *vault, waits ? "Provisioning" : "Succeeded");
  return reply;
}

Result<> Vaults::finish_creation(const Guid& id) {
  TRY(open_vaults_.create(id));
  return services_.database.write([&](store::Writer& writer) -> Result<> {
    TRY(auto vault, find_vault(writer, id));
    vault.is_ready = true;
    TRY(update_vault(writer, vault));
    return create_default_policies(writer, vault, services_.clock.now());
  });
}

Result<> Vaults::recover() {
  std::vector<VaultRecord> unfinished;
  TRY(services_.database.read([&](store::Reader& reader) -> Result<> {
    TRY(unfinished, unfinished_vaults(reader));
    return ok();
  }));
  for (const auto& vault : unfinished) {
    TRY(finish_creation(vault.id));
  }
  return ok();
}

/// Takes effect at once, so the answer is 200 with the vault: recorded for identity changes, and all clients accept
/// it.
Result<arm::Reply<Vault>> Vaults::update(arm::Context& context, const VaultPath& path, const Vault& request) {
  std::optional<VaultRecord> vault;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(vault, require_vault(writer, context, path));
    if (request.location && arm::normalized_location(*request.location) != vault->location) {
      return refuse(Errc::conflict, arm::kInvalidLocationChange, vault->name, vault->location, *request.location);
    }
    TRY(check_guard(context, *vault, request));
    const auto soft_delete = vault->settings.soft_delete;
    TRY(apply(request, *vault, false, context.random));
    vault->changed = context.now;
    TRY(update_vault(writer, *vault));
    if (soft_delete != SoftDelete::disabled && vault->settings.soft_delete == SoftDelete::disabled) {
      TRY(items_.purge_soft_deleted(writer, vault->id));
    }
    return ok();
  }));
  return arm::Reply<Vault>{200, answer(context, *vault, "Succeeded")};
}

/// Source: backup.md 4.2; az looks for "existing resources within the vault" in the text.
Result<> Vaults::check_empty(store::Reader& reader, const VaultRecord& vault) {
  constexpr std::size_t kMostNamed = 10;
  TRY(const auto items, items_of_vault(reader, vault.id, {}, kMostNamed));
  if (!items.empty()) {
    TRY(const auto counts, count_items(reader, vault.id));
    const auto count = counts.machines + counts.shares;
    std::string text = fmt::format("It has {} protected item{}:", count, count == 1 ? "" : "s");
    for (std::size_t i = 0; i < items.size(); ++i) {
      text += fmt::format("{} {}{}", i == 0 ? "" : ",", items[i].friendly_name,
                          items[i].is_soft_deleted() ? " (soft deleted)" : "");
    }
    text += count > static_cast<std::int64_t>(items.size()) ? ", …." : ".";
    return refuse(Errc::conflict, errors::kVaultNotEmpty, vault.name, text);
  }
  TRY(const auto containers, containers_of(reader, vault.id, {}, kMostNamed));
  if (!containers.empty()) {
    std::vector<std::string> names;
    std::ranges::transform(containers, std::back_inserter(names), &ContainerRecord::name);
    return refuse(Errc::conflict, errors::kVaultNotEmptyContainers, vault.name,
                  fmt::format("{}.", fmt::join(names, ", ")));
  }
  return ok();
}

/// The vault disappears in one transaction; a job then removes its data, so the name is free at once.
Result<> Vaults::remove_record(store::Writer& writer, const VaultRecord& vault) {
  TRY(check_empty(writer, vault));
  TRY(remove_policies(writer, vault));
  TRY(Maintenance::forget(writer, vault));
  TRY(forget_all_sources(writer, vault.id));
  TRY(delete_vault(writer, vault.id));
  TRY(services_.groups.resource_removed(writer, vault.resource_id()));
  TRY(services_.engine.create(writer, {std::string(kRemoval), vault.lower_id(), vault.id.text()}));
  return ok();
}

jobs::Kind Vaults::removal() {
  return {std::string(kRemoval),
          {{"remove_objects",
            [this](jobs::Run& run) -> Result<> {
              TRY(const auto id, parse_guid(run.record().parameters));
              return open_vaults_.remove(id, jobs::fence(run));
            }},
           {"forget_jobs", [this](jobs::Run& run) { return forget_jobs(run); }}},
          {}};
}

/// Removes the vault's jobs, which nobody can ask for any more. A job that has not ended is removed with the old
/// ones.
Result<> Vaults::forget_jobs(jobs::Run& run) {
  TRY(const auto id, parse_guid(run.record().parameters));
  constexpr std::size_t kJobsAtOnce = 500;
  for (std::int64_t gone = kJobsAtOnce; gone == kJobsAtOnce;) {
    TRY(run.continue_or_cancel());
    TRY(services_.database.write([&](store::Writer& writer) -> Result<> {
      TRY(run.hold(writer));
      TRY(gone, purge_jobs_of(writer, id, kJobsAtOnce));
      return ok();
    }));
  }
  return ok();
}

Result<arm::Reply<>> Vaults::remove(arm::Context& context, const VaultPath& path) {
  arm::Reply<> reply{is_since(context.api_version, cuts::kDeletionIsFollowed) ? 202 : 200};
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    auto found = find_vault(writer, path);
    if (!found && found.error().kind() == Errc::not_found) {
      reply.status = 204;
      return ok();
    }
    TRY(const auto vault, std::move(found));
    TRY(remove_record(writer, vault));
    if (reply.status == 202) {
      const NewAsyncOperation operation{context.random.guid(), vault.lower_id(), AsyncOperationKind::delete_vault};
      TRY(create_operation(writer, operation, context.now));
      TRY(finish_operation(writer, operation.id, succeeded(), context.now));
      const auto name = vault_operation_name(operation.kind, operation.id);
      add_operation_headers(reply.headers, context, vault_path(context, vault), "operationStatus/" + name,
                            "operationResults/" + name);
    }
    return ok();
  }));
  return reply;
}

Result<arm::Page<Vault>> Vaults::page_of(arm::Context& context, std::string_view subscription, std::string_view group) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  std::vector<VaultRecord> vaults;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(vaults, list_vaults(reader, subscription, group, wanted.after, wanted.top + 1));
    return ok();
  }));
  arm::Page<Vault> page;
  if (vaults.size() > wanted.top) {
    vaults.resize(wanted.top);
    page.next_link = arm::next_link(context, vaults.back().lower_id());
  }
  for (const auto& vault : vaults) {
    page.value.push_back(vault_answer(vault, vault_path(context, vault), "Succeeded",
                                      {context.groups.tenant(), context.api_version, false}));
  }
  return page;
}

Result<arm::Reply<arm::Page<Vault>>> Vaults::list_in_subscription(arm::Context& context,
                                                                  const arm::SubscriptionPath& path) {
  TRY(auto page, page_of(context, path.subscription, {}));
  return arm::Reply<arm::Page<Vault>>{200, std::move(page)};
}
Result<arm::Reply<arm::Page<Vault>>> Vaults::list_in_group(arm::Context& context, const arm::GroupPath& path) {
  TRY(auto page, page_of(context, path.subscription, path.group));
  return arm::Reply<arm::Page<Vault>>{200, std::move(page)};
}

Result<arm::Reply<NameAnswer>> Vaults::check_name(arm::Context& context, const GroupLocationPath& path,
                                                  const CheckName& request) {
  if (!request.name || !request.type) {
    return missing(request.name ? "type" : "name");
  }
  NameAnswer answer;
  if (!is_vault_name(*request.name)) {
    answer = {false, "Invalid", fmt::format(fmt::runtime(errors::kInvalidVaultName.sentence), *request.name)};
    return arm::Reply<NameAnswer>{200, answer};
  }
  const auto present = find_vault(context, VaultPath{path.subscription, path.group, *request.name});
  if (present) {
    answer = {false, "AlreadyExists",
              fmt::format("The vault '{}' already exists. Choose another name.", *request.name)};
  } else if (present.error().kind() != Errc::not_found) {
    return present.error();
  }
  return arm::Reply<NameAnswer>{200, answer};
}

Result<> Vaults::list(store::Reader& reader, std::string_view subscription, std::string_view group,
                      std::string_view after, std::size_t limit, std::vector<arm::GenericResource>& into) {
  TRY(const auto vaults, list_vaults(reader, subscription, group, after, limit));
  for (const auto& vault : vaults) {
    const auto& tags = vault.settings.tags;
    into.push_back({vault.resource_id(), vault.name, std::string(kType), vault.location,
                    tags.empty() ? std::nullopt : std::optional(tags), vault.created, vault.changed});
  }
  return ok();
}

Result<> Vaults::may_remove_group(store::Reader& reader, std::string_view subscription, std::string_view group) {
  std::string after;
  while (true) {
    TRY(const auto vaults, list_vaults(reader, subscription, group, after, kAtOnce));
    for (const auto& vault : vaults) {
      TRY(check_empty(reader, vault));
      after = vault.lower_id();
    }
    if (vaults.size() < kAtOnce) {
      return ok();
    }
  }
}

/// Removes one vault per transaction, together with its policies.
Result<> Vaults::remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) {
  for (bool is_empty = false; !is_empty;) {
    TRY(services_.database.write([&](store::Writer& writer) -> Result<> {
      TRY(fence.check(writer));
      TRY(const auto vaults, list_vaults(writer, subscription, group, {}, 1));
      is_empty = vaults.empty();
      return is_empty ? Result<>(ok()) : remove_record(writer, vaults.front());
    }));
  }
  return ok();
}

}  // namespace quaymaster::recovery_services
