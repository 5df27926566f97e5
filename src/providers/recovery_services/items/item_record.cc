#include "providers/recovery_services/items/item_record.h"

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"
#include "providers/recovery_services/common/source_names.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

// A claim says that a job is working on an item, which may not exist yet. Other requests to change the item are
// rejected until the job ends and the claim is removed.
constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE rs_items (
  id TEXT PRIMARY KEY,
  vault TEXT NOT NULL,
  lower_name TEXT NOT NULL,
  lower_container TEXT NOT NULL,
  lower_friendly TEXT NOT NULL,
  lower_source TEXT NOT NULL,
  lower_policy TEXT NOT NULL,
  kind TEXT NOT NULL,
  container TEXT NOT NULL,
  item TEXT NOT NULL,
  friendly_name TEXT NOT NULL,
  source_id TEXT NOT NULL,
  policy TEXT NOT NULL,
  protection INTEGER NOT NULL,
  disks TEXT,
  last_backup INTEGER NOT NULL,
  last_backup_time INTEGER,
  last_point_time INTEGER,
  deleted INTEGER,
  deferred_days INTEGER NOT NULL,
  data_id INTEGER NOT NULL,
  policy_since INTEGER,
  last_run INTEGER,
  created INTEGER NOT NULL,
  UNIQUE (vault, lower_name)
) STRICT;
CREATE INDEX rs_items_by_friendly_name ON rs_items (vault, lower_container, lower_friendly);
CREATE INDEX rs_items_by_source ON rs_items (lower_source);
CREATE INDEX rs_items_by_policy ON rs_items (vault, lower_policy) WHERE lower_policy <> '';
CREATE INDEX rs_items_deleted ON rs_items (deleted) WHERE deleted IS NOT NULL;
CREATE TABLE rs_item_claims (
  vault TEXT NOT NULL,
  lower_name TEXT NOT NULL,
  job TEXT NOT NULL,
  PRIMARY KEY (vault, lower_name)
) STRICT;
CREATE INDEX rs_item_claims_by_job ON rs_item_claims (job);
)",
    R"(
ALTER TABLE rs_items ADD COLUMN failure TEXT;
ALTER TABLE rs_items ADD COLUMN was_undeleted INTEGER NOT NULL DEFAULT 0;
)",
};

#define QM_ITEM_COLUMNS                                                                                         \
  "SELECT id, vault, kind, container, item, friendly_name, source_id, policy, protection, disks, last_backup, " \
  "last_backup_time, last_point_time, deleted, deferred_days, data_id, policy_since, last_run, created, "       \
  "failure, was_undeleted FROM rs_items "

constexpr std::string_view kShare = "azurefileshare;";

std::optional<Time> maybe_time(const store::Row& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

Result<ItemRecord> item_of(const store::Row& row) {
  ItemRecord item;
  TRY(item.id, row.guid(0));
  TRY(item.vault, row.guid(1));
  const auto kind = wire::value_of<SourceKind>(row.text(2));
  if (!kind) {
    return corrupt("the item {} is of kind '{}'", row.text(0), row.text(2));
  }
  item.kind = *kind;
  item.container = row.text(3);
  item.item = row.text(4);
  item.friendly_name = row.text(5);
  item.source_id = row.text(6);
  item.policy = row.text(7);
  item.protection = static_cast<ItemRecord::Protection>(row.integer(8));
  if (!row.is_null(9)) {
    TRY(item.disks, wire::parse_stored<DiskChoice>(row.text(9)));
  }
  item.last_backup = static_cast<LastBackup>(row.integer(10));
  item.last_backup_time = maybe_time(row, 11);
  item.last_point_time = maybe_time(row, 12);
  item.deleted = maybe_time(row, 13);
  item.deferred_days = row.integer(14);
  item.data_id = row.integer(15);
  item.policy_since = maybe_time(row, 16);
  item.last_run = maybe_time(row, 17);
  item.created = row.time(18);
  if (!row.is_null(19)) {
    TRY(item.failure, wire::parse_stored<JobError>(row.text(19)));
  }
  item.was_undeleted = row.integer(20) != 0;
  return item;
}

auto append_to(std::vector<ItemRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    TRY(auto item, item_of(row));
    into.push_back(std::move(item));
    return ok();
  };
}

template <class T>
std::optional<std::string> text_of(const std::optional<T>& part) {
  return part ? std::optional(wire::to_json(*part)) : std::nullopt;
}

}  // namespace

store::Schema items_schema() {
  return {"recovery_services_items", kSteps};
}

std::string ItemRecord::short_container() const {
  const auto at = container.find(';');
  return at == std::string::npos ? container : container.substr(at + 1);
}

std::string ItemRecord::account() const {
  return container.substr(container.rfind(';') + 1);
}

std::string lower_name(const ItemRecord& item) {
  return to_lower(item.container + "/" + item.item);
}

Result<ItemRecord> find_item(store::Reader& reader, const VaultRecord& vault, std::string_view container,
                             std::string_view item) {
  const auto lower_container = comparable_container(container);
  const auto lower_item = comparable_item(item);
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS "WHERE vault = ? AND lower_name = ?", append_to(found), vault.id.text(),
                  lower_container + "/" + lower_item));
  if (found.empty() && lower_item.starts_with(kShare)) {  // the share's plain name, as older clients send it
    TRY(reader.each(QM_ITEM_COLUMNS "WHERE vault = ? AND lower_container = ? AND lower_friendly = ?", append_to(found),
                    vault.id.text(), lower_container, lower_item.substr(kShare.size())));
  }
  if (found.empty()) {
    return refuse(Errc::not_found, errors::kItemNotFound, item, container);
  }
  return std::move(found.front());
}

Result<ItemRecord> find_item(store::Reader& reader, const Guid& id) {
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS "WHERE id = ?", append_to(found), id.text()));
  if (found.empty()) {
    return not_found("there is no item {}", id.text());
  }
  return std::move(found.front());
}

Result<std::vector<ItemRecord>> items_of_policy(store::Reader& reader, const Guid& vault, std::string_view policy,
                                                std::string_view after, std::size_t limit) {
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS "WHERE vault = ? AND lower_policy = ? AND lower_policy <> '' AND lower_name > ? "
                                  "ORDER BY lower_name LIMIT ?",
                  append_to(found), vault.text(), to_lower(policy), after, limit));
  return found;
}

Result<Governed> governed_by(store::Reader& reader, const Guid& vault, std::string_view policy) {
  Governed governed;
  TRY(reader.first(
      "SELECT count(*), min(friendly_name) FROM rs_items WHERE vault = ? AND lower_policy = ? AND lower_policy <> ''",
      [&](const store::Row& row) {
        governed.count = row.integer(0);
        governed.example = row.is_null(1) ? "" : std::string(row.text(1));
      },
      vault.text(), to_lower(policy)));
  return governed;
}

Result<ItemCounts> count_items(store::Reader& reader, const Guid& vault) {
  ItemCounts counts;
  TRY(reader.each(
      "SELECT kind, count(*) FROM rs_items WHERE vault = ? GROUP BY kind",
      [&](const store::Row& row) -> Result<> {
        const bool is_machine = row.text(0) == wire::text_of(SourceKind::machine);
        (is_machine ? counts.machines : counts.shares) += row.integer(1);
        return ok();
      },
      vault.text()));
  return counts;
}

Result<SourceCounts> count_items_of_source(store::Reader& reader, const Guid& vault, std::string_view source_id) {
  SourceCounts counts;
  TRY(reader.first(
      "SELECT count(*), count(deleted) FROM rs_items WHERE lower_source = ? AND vault = ?",
      [&](const store::Row& row) {
        counts.all = row.integer(0);
        counts.deleted = row.integer(1);
      },
      to_lower(source_id), vault.text()));
  return counts;
}

Result<std::vector<ItemRecord>> scheduled_items(store::Reader& reader, std::string_view after, std::size_t limit) {
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS "WHERE lower_policy <> '' AND id > ? ORDER BY id LIMIT ?", append_to(found), after,
                  limit));
  return found;
}

Result<std::vector<ItemRecord>> items_of_vault(store::Reader& reader, const Guid& vault, std::string_view after,
                                               std::size_t limit) {
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS "WHERE vault = ? AND lower_name > ? ORDER BY lower_name LIMIT ?", append_to(found),
                  vault.text(), after, limit));
  return found;
}

Result<std::vector<ItemRecord>> items_of_source(store::Reader& reader, std::string_view source_id) {
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS "WHERE lower_source = ? ORDER BY vault, lower_name", append_to(found),
                  to_lower(source_id)));
  return found;
}

Result<std::vector<ItemRecord>> soft_deleted_items(store::Reader& reader, const Guid& vault, std::size_t limit) {
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS "WHERE deleted IS NOT NULL AND vault = ? ORDER BY deleted LIMIT ?", append_to(found),
                  vault.text(), limit));
  return found;
}

Result<std::vector<ItemRecord>> due_items(store::Reader& reader, Time now, std::size_t limit) {
  constexpr std::int64_t kDay = Ticks(std::chrono::hours{24}).count();
  std::vector<ItemRecord> found;
  TRY(reader.each(QM_ITEM_COLUMNS
                  "WHERE deleted IS NOT NULL AND deleted + deferred_days * ? <= ? AND NOT EXISTS (SELECT 1 FROM "
                  "rs_item_claims c WHERE c.vault = rs_items.vault AND c.lower_name = rs_items.lower_name) "
                  "ORDER BY deleted LIMIT ?",
                  append_to(found), kDay, now, limit));
  return found;
}

Result<> insert_item(store::Writer& writer, const ItemRecord& item) {
  TRY(writer.change(
      "INSERT INTO rs_items (id, vault, lower_name, lower_container, lower_friendly, lower_source, lower_policy, kind, "
      "container, item, friendly_name, source_id, policy, protection, disks, last_backup, last_backup_time, "
      "last_point_time, deleted, deferred_days, data_id, policy_since, last_run, created, failure, was_undeleted) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      item.id.text(), item.vault.text(), lower_name(item), to_lower(item.container), to_lower(item.friendly_name),
      to_lower(item.source_id), to_lower(item.policy), wire::text_of(item.kind), item.container, item.item,
      item.friendly_name, item.source_id, item.policy, static_cast<int>(item.protection), text_of(item.disks),
      static_cast<int>(item.last_backup), item.last_backup_time, item.last_point_time, item.deleted, item.deferred_days,
      item.data_id, item.policy_since, item.last_run, item.created, text_of(item.failure), item.was_undeleted ? 1 : 0));
  return ok();
}

Result<> update_item(store::Writer& writer, const ItemRecord& item) {
  TRY(const auto changed,
      writer.change("UPDATE rs_items SET policy = ?, lower_policy = ?, protection = ?, disks = ?, last_backup = ?, "
                    "last_backup_time = ?, last_point_time = ?, deleted = ?, deferred_days = ?, policy_since = ?, "
                    "last_run = ?, failure = ?, was_undeleted = ? WHERE id = ?",
                    item.policy, to_lower(item.policy), static_cast<int>(item.protection), text_of(item.disks),
                    static_cast<int>(item.last_backup), item.last_backup_time, item.last_point_time, item.deleted,
                    item.deferred_days, item.policy_since, item.last_run, text_of(item.failure),
                    item.was_undeleted ? 1 : 0, item.id.text()));
  return changed > 0 ? Result<>(ok()) : not_found("the item {} no longer exists", item.id.text());
}

Result<> delete_item(store::Writer& writer, const Guid& id) {
  TRY(writer.change("DELETE FROM rs_items WHERE id = ?", id.text()));
  return ok();
}

Result<> claim_item(store::Writer& writer, const Guid& vault, std::string_view lower_name, const Guid& job) {
  auto claimed = writer.change("INSERT INTO rs_item_claims (vault, lower_name, job) VALUES (?, ?, ?)", vault.text(),
                               lower_name, job.text());
  if (!claimed && claimed.error().kind() == Errc::conflict) {
    return std::move(claimed).error().as(errors::kItemLocked, lower_name);
  }
  return claimed ? Result<>(ok()) : std::move(claimed).error();
}

Result<> release_item(store::Writer& writer, const Guid& job) {
  TRY(writer.change("DELETE FROM rs_item_claims WHERE job = ?", job.text()));
  return ok();
}

Result<bool> is_container_claimed(store::Reader& reader, const Guid& vault, std::string_view lower_container) {
  return reader.first(
      "SELECT 1 FROM rs_item_claims WHERE vault = ? AND lower_name >= ? AND lower_name < ?", [](const store::Row&) {},
      vault.text(), std::string(lower_container) + "/", std::string(lower_container) + "0");
}

std::string item_path(std::string_view vault_path, const ItemRecord& item) {
  return fmt::format("{}/backupFabrics/Azure/protectionContainers/{}/protectedItems/{}", vault_path, item.container,
                     item.item);
}

std::vector<std::string> item_scopes(std::string_view vault_path, const ItemRecord& item) {
  std::vector<std::string> scopes;
  auto names = item_spellings(item.item);
  if (item.kind == SourceKind::file_share) {
    names.push_back(std::string(kShare) + to_lower(item.friendly_name));
  }
  for (const auto& container : container_spellings(item.container)) {
    const auto path = fmt::format("{}/backupFabrics/Azure/protectionContainers/{}", vault_path, container);
    if (item.kind == SourceKind::machine) {
      scopes.push_back(path);
      continue;
    }
    for (const auto& name : names) {
      scopes.push_back(fmt::format("{}/protectedItems/{}", path, name));
    }
  }
  return scopes;
}

std::string asked_item_path(std::string_view container, std::string_view item) {
  return fmt::format("backupFabrics/Azure/protectionContainers/{}/protectedItems/{}", container, item);
}

}  // namespace quaymaster::recovery_services
