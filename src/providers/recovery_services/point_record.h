#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "store/database.h"

namespace quaymaster::recovery_services {

enum class Consistency { application, file_system, crash };

/// A recovery point as it is stored, beside the engine's (vault::Point) that has the data.
struct PointRecord {
  Guid id;                // of vault::Point
  Guid item;              // ItemRecord::id
  std::int64_t name = 0;  // its name on the wire: positive, unique in the item
  Time time;              // when the source was read
  Consistency consistency = Consistency::crash;
  bool on_demand = false;
  std::optional<Time> expiry;         // of points asked for; scheduled ones live by the policy
  std::string policy_type;            // "V1", "V2": of the policy it was made under
  std::optional<Time> instant_until;  // InstantRP is told until then
  std::string source;                 // JSON: what the source was like (machine: disks, size, os; share: nothing)
  std::uint64_t bytes = 0;            // of the source
  std::uint64_t bytes_new = 0;        // that the vault did not have
};

/// Tables of the points' area, for open_sqlite.
store::Schema points_schema();

/// Newest first. `from` and `to` bound the time, both inclusive.
Result<std::vector<PointRecord>> points_of(store::Reader& reader, const Guid& item, std::optional<Time> from = {},
                                           std::optional<Time> to = {});
/// By its name on the wire. Errc::not_found, published as BMSUserErrorRecoveryPointNotFound.
Result<PointRecord> find_point(store::Reader& reader, const Guid& item, std::string_view name);
struct PointCount {
  std::int64_t count = 0;
  std::optional<Time> oldest;
};
Result<PointCount> count_points(store::Reader& reader, const Guid& item);

}  // namespace quaymaster::recovery_services
