#pragma once

#include <string_view>

#include "workload/files/part_list.h"
#include "workload/tree.h"

namespace quaymaster::workload {

// One entry of a tree's catalog. Format: doc/formats/tree-catalog.md.

/// Catalog order: parents before their children, children by the bytes of their names, as if "/" were less than any
/// other byte.
std::strong_ordering compare_paths(std::string_view a, std::string_view b);
/// `path` is `directory` or is below it; everything is below "".
bool is_within(std::string_view path, std::string_view directory);
std::string join(std::string_view directory, std::string_view name);
std::string_view last_name(std::string_view path);
std::string_view parent_of(std::string_view path);  // "" for the root's children and for the root

/// Larger attributes are left out, with a warning.
constexpr std::size_t kMostAttributeBytes = 1 * kMiB;
constexpr std::size_t kLargestEntry = 4 * kMiB;

/// What the catalog stores about an entry in addition to what readers see.
struct CatalogEntry {
  TreeEntry entry;
  bool racy = false;  // changed so recently before it was read that its times cannot reveal a further change
  PartList content;   // for files
};

/// `depth`: number of names in the path, 0 for the root.
void append_entry(Buffer& buffer, const CatalogEntry& entry, std::string_view name, std::uint64_t depth);

/// The part of an entry that identifies it and shows whether it has changed; the rest is decoded on demand.
struct EntryHead {
  std::uint64_t depth = 0;
  std::string_view name;  // into the bytes
  EntryKind kind = EntryKind::file;
  std::size_t size = 0;  // of the whole entry in the catalog
};
/// Errc::corrupt; nullopt: `bytes` ends before the entry does.
Result<std::optional<EntryHead>> read_head(Bytes bytes);
/// A whole entry; its path is passed in, since the catalog has only its name.
Result<CatalogEntry> read_entry(Bytes bytes, std::string path);

}  // namespace quaymaster::workload
