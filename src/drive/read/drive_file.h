#pragma once

#include <cstdint>
#include <memory>

#include "base/files/open_beneath.h"
#include "drive/read/drive_root.h"

namespace quaymaster::drive {

/// A DriveFile over an open regular file of that size.
std::unique_ptr<DriveFile> make_drive_file(Descriptor file, std::uint64_t size);

}  // namespace quaymaster::drive
