#include "blob/records/containers.h"

#include <algorithm>

#include "blob/conditions.h"
#include "blob/records/former.h"
#include "blob/records/key_range.h"
#include "blob/records/marker.h"

namespace quaymaster::blob {
namespace {

/// How many containers of an account are deleted in one transaction.
constexpr int kDeletedAtOnce = 500;
constexpr char kContainerMarker = '2';
constexpr char kDeletedMarker = '4';  // of a listing with deleted containers

// The columns that a container keeps while it is deleted.
#define QM_KEPT_COLUMNS "etag, modified, metadata, has_former"

Result<ContainerInfo> read_container(const store::Row& row) {
  ContainerInfo info;
  info.name = as_text(row.blob(0));
  info.etag = static_cast<std::uint64_t>(row.integer(1));
  info.modified = row.time(2);
  TRY(info.metadata, decode_metadata(row.blob(3)));
  if (row.integer(5) != 0) {
    info.id = static_cast<std::uint64_t>(row.integer(4));
    info.deletion = Deletion{row.time(5), row.time(6)};
  }
  return info;
}

}  // namespace

Result<ContainerInfo> create_container(store::Writer& writer, const Context& context, const std::string& account,
                                       const std::string& container, const Metadata& metadata) {
  TRY(const auto existing, find_container(writer, account, container));
  if (existing) {
    return conflict("container {} of account {} exists", container, account);
  }
  ContainerInfo info{container, static_cast<std::uint64_t>(context.sequence.next()), context.clock.now(), metadata};
  TRY(writer.change(
      "INSERT INTO blob_containers (id, account, name, etag, modified, metadata)"
      " VALUES (?, ?, ?, ?, ?, ?)",
      context.sequence.next(), account, as_bytes(container), info.etag, info.modified, encode(info.metadata)));
  return info;
}

Result<ContainerInfo> get_container(store::Reader& reader, const std::string& account, const std::string& container) {
  ContainerInfo info;
  bool found = false;
  TRY(reader.each(
      "SELECT name, etag, modified, metadata, id, 0, 0 FROM blob_containers WHERE account = ? AND name = ?",
      [&](const store::Row& row) -> Result<> {
        found = true;
        TRY(info, read_container(row));
        return ok();
      },
      account, as_bytes(container)));
  if (!found) {
    return not_found("container {} of account {}", container, account);
  }
  return info;
}

Result<ContainerInfo> set_container_metadata(store::Writer& writer, const Context& context, const std::string& account,
                                             const std::string& container, const Metadata& metadata) {
  TRY(const auto id, require_container(writer, account, container));
  TRY(const auto before, get_container(writer, account, container));
  ContainerInfo info{container, static_cast<std::uint64_t>(context.sequence.next()),
                     std::max(context.clock.now(), before.modified + Ticks{1}), metadata};
  TRY(writer.change("UPDATE blob_containers SET etag = ?, modified = ?, metadata = ? WHERE id = ?", info.etag,
                    info.modified, encode(info.metadata), id));
  return info;
}

Result<> delete_container(store::Writer& writer, const Context& context, const std::string& account,
                          const std::string& container, const Conditions& conditions) {
  TRY(const auto info, get_container(writer, account, container));
  TRY(check_version(conditions, Version{info.etag, info.modified}, false));
  TRY(const auto place, require_place(writer, account, container));
  if (place.keeping.container_days > 0) {
    const auto deletion = deletion_now(context.clock.now(), place.keeping.container_days);
    TRY(writer.change("INSERT INTO blob_deleted_containers (id, account, name, deleted, expires, " QM_KEPT_COLUMNS
                      ") SELECT id, account, name, ?, ?, " QM_KEPT_COLUMNS " FROM blob_containers WHERE id = ?",
                      deletion.at, deletion.expires, place.id));
  } else {
    TRY(writer.change("INSERT INTO blob_condemned (container) VALUES (?)", place.id));
  }
  TRY(writer.change("DELETE FROM blob_containers WHERE id = ?", place.id));
  return ok();
}

Result<ContainerInfo> restore_container(store::Writer& writer, const Context& context, const std::string& account,
                                        const std::string& deleted_name, std::uint64_t id,
                                        const std::string& container) {
  TRY(const auto existing, find_container(writer, account, container));
  if (existing) {
    return conflict("container {} of account {} exists", container, account);
  }
  TRY(const auto restored,
      writer.change("INSERT INTO blob_containers (id, account, name, " QM_KEPT_COLUMNS
                    ") SELECT id, account, ?, " QM_KEPT_COLUMNS
                    " FROM blob_deleted_containers WHERE account = ? AND name = ? AND id = ? AND expires > ?",
                    as_bytes(container), account, as_bytes(deleted_name), id, context.clock.now()));
  if (restored == 0) {
    return not_found("deleted container {} of account {}", deleted_name, account);
  }
  TRY(writer.change("DELETE FROM blob_deleted_containers WHERE id = ?", id));
  return get_container(writer, account, container);
}

Result<bool> delete_some_containers(store::Writer& writer, const std::string& account) {
  std::string last;
  TRY(const bool more, writer.first(
                           "SELECT name FROM blob_containers WHERE account = ? ORDER BY name LIMIT 1 OFFSET ?",
                           [&](const store::Row& row) { last = as_text(row.blob(0)); }, account, kDeletedAtOnce));
  if (more) {
    TRY(
        writer.change("INSERT INTO blob_condemned (container)"
                      " SELECT id FROM blob_containers WHERE account = ? AND name < ?",
                      account, as_bytes(last)));
    TRY(writer.change("DELETE FROM blob_containers WHERE account = ? AND name < ?", account, as_bytes(last)));
    return true;
  }
  TRY(writer.change("INSERT INTO blob_condemned (container) SELECT id FROM blob_containers WHERE account = ?",
                    account));
  TRY(writer.change("DELETE FROM blob_containers WHERE account = ?", account));
  TRY(const auto deleted, writer.change("INSERT INTO blob_condemned (container)"
                                        " SELECT id FROM blob_deleted_containers WHERE account = ? ORDER BY id LIMIT ?",
                                        account, kDeletedAtOnce));
  TRY(
      writer.change("DELETE FROM blob_deleted_containers WHERE account = ? AND id IN"
                    " (SELECT container FROM blob_condemned)",
                    account));
  TRY(writer.change("DELETE FROM blob_accounts WHERE account = ?", account));
  return deleted == kDeletedAtOnce;
}

Result<ContainerPage> list_containers(store::Reader& reader, const std::string& account, const std::string& prefix,
                                      const std::string& marker, std::size_t limit, std::optional<Time> now) {
  const KeyRange range(prefix);
  auto from = range.from;
  std::int64_t from_id = 0;
  if (!marker.empty()) {
    TRY(auto marked, decode_state_marker(kContainerMarker, kDeletedMarker, marker));
    if (marked.name >= from) {
      from = std::move(marked.name);
      from_id = marked.moment;
    }
  }
  ContainerPage page;
  const auto on_row = [&](const store::Row& row) -> Result<> {
    TRY(auto info, read_container(row));
    if (page.containers.size() == limit) {
      // A deleted container's place among those of its name is its id, an existing one's is the last.
      page.next_marker = now ? encode_state_marker(kDeletedMarker, {info.name, row.integer(4)})
                             : encode_marker(kContainerMarker, info.name);
    } else {
      page.containers.push_back(std::move(info));
    }
    return ok();
  };
  if (!now) {
    TRY(
        reader.each("SELECT name, etag, modified, metadata, 9223372036854775807, 0, 0 FROM blob_containers"
                    " WHERE account = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
                    on_row, account, as_bytes(from), as_bytes(range.to), limit + 1));
  } else {
    TRY(
        reader.each("SELECT name, etag, modified, metadata, 9223372036854775807, 0, 0 FROM blob_containers"
                    " WHERE account = ? AND name >= ? AND name < ?"
                    " UNION ALL"
                    " SELECT name, etag, modified, metadata, id, deleted, expires FROM blob_deleted_containers"
                    " WHERE account = ? AND (name, id) >= (?, ?) AND name < ? AND expires > ?"
                    " ORDER BY 1, 5 LIMIT ?",
                    on_row, account, as_bytes(from), as_bytes(range.to), account, as_bytes(from), from_id,
                    as_bytes(range.to), *now, limit + 1));
  }
  return page;
}

}  // namespace quaymaster::blob
