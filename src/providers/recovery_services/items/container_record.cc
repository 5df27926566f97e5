#include "providers/recovery_services/items/container_record.h"

#include "base/encode.h"
#include "providers/recovery_services/common/errors.h"

namespace quaymaster::recovery_services {
namespace {

// Databases of older versions already have these tables, created under another schema.
constexpr std::string_view kSteps[] = {
    R"(
CREATE TABLE IF NOT EXISTS rs_containers (
  vault TEXT NOT NULL,
  lower_name TEXT NOT NULL,
  name TEXT NOT NULL,
  lower_source TEXT NOT NULL UNIQUE,
  source_id TEXT NOT NULL,
  lock TEXT NOT NULL,
  created INTEGER NOT NULL,
  PRIMARY KEY (vault, lower_name)
) STRICT;
CREATE TABLE IF NOT EXISTS rs_known_sources (
  vault TEXT NOT NULL,
  kind TEXT NOT NULL,
  lower_id TEXT NOT NULL,
  PRIMARY KEY (vault, kind, lower_id)
) STRICT;
)",
};

#define QM_CONTAINER_COLUMNS "SELECT vault, name, source_id, lock, created FROM rs_containers "

auto append_to(std::vector<ContainerRecord>& into) {
  return [&into](const store::Row& row) -> Result<> {
    ContainerRecord container;
    TRY(container.vault, row.guid(0));
    container.name = row.text(1);
    container.source_id = row.text(2);
    container.lock = row.text(3);
    container.created = row.time(4);
    into.push_back(std::move(container));
    return ok();
  };
}

}  // namespace

store::Schema containers_schema() {
  return {"recovery_services_containers", kSteps};
}

Result<ContainerRecord> find_container(store::Reader& reader, const Guid& vault, std::string_view name) {
  std::vector<ContainerRecord> found;
  TRY(reader.each(QM_CONTAINER_COLUMNS "WHERE vault = ? AND lower_name = ?", append_to(found), vault.text(),
                  to_lower(name)));
  if (found.empty()) {
    return refuse(Errc::not_found, errors::kContainerNotFound, name);
  }
  return std::move(found.front());
}

Result<ContainerRecord> find_container_of(store::Reader& reader, std::string_view source_id) {
  std::vector<ContainerRecord> found;
  TRY(reader.each(QM_CONTAINER_COLUMNS "WHERE lower_source = ?", append_to(found), to_lower(source_id)));
  if (found.empty()) {
    return not_found("no vault has {}", source_id);
  }
  return std::move(found.front());
}

Result<std::vector<ContainerRecord>> containers_of(store::Reader& reader, const Guid& vault, std::string_view after,
                                                   std::size_t limit, bool including) {
  std::vector<ContainerRecord> found;
  if (including) {
    TRY(reader.each(QM_CONTAINER_COLUMNS "WHERE vault = ? AND lower_name >= ? ORDER BY lower_name LIMIT ?",
                    append_to(found), vault.text(), after, limit));
  } else {
    TRY(reader.each(QM_CONTAINER_COLUMNS "WHERE vault = ? AND lower_name > ? ORDER BY lower_name LIMIT ?",
                    append_to(found), vault.text(), after, limit));
  }
  return found;
}

Result<std::int64_t> count_containers(store::Reader& reader, const Guid& vault) {
  std::int64_t count = 0;
  TRY(reader.first(
      "SELECT count(*) FROM rs_containers WHERE vault = ?", [&](const store::Row& row) { count = row.integer(0); },
      vault.text()));
  return count;
}

Result<> put_container(store::Writer& writer, const ContainerRecord& container) {
  TRY(
      writer.change("INSERT INTO rs_containers (vault, lower_name, name, lower_source, source_id, lock, created) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (vault, lower_name) DO UPDATE SET lock = excluded.lock",
                    container.vault.text(), to_lower(container.name), container.name, to_lower(container.source_id),
                    container.source_id, container.lock, container.created));
  return ok();
}

Result<> remove_container(store::Writer& writer, const Guid& vault, std::string_view name) {
  TRY(writer.change("DELETE FROM rs_containers WHERE vault = ? AND lower_name = ?", vault.text(), to_lower(name)));
  return ok();
}

Result<> know_source(store::Writer& writer, const Guid& vault, std::string_view kind, std::string_view id) {
  TRY(writer.change("INSERT INTO rs_known_sources (vault, kind, lower_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    vault.text(), kind, to_lower(id)));
  return ok();
}

Result<> forget_sources(store::Writer& writer, const Guid& vault, std::string_view kind, std::string_view after,
                        std::string_view until) {
  if (until.empty()) {
    TRY(writer.change("DELETE FROM rs_known_sources WHERE vault = ? AND kind = ? AND lower_id > ?", vault.text(), kind,
                      after));
  } else {
    TRY(writer.change("DELETE FROM rs_known_sources WHERE vault = ? AND kind = ? AND lower_id > ? AND lower_id <= ?",
                      vault.text(), kind, after, until));
  }
  return ok();
}

Result<> forget_all_sources(store::Writer& writer, const Guid& vault) {
  TRY(writer.change("DELETE FROM rs_known_sources WHERE vault = ?", vault.text()));
  return ok();
}

Result<bool> is_known(store::Reader& reader, const Guid& vault, std::string_view kind, std::string_view id) {
  return reader.first(
      "SELECT 1 FROM rs_known_sources WHERE vault = ? AND kind = ? AND lower_id = ?", [](const store::Row&) {},
      vault.text(), kind, to_lower(id));
}

}  // namespace quaymaster::recovery_services
