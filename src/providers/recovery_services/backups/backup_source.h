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

/// The result of one capture of an item's source.
struct CapturedSource {
  Buffer root;           // of the point
  std::string document;  // PointRecord::source
  std::uint64_t bytes = 0;
  Consistency consistency = Consistency::crash;
  bool torn = false;                         // written while it was read: the point may mix two states
  std::vector<workload::Warning> unread;     // items that are not in the point; only the first ones
  std::uint64_t unread_count = 0;            //
  std::vector<std::string> changed;          // items that were written while they were read; only the first ones
  std::vector<std::string> backed_up_disks;  // of machines with excluded disks
  std::vector<std::string> excluded_disks;
};

/// An item's source, opened for one backup. All disk images of a machine are opened together, as close to one instant
/// as is possible from outside the machine.
class OpenedSource {
 public:
  virtual ~OpenedSource() = default;
  /// Stores the source. `previous`: the root of the item's newest point; what has not changed since then is not read
  /// again. Errors: those of workload::Source::capture, published if a client can act on them.
  virtual Result<CapturedSource> capture(vault::Session& session, const std::optional<workload::Previous>& previous,
                                         const workload::Heartbeat& heartbeat) = 0;
};

/// Looks up the source and opens it. Errc::not_found, published as UserErrorVmNotFoundV2 or FileShareNotFound: it no
/// longer exists. Errc::forbidden: it is where the server may not read.
Result<std::unique_ptr<OpenedSource>> open_source(Services& services, const ItemRecord& item);

}  // namespace quaymaster::recovery_services
