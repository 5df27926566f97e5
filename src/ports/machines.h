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
  Path image;              // absolute, below one of the allowed directories when it was registered
  std::string format;      // "raw" or "qcow2"
  std::uint64_t size = 0;  // virtual size in bytes when it was registered
};

/// A virtual machine that somebody described to us; nothing runs here.
struct Machine {
  std::string id;  // in the case it was created with
  std::string name;
  std::string subscription;
  std::string group;
  std::string location;
  std::string os_type;  // "Linux" or "Windows"
  std::string vm_id;    // GUID
  std::string size;     // "Standard_DS1_v2": told to clients, no meaning here
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

/// How the provider of backups finds and restores virtual machines, without knowing the compute provider. Thread-safe.
class Machines {
 public:
  virtual ~Machines() = default;

  /// Any case. Errc::not_found: no such machine (or the id is not one of a virtual machine).
  virtual Result<Machine> by_id(store::Reader& reader, std::string_view id) = 0;
  /// Up to `limit` machines of the subscription whose lower-case id is greater than `after`, in that order.
  virtual Result<std::vector<Machine>> in_subscription(store::Reader& reader, std::string_view subscription,
                                                       std::string_view after, std::size_t limit) = 0;

  /// The directories that images may lie in, without links; from the configuration.
  virtual const std::vector<Path>& image_directories() const = 0;
  /// The path without links if an image may lie there: the directory exists and is one of the allowed ones or below.
  /// Errc::forbidden otherwise, whether the file exists or not. The file itself need not exist.
  virtual Result<Path> allowed_image(const Path& path) const = 0;
  /// Opens the directory of an image that was allowed, right before the image is used and for as long as it is: by its
  /// path nobody may reach it again, since others can exchange the directory. `missing`: whether the directory is made.
  /// Errc::not_found: it is gone. Errc::forbidden: it leads elsewhere now.
  enum class Missing { fails, is_made };
  virtual Result<OpenDirectory> open_image_directory(const Path& image, Missing missing) const = 0;

  /// Registers an image that is there as a managed disk and answers it. Errc::conflict: the name is taken in the group.
  /// Errors of allowed_image; of a file that is no raw or qcow2 image: Errc::invalid.
  virtual Result<MachineDisk> add_disk(store::Writer& writer, const NewMachineDisk& disk) = 0;
  /// Registers a machine whose disks are registered already. `id` is made from subscription, group and name; vm_id is
  /// made when it is empty. Errc::conflict: the name is taken in the group.
  virtual Result<Machine> add_machine(store::Writer& writer, Machine machine) = 0;
  /// Puts other registered disks in the place of a machine's own: by lun, the operating system's by -1. Disks that are
  /// not named stay. Errc::not_found.
  virtual Result<> swap_disks(store::Writer& writer, std::string_view machine_id,
                              const std::vector<MachineDisk>& disks) = 0;
};

}  // namespace quaymaster::arm
