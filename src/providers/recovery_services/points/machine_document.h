#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ports/machines.h"
#include "wire/field.h"

namespace quaymaster::recovery_services {

/// One disk of a machine when it was backed up.
struct DocumentDisk {
  std::int64_t lun = -1;   // -1: the disk with the operating system
  std::string name;        // of the managed disk
  std::string id;          // its resource id
  std::string image;       // the file it was read from, absolute; used by the server only, never in answers
  std::string format;      // "raw" or "qcow2": of that file
  std::uint64_t size = 0;  // in bytes
  bool included = true;    // false: excluded by the item's settings, so its bytes are not in the point
  static constexpr auto wire() {
    using wire::field;
    using D = DocumentDisk;
    return wire::fields({field<&D::lun>("lun"), field<&D::name>("name"), field<&D::id>("id"), field<&D::image>("image"),
                         field<&D::format>("format"), field<&D::size>("size"), field<&D::included>("included")});
  }
};

/// The configuration of a machine when it was backed up: the document of its point's bundle
/// (workload/bundle/bundle.h), and PointRecord::source of its points. Restores rebuild the machine from it. It is
/// stored as long as the point lives, so these names must stay readable.
struct MachineDocument {
  std::string id;
  std::string name;
  std::string subscription;
  std::string group;
  std::string location;
  std::string os_type;  // "Linux" or "Windows"
  std::string vm_id;
  std::string vm_size;
  std::vector<DocumentDisk> disks;  // the operating system disk first, then by lun; includes excluded disks
  static constexpr auto wire() {
    using wire::field;
    using M = MachineDocument;
    return wire::fields({field<&M::id>("id"), field<&M::name>("name"), field<&M::subscription>("subscription"),
                         field<&M::group>("resourceGroup"), field<&M::location>("location"),
                         field<&M::os_type>("osType"), field<&M::vm_id>("vmId"), field<&M::vm_size>("vmSize"),
                         field<&M::disks>("disks")});
  }

  bool leaves_disks_out() const { return !std::ranges::all_of(disks, &DocumentDisk::included); }
};

/// "lun-1", "lun0": the name of a disk's part in the bundle.
inline std::string part_name(std::int64_t lun) {
  return "lun" + std::to_string(lun);
}

}  // namespace quaymaster::recovery_services
