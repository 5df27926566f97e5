#pragma once

#include <array>
#include <cstdint>

#include "base/clock.h"
#include "base/guid.h"

// Fixed virtual hard disks: the disk's bytes, followed by a one-sector footer. Source: Virtual Hard Disk Image Format
// Specification, Microsoft, 2006, "Hard Disk Footer Format".
namespace quaymaster::recovery_services {

constexpr std::size_t kVhdFooterSize = 512;
/// Azure accepts only disks of whole mebibytes.
constexpr std::uint64_t vhd_disk_size(std::uint64_t size) {
  constexpr std::uint64_t kStep = 1024 * 1024;
  return (size + kStep - 1) / kStep * kStep;
}

/// The footer of a disk of `size` bytes, a multiple of 512.
std::array<std::uint8_t, kVhdFooterSize> vhd_footer(std::uint64_t size, Time made, const Guid& id);

}  // namespace quaymaster::recovery_services
