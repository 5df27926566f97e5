#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files/disk.h"

namespace quaymaster::objects {

/// Up to `limit` names of the files below `root` that begin with `prefix` and are greater than `after`, in byte order
/// of the whole name. Holds the entries of one directory per level in memory; files that are not valid object names are
/// skipped.
Result<std::vector<std::string>> list_files(Disk& disk, const Path& root, std::string_view prefix,
                                            std::string_view after, std::size_t limit);

}  // namespace quaymaster::objects
