#include "blob/records/containers.h"

#include "blob/conditions.h"
#include "blob/records/key_range.h"
#include "blob/records/marker.h"

namespace quaymaster::blob {
namespace {

/// How many containers of an account are deleted in one transaction.
constexpr int kDeletedAtOnce = 500;
constexpr char kContainerMarker = '2';

Result<ContainerInfo> read_container(const store::Row& row) {
  ContainerInfo info;
  info.name = as_text(row.blob(0));
  info.etag = static_cast<std::uint64_t>(row.integer(1));
  info.modified = row.time(2);
  TRY(info.metadata, decode_metadata(row.blob(3)));
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
      "SELECT name, etag, modified, metadata FROM blob_containers WHERE account = ? AND name = ?",
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
  ContainerInfo info{container, static_cast<std::uint64_t>(context.sequence.next()), context.clock.now(), metadata};
  TRY(writer.change("UPDATE blob_containers SET etag = ?, modified = ?, metadata = ? WHERE id = ?", info.etag,
                    info.modified, encode(info.metadata), id));
  return info;
}

Result<> delete_container(store::Writer& writer, const std::string& account, const std::string& container,
                          const Conditions& conditions) {
  TRY(const auto info, get_container(writer, account, container));
  TRY(check_version(conditions, Version{info.etag, info.modified}, false));
  TRY(const auto id, require_container(writer, account, container));
  TRY(writer.change("INSERT INTO blob_condemned (container) VALUES (?)", id));
  TRY(writer.change("DELETE FROM blob_containers WHERE id = ?", id));
  return ok();
}

Result<bool> delete_some_containers(store::Writer& writer, const std::string& account) {
  std::string last;
  TRY(const bool more, writer.first(
                           "SELECT name FROM blob_containers WHERE account = ? ORDER BY name LIMIT 1 OFFSET ?",
                           [&](const store::Row& row) { last = as_text(row.blob(0)); }, account, kDeletedAtOnce));
  if (!more) {
    TRY(writer.change("INSERT INTO blob_condemned (container) SELECT id FROM blob_containers WHERE account = ?",
                      account));
    TRY(writer.change("DELETE FROM blob_containers WHERE account = ?", account));
    return false;
  }
  TRY(
      writer.change("INSERT INTO blob_condemned (container)"
                    " SELECT id FROM blob_containers WHERE account = ? AND name < ?",
                    account, as_bytes(last)));
  TRY(writer.change("DELETE FROM blob_containers WHERE account = ? AND name < ?", account, as_bytes(last)));
  return true;
}

Result<ContainerPage> list_containers(store::Reader& reader, const std::string& account, const std::string& prefix,
                                      const std::string& marker, std::size_t limit) {
  const KeyRange range(prefix);
  auto from = range.from;
  if (!marker.empty()) {
    TRY(auto marked, decode_marker(kContainerMarker, marker));
    from = std::max(from, std::move(marked));
  }
  ContainerPage page;
  TRY(reader.each(
      "SELECT name, etag, modified, metadata FROM blob_containers"
      " WHERE account = ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
      [&](const store::Row& row) -> Result<> {
        TRY(auto info, read_container(row));
        if (page.containers.size() == limit) {
          page.next_marker = encode_marker(kContainerMarker, info.name);
        } else {
          page.containers.push_back(std::move(info));
        }
        return ok();
      },
      account, as_bytes(from), as_bytes(range.to), limit + 1));
  return page;
}

}  // namespace quaymaster::blob
