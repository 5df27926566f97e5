#pragma once

#include <memory>

#include "base/files/disk.h"
#include "drive/read/drive_root.h"
#include "standin/faults.h"

namespace quaymaster::standin {

/// The drive with what was ordered for it. Nothing ordered: the drive as it is.
std::unique_ptr<drive::DriveReader> faulty_drive(Faults& faults, std::unique_ptr<drive::DriveRoot> drive);

}  // namespace quaymaster::standin
