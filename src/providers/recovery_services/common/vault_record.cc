#include "providers/recovery_services/common/vault_record.h"

#include "arm/errors.h"
#include "base/encode.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

constexpr std::string_view kType = "Microsoft.RecoveryServices/vaults";

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE rs_vaults (
  id TEXT PRIMARY KEY,
  lower_id TEXT NOT NULL UNIQUE,
  subscription TEXT NOT NULL,
  lower_group TEXT NOT NULL,
  group_name TEXT NOT NULL,
  name TEXT NOT NULL,
  location TEXT NOT NULL,
  settings TEXT NOT NULL,
  ready INTEGER NOT NULL,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
CREATE INDEX rs_vaults_by_subscription ON rs_vaults (subscription, lower_id);
)",
};

#define QM_VAULT_COLUMNS \
  "SELECT id, name, subscription, group_name, location, settings, ready, created, changed FROM rs_vaults "

Result<VaultRecord> vault_of(const store::Row& row) {
  VaultRecord vault;
  TRY(vault.id, row.guid(0));
  vault.name = row.text(1);
  vault.subscription = row.text(2);
  vault.group = row.text(3);
  vault.location = row.text(4);
  TRY(vault.settings, wire::parse_stored<VaultSettings>(row.text(5)));
  vault.is_ready = row.integer(6) != 0;
  vault.created = row.time(7);
  vault.changed = row.time(8);
  return vault;
}

auto append_to(std::vector<VaultRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    TRY(auto vault, vault_of(row));
    into.push_back(std::move(vault));
    return ok();
  };
}

}  // namespace

store::Schema vaults_schema() {
  return {"recovery_services", kSteps};
}

std::string VaultRecord::resource_id() const {
  return arm::resource_id(subscription, group, kType, name);
}
std::string VaultRecord::lower_id() const {
  return to_lower(resource_id());
}
std::string VaultRecord::prefix() const {
  return "vaults/" + id.text();
}

Result<VaultRecord> find_vault(store::Reader& reader, const VaultPath& path) {
  std::vector<VaultRecord> found;
  TRY(reader.each(QM_VAULT_COLUMNS "WHERE lower_id = ? AND ready = 1", append_to(found),
                  to_lower(arm::resource_id(path.subscription, path.group, kType, path.vault))));
  if (found.empty()) {
    return refuse(Errc::not_found, arm::kResourceNotFound, fmt::format("{}/{}", kType, path.vault), path.group);
  }
  return std::move(found.front());
}

Result<VaultRecord> find_vault(store::Reader& reader, const Guid& id) {
  std::vector<VaultRecord> found;
  TRY(reader.each(QM_VAULT_COLUMNS "WHERE id = ?", append_to(found), id.text()));
  if (found.empty()) {
    return not_found("there is no vault {}", id.text());
  }
  return std::move(found.front());
}

Result<VaultRecord> find_vault(arm::Context& context, const VaultPath& path) {
  std::optional<VaultRecord> vault;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(vault, find_vault(reader, path));
    return ok();
  }));
  return *std::move(vault);
}

Result<VaultRecord> require_vault(store::Writer& writer, arm::Context& context, const VaultPath& path) {
  TRY(context.groups.require_group(writer, path.subscription, path.group));
  return find_vault(writer, path);
}

std::string vault_path(const arm::Context& context, const VaultRecord& vault) {
  return fmt::format("{}{}/resourceGroups/{}/providers/{}/{}", context.subscriptions_prefix(), vault.subscription,
                     vault.group, kType, vault.name);
}

Result<> insert_vault(store::Writer& writer, const VaultRecord& vault) {
  TRY(const auto settings, wire::to_stored(vault.settings));
  TRY(
      writer.change("INSERT INTO rs_vaults (id, lower_id, subscription, lower_group, group_name, name, location, "
                    "settings, ready, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    vault.id.text(), vault.lower_id(), to_lower(vault.subscription), to_lower(vault.group), vault.group,
                    vault.name, vault.location, settings, vault.is_ready ? 1 : 0, vault.created, vault.changed));
  return ok();
}

Result<> update_vault(store::Writer& writer, const VaultRecord& vault) {
  TRY(const auto settings, wire::to_stored(vault.settings));
  TRY(writer.change("UPDATE rs_vaults SET settings = ?, ready = ?, changed = ? WHERE id = ?", settings,
                    vault.is_ready ? 1 : 0, vault.changed, vault.id.text()));
  return ok();
}

Result<> delete_vault(store::Writer& writer, const Guid& id) {
  TRY(writer.change("DELETE FROM rs_vaults WHERE id = ?", id.text()));
  return ok();
}

Result<std::vector<VaultRecord>> list_vaults(store::Reader& reader, std::string_view subscription,
                                             std::string_view group, std::string_view after, std::size_t limit) {
  std::vector<VaultRecord> found;
  if (group.empty()) {
    TRY(reader.each(QM_VAULT_COLUMNS "WHERE subscription = ? AND lower_id > ? AND ready = 1 ORDER BY lower_id LIMIT ?",
                    append_to(found), to_lower(subscription), after, limit));
  } else {
    TRY(reader.each(QM_VAULT_COLUMNS "WHERE subscription = ? AND lower_group = ? AND lower_id > ? AND ready = 1 "
                                     "ORDER BY lower_id LIMIT ?",
                    append_to(found), to_lower(subscription), to_lower(group), after, limit));
  }
  return found;
}

Result<std::vector<VaultRecord>> unfinished_vaults(store::Reader& reader) {
  std::vector<VaultRecord> found;
  TRY(reader.each(QM_VAULT_COLUMNS "WHERE ready = 0", append_to(found)));
  return found;
}

Result<std::vector<VaultRecord>> all_vaults(store::Reader& reader) {
  std::vector<VaultRecord> found;
  TRY(reader.each(QM_VAULT_COLUMNS "WHERE ready = 1 ORDER BY lower_id", append_to(found)));
  return found;
}

Result<> lock_storage(store::Writer& writer, const Guid& vault) {
  TRY(auto record, find_vault(writer, vault));
  if (record.settings.storage_locked) {
    return ok();
  }
  record.settings.storage_locked = true;
  return update_vault(writer, record);
}

}  // namespace quaymaster::recovery_services
