#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "vault/vault.h"
#include "workload/source.h"

namespace quaymaster::recovery_services {

/// What one capture of an item's source made.
struct CapturedSource {
  Buffer root;           // of the point
  std::string document;  // PointRecord::source
  std::uint64_t bytes = 0;
  Consistency consistency = Consistency::crash;
  bool torn = false;                         // written while it was read: the point may mix two states
  std::vector<workload::Warning> unread;     // items that are not in the point; the first of them
  std::uint64_t unread_count = 0;            //
  std::vector<std::string> changed;          // items that were written while they were read; the first of them
  std::vector<std::string> backed_up_disks;  // of machines that leave disks out
  std::vector<std::string> excluded_disks;
};

/// An item's source, opened for one backup: all disk images of a machine at once, as near to one instant as a program
/// outside the machine can come.
class OpenedSource {
 public:
  virtual ~OpenedSource() = default;
  /// Stores it. `previous`: the root of the item's newest point; what has not changed since is not read again. Errors:
  /// workload::Source::capture, published where a client can do something about them.
  virtual Result<CapturedSource> capture(vault::Session& session, const std::optional<workload::Previous>& previous,
                                         const workload::Heartbeat& heartbeat) = 0;
};

/// Looks the source up and opens it. Errc::not_found, published as UserErrorVmNotFoundV2 or FileShareNotFound: it has
/// vanished. Errc::forbidden: it lies where the server may not read.
Result<std::unique_ptr<OpenedSource>> open_source(Services& services, const ItemRecord& item);

}  // namespace quaymaster::recovery_services
