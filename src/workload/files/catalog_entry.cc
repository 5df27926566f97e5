#include "workload/files/catalog_entry.h"

#include <algorithm>

namespace quaymaster::workload {
namespace {

constexpr std::uint8_t kKindMask = 0x07;
constexpr std::uint8_t kLinked = 0x08;
constexpr std::uint8_t kAttributed = 0x10;
constexpr std::uint8_t kRacy = 0x20;
constexpr std::uint8_t kChangedMeanwhile = 0x40;
constexpr std::uint64_t kDeepest = 100'000;
constexpr std::uint64_t kLongestName = 4096;

void append_time(Buffer& buffer, const FileTime& time, std::int64_t before) {
  append_signed(buffer, time.seconds - before);
  append_number(buffer, time.nanoseconds);
}

FileTime read_time(Cursor& cursor, std::int64_t before) {
  FileTime time;
  time.seconds = static_cast<std::int64_t>(static_cast<std::uint64_t>(cursor.signed_number()) +
                                           static_cast<std::uint64_t>(before));
  const auto nanoseconds = cursor.number();
  if (nanoseconds >= 1'000'000'000) {
    cursor.fail();
  }
  time.nanoseconds = static_cast<std::uint32_t>(nanoseconds);
  return time;
}

bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.size() <= kLongestName &&
         name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}  // namespace

std::strong_ordering compare_paths(std::string_view a, std::string_view b) {
  const auto common = std::min(a.size(), b.size());
  const auto [x, y] = std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
  if (x == a.begin() + static_cast<std::ptrdiff_t>(common)) {
    return a.size() <=> b.size();
  }
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
  return rank(*x) <=> rank(*y);
}

bool is_within(std::string_view path, std::string_view directory) {
  return directory.empty() ||
         (path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/'));
}

std::string join(std::string_view directory, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path = directory;
  if (!path.empty() && !name.empty()) {
    path += '/';
  }
  path += name;
  return path;
}

std::string_view last_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

void append_entry(Buffer& buffer, const CatalogEntry& catalog_entry, std::string_view name, std::uint64_t depth) {
  const auto& entry = catalog_entry.entry;
  thread_local Buffer body;
  body.clear();
  auto flags = static_cast<std::uint8_t>(entry.kind);
  flags |= entry.links > 1 ? kLinked : 0;
  flags |= entry.attributes.empty() ? 0 : kAttributed;
  flags |= catalog_entry.racy ? kRacy : 0;
  flags |= entry.changed_meanwhile ? kChangedMeanwhile : 0;
  body.push_back(flags);
  append_number(body, depth);
  append_text(body, name);
  append_number(body, entry.mode);
  append_number(body, entry.uid);
  append_number(body, entry.gid);
  append_time(body, entry.modified, 0);
  append_time(body, entry.changed, entry.modified.seconds);
  append_number(body, entry.inode);
  if (entry.links > 1) {
    append_number(body, entry.device);
    append_number(body, entry.links);
  }
  switch (entry.kind) {
    case EntryKind::file:
      append_list(body, catalog_entry.content);
      break;
    case EntryKind::symlink:
      append_text(body, entry.target);
      break;
    case EntryKind::character_device:
    case EntryKind::block_device:
      append_number(body, entry.device_number);
      break;
    default:
      break;
  }
  if (!entry.attributes.empty()) {
    append_number(body, entry.attributes.size());
    for (const auto& [attribute, value] : entry.attributes) {
      append_text(body, attribute);
      append_text(body, as_text(value));
    }
  }
  append_number(buffer, body.size());
  append(buffer, body);
}

Result<std::optional<EntryHead>> read_head(Bytes bytes) {
  Cursor outer(bytes);
  const auto size = outer.number();
  if (outer.failed()) {
    if (bytes.size() < 10) {
      return std::nullopt;
    }
    return corrupt("an entry of the catalog has no size");
  }
  if (size > kLargestEntry) {
    return corrupt("an entry of the catalog has {} bytes", size);
  }
  if (size > outer.rest().size()) {
    return std::nullopt;
  }
  const auto before = bytes.size() - outer.rest().size();
  Cursor cursor(outer.bytes(size));
  EntryHead head;
  const auto flags = cursor.byte();
  head.depth = cursor.number();
  head.name = cursor.text();
  head.size = before + static_cast<std::size_t>(size);
  if (cursor.failed() || (flags & kKindMask) > static_cast<std::uint8_t>(EntryKind::block_device) ||
      (head.depth == 0 ? !head.name.empty() : !is_name(head.name)) || head.depth > kDeepest) {
    return corrupt("an entry of the catalog cannot be read");
  }
  head.kind = static_cast<EntryKind>(flags & kKindMask);
  return head;
}

Result<CatalogEntry> read_entry(Bytes bytes, std::string path) {
  Cursor outer(bytes);
  Cursor cursor(outer.bytes(outer.number()));
  CatalogEntry catalog_entry;
  auto& entry = catalog_entry.entry;
  const auto flags = cursor.byte();
  cursor.number();
  cursor.text();
  entry.path = std::move(path);
  entry.kind = static_cast<EntryKind>(flags & kKindMask);
  catalog_entry.racy = (flags & kRacy) != 0;
  entry.changed_meanwhile = (flags & kChangedMeanwhile) != 0;
  entry.mode = static_cast<std::uint32_t>(cursor.number());
  entry.uid = static_cast<std::uint32_t>(cursor.number());
  entry.gid = static_cast<std::uint32_t>(cursor.number());
  entry.modified = read_time(cursor, 0);
  entry.changed = read_time(cursor, entry.modified.seconds);
  entry.inode = cursor.number();
  if ((flags & kLinked) != 0) {
    entry.device = cursor.number();
    entry.links = cursor.number();
  }
  switch (entry.kind) {
    case EntryKind::file:
      catalog_entry.content = read_list(cursor);
      entry.size = catalog_entry.content.size;
      break;
    case EntryKind::symlink:
      entry.target = cursor.text();
      break;
    case EntryKind::character_device:
    case EntryKind::block_device:
      entry.device_number = cursor.number();
      break;
    default:
      break;
  }
  if ((flags & kAttributed) != 0) {
    const auto count = cursor.number();
    for (std::uint64_t i = 0; i < count && !cursor.failed(); ++i) {
      std::string name(cursor.text());
      const auto value = as_bytes(cursor.text());
      entry.attributes.emplace_back(std::move(name), Buffer(value.begin(), value.end()));
    }
  }
  if (cursor.failed() || !cursor.rest().empty() || entry.mode > 07777) {
    return corrupt("an entry of the catalog cannot be read");
  }
  return catalog_entry;
}

}  // namespace quaymaster::workload
