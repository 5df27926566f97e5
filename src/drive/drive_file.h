#pragma once

#include <cstdint>
#include <memory>

#include "drive/drive_root.h"
#include "drive/open_beneath.h"

namespace quaymaster::drive {

/// A DriveFile over an open regular file of that size.
std::unique_ptr<DriveFile> make_drive_file(Descriptor file, std::uint64_t size);

}  // namespace quaymaster::drive
