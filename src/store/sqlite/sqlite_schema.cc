#include "store/sqlite/sqlite_schema.h"

#include <map>

namespace quaymaster::store {
namespace {

// "QMST", in the file's header (offset 68): distinguishes our databases from those of other programs.
constexpr std::int64_t kApplicationId = 0x514D5354;

Result<std::int64_t> number(Connection& connection, const char* sql) {
  std::int64_t value = 0;
  TRY(connection.first(sql, [&](const Row& row) { value = row.integer(0); }, {}));
  return value;
}

Result<bool> is_new(Connection& connection) {
  TRY(const auto application, number(connection, "PRAGMA application_id"));
  if (application == kApplicationId) {
    return false;
  }
  TRY(const auto tables, number(connection, "SELECT count(*) FROM sqlite_schema"));
  if (application != 0 || tables != 0) {
    return corrupt("the database belongs to another program (application id {})", application);
  }
  return true;
}

using Versions = std::map<std::string, std::int64_t, std::less<>>;

Result<Versions> versions(Connection& connection) {
  Versions found;
  TRY(connection.each("SELECT owner, version FROM schema_version",
                      [&](const Row& row) -> Result<> {
                        found[std::string(row.text(0))] = row.integer(1);
                        return ok();
                      },
                      {}));
  return found;
}

Result<> take_steps(Connection& connection, const Schema& schema, std::int64_t from) {
  for (auto step = static_cast<std::size_t>(from); step < schema.steps.size(); ++step) {
    TRY(connection.script(schema.steps[step]));
  }
  const Value values[] = {schema.owner, schema.steps.size()};
  TRY(
      connection.change("INSERT INTO schema_version (owner, version) VALUES (?, ?) "
                        "ON CONFLICT (owner) DO UPDATE SET version = excluded.version",
                        values));
  return ok();
}

Result<> bring_up_to_date_inside(Connection& connection, std::span<const Schema> schemas) {
  TRY(const bool fresh, is_new(connection));
  if (fresh) {
    TRY(
        connection.script(fmt::format("PRAGMA application_id={};"
                                      "CREATE TABLE schema_version (owner TEXT PRIMARY KEY, version INTEGER NOT NULL) "
                                      "STRICT;",
                                      kApplicationId)));
  }
  TRY(const auto found, versions(connection));
  for (const auto& schema : schemas) {
    const auto at = found.find(schema.owner);
    const auto version = at == found.end() ? 0 : at->second;
    if (version > static_cast<std::int64_t>(schema.steps.size())) {
      return unsupported("the tables of {} have version {}, this program knows {}", schema.owner, version,
                         schema.steps.size());
    }
    if (at == found.end() || version < static_cast<std::int64_t>(schema.steps.size())) {
      TRY(take_steps(connection, schema, version));
    }
  }
  return ok();
}

}  // namespace

Result<> bring_up_to_date(Connection& connection, std::span<const Schema> schemas) {
  TRY(connection.execute("BEGIN IMMEDIATE"));
  auto done = bring_up_to_date_inside(connection, schemas);
  if (done) {
    done = connection.execute("COMMIT");
  }
  if (!done && connection.in_transaction()) {
    TRY(connection.execute("ROLLBACK"));
  }
  return done;
}

}  // namespace quaymaster::store
