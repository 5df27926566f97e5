#pragma once

#include <memory>

#include "base/files/disk.h"

namespace quaymaster {

/// The open file `descriptor`, which the result closes. `path` is for messages only.
std::unique_ptr<File> system_file(int descriptor, Path path);

}  // namespace quaymaster
