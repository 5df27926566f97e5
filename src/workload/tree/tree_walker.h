#pragma once

#include <memory>

#include "workload/files/handle.h"
#include "workload/tree/catalog.h"

namespace quaymaster::workload {

/// A directory being captured. Kept open by its entries that are still to be read.
struct OpenDirectory {
  Handle handle;
  std::string path;
  std::uint64_t depth = 0;
};

/// One listed entry that is to be read.
struct WalkedEntry {
  std::shared_ptr<OpenDirectory> parent;  // null for the root
  std::string name;
  std::shared_ptr<OpenDirectory> directory;  // the entry itself, when it is a directory and could be opened
  std::string path;
  unsigned char type = 0;  // d_type: may be DT_UNKNOWN or out of date
  std::size_t previous_at = 0;
  std::size_t previous_size = 0;  // 0: not in the previous point
};

/// A few entries, in catalog order.
struct WalkedBatch {
  std::vector<WalkedEntry> entries;
  Buffer previous;  // their entries in the previous catalog

  Bytes previous_of(const WalkedEntry& entry) const {
    return Bytes(previous).subspan(entry.previous_at, entry.previous_size);
  }
};

/// Lists a tree in catalog order, one directory at a time, and matches it with the previous catalog. Does not stat
/// entries when the listing suffices: the readers do that in parallel. Memory: the names in the directories on the
/// current path. One thread at a time.
class TreeWalker {
 public:
  TreeWalker(Handle root, CatalogReader* previous, Warnings& warnings);
  /// False: the end.
  bool next(WalkedBatch& batch);

 private:
  struct Level {
    std::shared_ptr<OpenDirectory> directory;
    std::vector<NamedType> names;
    std::size_t at = 0;
  };
  void add(WalkedBatch& batch, WalkedEntry entry);
  void enter(std::shared_ptr<OpenDirectory> directory);
  std::shared_ptr<OpenDirectory> open(const OpenDirectory& parent, const std::string& name, const std::string& path);
  void look_up(WalkedBatch& batch, WalkedEntry& entry);

  std::shared_ptr<OpenDirectory> root_;  // until the first batch
  std::vector<Level> levels_;
  CatalogReader* previous_;
  bool has_previous_ = false;  // previous_ is positioned at an entry
  Warnings& warnings_;
};

}  // namespace quaymaster::workload
