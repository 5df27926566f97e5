#pragma once

#include <memory>

#include "base/files/disk.h"
#include "drive/read/drive_root.h"
#include "standin/faults.h"

namespace quaymaster::standin {

/// The drive with the faults that were ordered for it; without any, the drive unchanged.
std::unique_ptr<drive::DriveReader> faulty_drive(Faults& faults, std::unique_ptr<drive::DriveRoot> drive);

}  // namespace quaymaster::standin
