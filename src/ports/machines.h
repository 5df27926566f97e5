#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/confined.h"
#include "base/files/disk.h"
#include "base/result.h"
#include "store/database.h"

namespace quaymaster::arm {

/// A disk image of a virtual machine, as other providers see it.
struct MachineDisk {
  std::string name;
  std::string id;          // of the managed disk, in the case it was created with
  std::int64_t lun = -1;   // of a data disk; -1: the disk with the operating system
  Path image;              // absolute; was below one of the allowed directories when it was registered
  std::string format;      // "raw" or "qcow2"
  std::uint64_t size = 0;  // virtual size in bytes when it was registered
};

/// A virtual machine as a client described it; nothing runs here.
struct Machine {
  std::string id;  // in the case it was created with
  std::string name;
  std::string subscription;
  std::string group;
  std::string location;
  std::string os_type;  // "Linux" or "Windows"
  std::string vm_id;    // GUID
  std::string size;     // "Standard_DS1_v2": reported to clients, no meaning here
  MachineDisk os_disk;
  std::vector<MachineDisk> data_disks;  // by lun
};

/// An image file to be registered as a managed disk.
struct NewMachineDisk {
  std::string subscription;
  std::string group;
  std::string name;
  std::string location;
  Path image;
};

/// How the backup provider finds and restores virtual machines without depending on the compute provider.
/// Thread-safe.
class Machines {
 public:
  virtual ~Machines() = default;

  /// The id may be in any case. Errc::not_found: no such machine, or the id is not that of a virtual machine.
  virtual Result<Machine> by_id(store::Reader& reader, std::string_view id) = 0;
  /// Up to `limit` machines of the subscription whose lower-case id is greater than `after`, in that order.
  virtual Result<std::vector<Machine>> in_subscription(store::Reader& reader, std::string_view subscription,
                                                       std::string_view after, std::size_t limit) = 0;

  /// The directories that images may be in, with links resolved; from the configuration.
  virtual const std::vector<Path>& image_directories() const = 0;
  /// Returns the path with links resolved if an image may be there: its directory exists and is one of the allowed
  /// ones or below one. Otherwise Errc::forbidden, whether or not the file exists. The file itself need not exist.
  virtual Result<Path> allowed_image(const Path& path) const = 0;
  /// Opens the directory of an allowed image. Call it right before the image is used, and access the directory only
  /// through the result: the path must not be resolved again, since others can replace the directory. `missing`:
  /// whether a missing directory is created. Errc::not_found: it no longer exists. Errc::forbidden: the path now
  /// leads elsewhere.
  enum class Missing { fails, is_made };
  virtual Result<OpenDirectory> open_image_directory(const Path& image, Missing missing) const = 0;

  /// Registers an existing image as a managed disk and returns the disk. Errc::conflict: the name is taken in the
  /// group. Also the errors of allowed_image. Errc::invalid: the file is not a raw or qcow2 image.
  virtual Result<MachineDisk> add_disk(store::Writer& writer, const NewMachineDisk& disk) = 0;
  /// Registers a machine whose disks are already registered. `id` is made from subscription, group and name; an empty
  /// vm_id is generated. Errc::conflict: the name is taken in the group.
  virtual Result<Machine> add_machine(store::Writer& writer, Machine machine) = 0;
  /// Replaces disks of a machine by other registered disks, by lun; -1 is the operating system disk. Disks that are
  /// not named stay. Errc::not_found.
  virtual Result<> swap_disks(store::Writer& writer, std::string_view machine_id,
                              const std::vector<MachineDisk>& disks) = 0;
};

}  // namespace quaymaster::arm
