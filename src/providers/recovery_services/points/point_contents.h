#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "arm/operation.h"
#include "arm/paging.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/points/point_record.h"
#include "wire/field.h"

namespace quaymaster::recovery_services {

/// An entry in a point: a file or directory of a share, or a disk of a machine.
struct PointEntry {
  std::string name;
  std::string type;  // "File", "Directory", "Symlink", "Fifo", "Socket", "CharacterDevice", "BlockDevice", "Disk"
  std::optional<std::uint64_t> size;
  std::optional<std::string> mode;      // four octal digits
  std::optional<std::string> modified;  // ISO 8601
  std::optional<std::string> target;    // of a symlink
  std::optional<std::int64_t> lun;      // of a disk
  std::optional<std::string> raw_name;  // base64, of a name that is not UTF-8
  static constexpr auto wire() {
    using wire::field;
    using T = PointEntry;
    return wire::fields({field<&T::name>("name"), field<&T::type>("type"), field<&T::size>("size"),
                         field<&T::mode>("mode"), field<&T::modified>("modified"), field<&T::target>("target"),
                         field<&T::lun>("lun"), field<&T::raw_name>("nameBase64")});
  }
};

/// Lets clients read the contents of recovery points without restoring them: an extension for our own command line. The
/// permission is that of a restore. Handlers of kContentRows; they read the vault, so they block. Thread-safe.
class PointContents {
 public:
  /// Largest answer of `content`. A longer range is answered in part; an entry that is larger must be requested by
  /// ranges.
  static constexpr std::uint64_t kMostBytes = 8 * kMiB;

  PointContents(Services& services, OpenVaults& open_vaults) : services_(services), open_vaults_(open_vaults) {}

  /// GET …/quaymasterEntries?path=: the entries of that directory, by name; for a machine, its disks.
  Result<arm::Reply<arm::Page<PointEntry>>> entries(arm::Context& context, const PointPath& path);
  /// GET …/quaymasterContent?path=: the bytes of that file or disk that the Range header names. A 206 reports in
  /// Content-Range which bytes they are and the total size.
  Result<arm::Reply<std::string>> content(arm::Context& context, const PointPath& path);

 private:
  struct Opened;
  Result<Opened> open(arm::Context& context, const PointPath& path);

  Services& services_;
  OpenVaults& open_vaults_;
};

}  // namespace quaymaster::recovery_services
