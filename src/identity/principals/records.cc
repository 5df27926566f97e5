#include "identity/principals/records.h"

namespace quaymaster::identity {
namespace {

constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE auth_settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
CREATE TABLE auth_keys (
  id TEXT PRIMARY KEY,
  private_key BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE TABLE auth_principals (
  client_id TEXT PRIMARY KEY,
  object_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  salt BLOB NOT NULL,
  secret_hash BLOB NOT NULL,
  created INTEGER NOT NULL
) STRICT;
CREATE TABLE auth_role_assignments (
  object_id TEXT NOT NULL,
  role TEXT NOT NULL,
  scope TEXT NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (object_id, role, scope)
) STRICT;
)",
    // Assignments with their own ids, as Resource Manager addresses them; principals of another issuer.
    R"(
ALTER TABLE auth_role_assignments ADD COLUMN id TEXT;
ALTER TABLE auth_role_assignments ADD COLUMN shown_scope TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_role_assignments ADD COLUMN principal_type TEXT NOT NULL DEFAULT 'ServicePrincipal';
ALTER TABLE auth_role_assignments ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_role_assignments ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE auth_role_assignments ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE auth_role_assignments ADD COLUMN changed_by TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX auth_role_assignments_by_id ON auth_role_assignments (id);
ALTER TABLE auth_principals ADD COLUMN external TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX auth_principals_by_external ON auth_principals (external) WHERE external <> '';
)",
};

}  // namespace

store::Schema schema() {
  return {"auth", kSteps};
}

namespace records {
namespace {

Buffer copy_of(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Result<bool> has_principals(store::Reader& reader) {
  return reader.first("SELECT 1 FROM auth_principals LIMIT 1", [](const store::Row&) {});
}

Result<std::optional<Secret>> secret_of(store::Reader& reader, std::string_view client_id) {
  std::optional<Secret> found;
  TRY(reader.first(
      "SELECT object_id, client_id, name, external, created, salt, secret_hash FROM auth_principals "
      "WHERE client_id = ?",
      [&](const store::Row& row) {
        found = {{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                  std::string(row.text(3)), row.time(4)},
                 copy_of(row.blob(5)),
                 copy_of(row.blob(6))};
      },
      client_id));
  return found;
}

Result<bool> add_principal(store::Writer& writer, const Secret& secret) {
  const auto& one = secret.principal;
  TRY(const auto rows,
      writer.change("INSERT INTO auth_principals (client_id, object_id, name, salt, secret_hash, created, external) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    one.client_id, one.object_id, one.name, secret.salt, secret.hash, one.created, one.external));
  return rows > 0;
}

Result<bool> change_secret(store::Writer& writer, std::string_view client_id, Bytes salt, Bytes hash) {
  TRY(const auto rows,
      writer.change("UPDATE auth_principals SET salt = ?, secret_hash = ? WHERE client_id = ?", salt, hash, client_id));
  return rows > 0;
}

Result<Buffer> signing_key(store::Reader& reader) {
  Buffer key;
  TRY(reader.first("SELECT private_key FROM auth_keys ORDER BY created DESC, id LIMIT 1",
                   [&](const store::Row& row) { key = copy_of(row.blob(0)); }));
  return key;
}

Result<> add_signing_key(store::Writer& writer, std::string_view id, Bytes private_der, Time now) {
  TRY(writer.change("INSERT INTO auth_keys (id, private_key, created) VALUES (?, ?, ?)", id, private_der, now));
  return ok();
}

Result<std::string> setting(store::Writer& writer, std::string_view name, std::string_view made) {
  std::string value;
  TRY(writer.change("INSERT INTO auth_settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", name, made));
  TRY(writer.first(
      "SELECT value FROM auth_settings WHERE name = ?", [&](const store::Row& row) { value = row.text(0); }, name));
  return value;
}

}  // namespace records
}  // namespace quaymaster::identity
