#include "providers/recovery_services/protection/item_work.h"

#include <charconv>

#include "arm/errors.h"
#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/items/container_record.h"
#include "providers/recovery_services/jobs/backup_jobs.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

/// ItemWork as stored, with ids as text.
struct StoredWork {
  std::string vault, item;
  SourceKind kind = SourceKind::machine;
  std::string container, name, friendly_name, source_id, policy;
  bool sets_disks = false;
  std::optional<DiskChoice> disks;
  std::int64_t data_id = 0;
  bool suspends = false;
  arm::LinkedAccess access;
  static constexpr auto wire() {
    using wire::field;
    using T = StoredWork;
    return wire::fields({field<&T::vault>("vault"), field<&T::item>("item"), field<&T::kind>("kind"),
                         field<&T::container>("container"), field<&T::name>("name"),
                         field<&T::friendly_name>("friendlyName"), field<&T::source_id>("sourceId"),
                         field<&T::policy>("policy"), field<&T::sets_disks>("setsDisks"), field<&T::disks>("disks"),
                         field<&T::data_id>("dataId"), field<&T::suspends>("suspends"), field<&T::access>("access")});
  }
};

/// The item as it is now; nothing if it no longer exists.
Result<std::optional<ItemRecord>> present_item(store::Reader& reader, const Guid& id) {
  auto found = find_item(reader, id);
  if (found) {
    return std::optional(std::move(found).value());
  }
  if (found.error().kind() == Errc::not_found) {
    return std::optional<ItemRecord>();
  }
  return std::move(found).error();
}

Error gone() {
  return Error(Errc::not_found, "the item no longer exists").as(errors::kItemGone);
}

/// Conditions checked by the request may have changed before the job runs.
Result<> check_still_possible(store::Reader& reader, const VaultRecord& vault, const ItemWork& work) {
  TRY(const auto policy, find_policy(reader, vault.id, work.policy));
  TRY(check_policy_fits(policy, work.kind));
  if (work.kind == SourceKind::file_share) {
    TRY(const auto container, find_container(reader, vault.id, work.container));
  }
  return ok();
}

Result<> configure(store::Writer& writer, const ItemWork& work, Time now) {
  TRY(const auto vault, find_vault(writer, work.vault));
  TRY(check_still_possible(writer, vault, work));
  TRY(auto present, present_item(writer, work.item));
  if (!present) {
    ItemRecord item;
    item.id = work.item;
    item.vault = work.vault;
    item.kind = work.kind;
    item.container = work.container;
    item.item = work.name;
    item.friendly_name = work.friendly_name;
    item.source_id = work.source_id;
    item.policy = work.policy;
    item.disks = work.disks;
    item.data_id = work.data_id;
    item.policy_since = now;
    item.created = now;
    TRY(insert_item(writer, item));
    return lock_storage(writer, work.vault);
  }
  if (present->is_soft_deleted()) {
    return refuse(Errc::conflict, errors::kItemSoftDeleted, present->friendly_name);
  }
  if (!equal_ignoring_case(present->policy, work.policy) || present->protection == ItemRecord::Protection::suspended) {
    present->policy_since = now;
  }
  present->policy = work.policy;
  present->was_undeleted = false;
  present->protection = present->last_point_time ? ItemRecord::Protection::active : ItemRecord::Protection::initial;
  if (work.sets_disks) {
    present->disks = work.disks;
  }
  return update_item(writer, *present);
}

Result<> disable(store::Writer& writer, const ItemWork& work, Time) {
  TRY(auto item, present_item(writer, work.item));
  if (!item) {
    return gone();
  }
  if (!work.suspends) {
    item->policy.clear();
    item->policy_since.reset();
  }
  item->protection = work.suspends ? ItemRecord::Protection::suspended : ItemRecord::Protection::stopped;
  return update_item(writer, *item);
}

Result<> undelete(store::Writer& writer, const ItemWork& work, Time) {
  TRY(auto item, present_item(writer, work.item));
  if (!item) {
    return gone();
  }
  item->deleted.reset();
  item->deferred_days = 0;
  item->protection = ItemRecord::Protection::stopped;
  item->was_undeleted = true;
  return update_item(writer, *item);
}

/// Bag key of recorded DeleteBackupData jobs (backup.md 14.4); shares do not show it.
Result<> record_count(store::Writer& writer, const jobs::Record& job, const ItemRecord& item, std::int64_t count,
                      Time now) {
  if (item.kind != SourceKind::machine) {
    return ok();
  }
  JobChange change;
  change.bag = {{"Number of Recovery Points", std::to_string(count)}};
  return change_job(writer, job.id, change, now);
}

/// Soft delete: the item keeps its points and loses its policy. The number of days is fixed now; later changes do not
/// affect it.
Result<> delete_softly(store::Writer& writer, const jobs::Record& job, const VaultRecord& vault, ItemRecord item,
                       Time now) {
  item.deleted = now;
  item.deferred_days = vault.settings.soft_delete_days;
  item.policy.clear();
  item.policy_since.reset();
  item.protection = ItemRecord::Protection::stopped;
  TRY(const auto points, count_points(writer, item.id));
  TRY(record_count(writer, job, item, points.count, now));
  return update_item(writer, item);
}

/// Removes the item's points, a few per transaction. The step's data is the number removed, so that a repeated step
/// continues counting.
Result<std::int64_t> remove_all_points(Services& services, vault::Vault& vault, const Guid& item, jobs::Run& run) {
  std::int64_t removed = 0;
  const auto data = run.data();
  std::from_chars(data.data(), data.data() + data.size(), removed);
  while (true) {
    std::int64_t next = 0;
    TRY(services.database.read([&](store::Reader& reader) -> Result<> {
      TRY(const auto points, list_points(reader, item, {{}, {}, {}, kPointsAtOnce}));
      next = static_cast<std::int64_t>(points.size());
      return ok();
    }));
    if (next == 0) {
      return removed;
    }
    TRY(run.continue_or_cancel());
    TRY(run.save(std::to_string(removed + next), [&](store::Writer& writer) -> Result<> {
      TRY(const auto gone, remove_points(writer, vault, item, static_cast<std::size_t>(next)));
      return gone == next ? Result<>(ok()) : busy("points of {} were removed concurrently", item.text());
    }));
    removed += next;
  }
}

/// A source that is protected again has the same id. Roles on the deleted item are removed, so that they do not apply
/// to the new one.
Result<> delete_item_and_roles(store::Writer& writer, Services& services, const ItemRecord& item) {
  TRY(const auto vault, find_vault(writer, item.vault));
  for (const auto& scope : item_scopes(vault.resource_id(), item)) {
    TRY(services.groups.resource_removed(writer, scope));
  }
  return delete_item(writer, item.id);
}

Result<> delete_data(Services& services, OpenVaults& open_vaults, jobs::Run& run) {
  TRY(const auto work, parse_item_work(run.record().parameters));
  bool is_soft = false;
  TRY(services.database.read([&](store::Reader& reader) -> Result<> {
    TRY(const auto vault, find_vault(reader, work.vault));
    is_soft = vault.settings.soft_delete != SoftDelete::disabled;
    return ok();
  }));
  std::int64_t removed = 0;
  if (!is_soft) {
    TRY(const auto opened, open_vaults.open(work.vault));
    TRY(removed, remove_all_points(services, *opened, work.item, run));
  }
  return run.save(std::to_string(removed), [&](store::Writer& writer) -> Result<> {
    TRY(const auto vault, find_vault(writer, work.vault));
    TRY(const auto item, present_item(writer, work.item));
    const auto now = services.clock.now();
    if (!item) {
      return ok();  // already done by an interrupted run of this step, or purged
    }
    if (is_soft != (vault.settings.soft_delete != SoftDelete::disabled)) {
      return busy("soft delete of {} was switched meanwhile", vault.name);
    }
    if (is_soft) {
      return item->is_soft_deleted() ? Result<>(ok()) : delete_softly(writer, run.record(), vault, *item, now);
    }
    TRY(const auto late, count_points(writer, item->id));
    if (late.count > 0) {
      return busy("{} got another point meanwhile", item->friendly_name);
    }
    TRY(record_count(writer, run.record(), *item, removed, now));
    return delete_item_and_roles(writer, services, *item);
  });
}

Result<> purge(Services& services, OpenVaults& open_vaults, jobs::Run& run) {
  TRY(const auto work, parse_item_work(run.record().parameters));
  auto opened = open_vaults.open(work.vault);
  if (!opened && opened.error().kind() == Errc::not_found) {  // the vault is deleted with all its points
    return services.database.write([&](store::Writer& writer) -> Result<> {
      TRY(run.hold(writer));
      return forget_points(writer, work.item);
    });
  }
  TRY(const auto vault, std::move(opened));
  TRY(remove_all_points(services, *vault, work.item, run));
  return ok();
}

/// Purges the rest of a vault's soft-deleted items, unless soft delete has been switched on again.
Result<> purge_rest(Services& services, jobs::Run& run) {
  TRY(const auto id, parse_guid(run.record().parameters));
  constexpr std::size_t kAtOnce = 100;
  for (std::size_t count = kAtOnce; count == kAtOnce;) {
    TRY(run.continue_or_cancel());
    TRY(services.database.write([&](store::Writer& writer) -> Result<> {
      count = 0;
      TRY(run.hold(writer));
      const auto vault = find_vault(writer, id);
      if (!vault) {
        return vault.error().kind() == Errc::not_found ? Result<>(ok()) : vault.error();
      }
      if (vault.value().settings.soft_delete != SoftDelete::disabled) {
        return ok();
      }
      TRY(const auto items, soft_deleted_items(writer, id, kAtOnce));
      for (const auto& item : items) {
        TRY(purge_item(writer, services, item));
      }
      count = items.size();
      return ok();
    }));
  }
  return ok();
}

Result<> ended(store::Writer& writer, const jobs::Record& record) {
  TRY(release_item(writer, record.id));
  return end_job(writer, record);
}

using Change = Result<> (*)(store::Writer& writer, const ItemWork& work, Time now);

jobs::Kind kind_of(Services& services, std::string_view name, std::string_view step, Change change) {
  return {std::string(name),
          {{step,
            [&services, change](jobs::Run& run) -> Result<> {
              TRY(const auto work, parse_item_work(run.record().parameters));
              TRY(arm::still_allowed(services.issuer, work.access));
              return run.save("{}", [&](store::Writer& writer) { return change(writer, work, run.clock().now()); });
            }}},
          &ended};
}

}  // namespace

std::string ItemWork::text() const {
  return wire::to_json(StoredWork{vault.text(), item.text(), kind, container, name, friendly_name, source_id, policy,
                                  sets_disks, disks, data_id, suspends, access});
}

Result<ItemWork> parse_item_work(std::string_view text) {
  TRY(auto stored, wire::parse_stored<StoredWork>(text));
  ItemWork work;
  TRY(work.vault, parse_guid(stored.vault));
  TRY(work.item, parse_guid(stored.item));
  work.kind = stored.kind;
  work.container = std::move(stored.container);
  work.name = std::move(stored.name);
  work.friendly_name = std::move(stored.friendly_name);
  work.source_id = std::move(stored.source_id);
  work.policy = std::move(stored.policy);
  work.sets_disks = stored.sets_disks;
  work.disks = std::move(stored.disks);
  work.data_id = stored.data_id;
  work.suspends = stored.suspends;
  work.access = std::move(stored.access);
  return work;
}

void add_item_work(Services& services, OpenVaults& open_vaults) {
  auto& engine = services.engine;
  engine.add(kind_of(services, kConfigureWork, "configure", &configure));
  engine.add(kind_of(services, kDisableWork, "disable", &disable));
  engine.add(kind_of(services, kUndeleteWork, "undelete", &undelete));
  engine.add({std::string(kDeleteDataWork),
              {{"delete_data", [&](jobs::Run& run) { return delete_data(services, open_vaults, run); }}},
              &ended});
  engine.add({std::string(kPurgeWork),
              {{"remove_points", [&](jobs::Run& run) { return purge(services, open_vaults, run); }}},
              {}});
  engine.add({std::string(kPurgeRestWork), {{"purge", [&](jobs::Run& run) { return purge_rest(services, run); }}}, {}});
}

Result<> purge_item(store::Writer& writer, Services& services, const ItemRecord& item) {
  TRY(delete_item_and_roles(writer, services, item));
  ItemWork work;
  work.vault = item.vault;
  work.item = item.id;
  TRY(services.engine.create(writer, {std::string(kPurgeWork), item.vault.text(), work.text()}));
  return ok();
}

}  // namespace quaymaster::recovery_services
