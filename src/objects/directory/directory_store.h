#pragma once

#include <memory>

#include "base/files/disk.h"
#include "objects/object_store.h"

namespace quaymaster::objects {

struct DirectoryOptions {
  std::size_t open_files = 256;  // kept open for reading
};

/// Objects as files below `root`, which is created when missing. `disk` must outlive the store and its writers. Only
/// one process at a time (the lock of the records ensures that): opening removes the remains of unfinished puts.
/// Format: doc/formats/objects.md.
Result<std::unique_ptr<ObjectStore>> open_directory(Disk& disk, const Path& root, DirectoryOptions options = {});

}  // namespace quaymaster::objects
