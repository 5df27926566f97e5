#pragma once

#include <memory>

#include "workload/files/handle.h"
#include "workload/tree/catalog.h"

namespace quaymaster::workload {

/// A directory being captured. Kept open by the entries of it that are still to be read.
struct OpenDirectory {
  Handle handle;
  std::string path;
  std::uint64_t depth = 0;
};

/// One entry that was listed and is to be read.
struct WalkedEntry {
  std::shared_ptr<OpenDirectory> parent;  // null for the root
  std::string name;
  std::shared_ptr<OpenDirectory> directory;  // itself, when it is one and could be opened
  std::string path;
  unsigned char type = 0;  // d_type, perhaps DT_UNKNOWN, perhaps no longer true
  std::size_t previous_at = 0;
  std::size_t previous_size = 0;  // 0: the previous point does not have it
};

/// A few entries, in the order of the catalog.
struct WalkedBatch {
  std::vector<WalkedEntry> entries;
  Buffer previous;  // what the previous catalog says about them

  Bytes previous_of(const WalkedEntry& entry) const {
    return Bytes(previous).subspan(entry.previous_at, entry.previous_size);
  }
};

/// Lists a tree in the order of its catalog, a directory at a time, and lines it up with the previous catalog. It stats
/// nothing that the file system's listing tells already: the readers do that, in parallel. Memory: the names of the
/// directories on the way to where it is. One thread at a time.
class TreeWalker {
 public:
  TreeWalker(Handle root, CatalogReader* previous, Warnings& warnings);
  /// False: there are no more.
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
  bool has_previous_ = false;  // previous_ stands on an entry
  Warnings& warnings_;
};

}  // namespace quaymaster::workload
