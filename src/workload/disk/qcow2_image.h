#pragma once

#include "workload/disk/raw_image.h"
#include "workload/image/qcow2_header.h"

namespace quaymaster::workload {

// QEMU's image format, versions 2 and 3. Source: qemu, docs/interop/qcow2.txt. Numbers in it are big endian.

constexpr std::uint64_t kQcow2Copied = std::uint64_t{1} << 63;      // L1 and L2: the cluster's reference count is one
constexpr std::uint64_t kQcow2Compressed = std::uint64_t{1} << 62;  // L2
constexpr std::uint64_t kQcow2Zero = 1;                             // L2, version 3
constexpr std::uint64_t kQcow2Offset = 0x00FF'FFFF'FFFF'FE00;       // L1 and L2

/// Reads it in place; foreign bytes are checked before they are used, and no other file is opened whatever they name.
/// Errors as open_image.
Result<std::unique_ptr<DiskImage>> qcow2_image(ImageFile file);

}  // namespace quaymaster::workload
