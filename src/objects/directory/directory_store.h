#pragma once

#include <memory>

#include "base/files/disk.h"
#include "objects/object_store.h"

namespace quaymaster::objects {

struct DirectoryOptions {
  std::size_t open_files = 256;  // kept open for reading
};

/// Objects as files below `root`, made when missing. `disk` must outlive the store and its writers. One process at a
/// time (the records' lock sees to that): opening removes what puts left behind that never ended.
/// Format: doc/formats/objects.md.
Result<std::unique_ptr<ObjectStore>> open_directory(Disk& disk, const Path& root, DirectoryOptions options = {});

}  // namespace quaymaster::objects
