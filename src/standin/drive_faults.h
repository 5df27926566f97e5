#pragma once

#include <memory>

#include "base/disk.h"
#include "drive/drive_root.h"
#include "standin/faults.h"

namespace quaymaster::standin {

/// The drive at `directory`, with what was ordered for it. Nothing ordered: the drive as it is. Errors as
/// drive::DriveRoot::at.
Result<std::unique_ptr<drive::DriveReader>> open_faulty_drive(Faults& faults, const Path& directory);

}  // namespace quaymaster::standin
