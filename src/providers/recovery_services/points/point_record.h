#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guid.h"
#include "base/result.h"
#include "store/database.h"
#include "vault/vault.h"

namespace quaymaster::recovery_services {

enum class Consistency { application, file_system, crash };

/// A recovery point as it is stored, in addition to the engine's vault::Point, which holds the data.
struct PointRecord {
  Guid id;                // of vault::Point
  Guid item;              // ItemRecord::id
  std::int64_t name = 0;  // its name on the wire: positive, unique in the item
  Time time;              // when the source was read
  Consistency consistency = Consistency::crash;
  bool on_demand = false;
  std::optional<Time> expiry;         // of on-demand points; scheduled ones expire by the policy
  std::string policy_type;            // "V1", "V2": of the policy it was made under
  std::optional<Time> instant_until;  // InstantRP is reported until then
  std::string source;                 // JSON: MachineDocument of a machine; of a share "{}"
  std::uint64_t bytes = 0;            // of the source
  std::uint64_t bytes_new = 0;        // bytes that the vault did not have before
  std::optional<Guid> job;            // the job that made it; a job makes at most one point
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
/// The newest point, which the next backup compares against.
Result<std::optional<PointRecord>> newest_point(store::Reader& reader, const Guid& item);
/// By the engine's id.
Result<std::optional<PointRecord>> point_by_id(store::Reader& reader, const Guid& id);
/// The point that a job made, if it got that far.
Result<std::optional<PointRecord>> point_of_job(store::Reader& reader, const Guid& job);

/// Selects a part of a list. Order: newest first, then by descending name.
struct PointPage {
  std::optional<Time> from;  // both inclusive
  std::optional<Time> to;
  std::optional<std::pair<Time, std::int64_t>> after;  // time and name of the last one returned before
  std::size_t limit = 0;
};
Result<std::vector<PointRecord>> list_points(store::Reader& reader, const Guid& item, const PointPage& page);

/// Called in the transaction that creates the engine's point. Errc::conflict: the name or the job is taken.
Result<> insert_point(store::Writer& writer, const PointRecord& point);
/// Names are numbers that imply no order (backup.md 12).
std::int64_t new_point_name(RandomSource& random);

/// Removes one point, also from the engine; the next collect reclaims its space. False: it had already been removed.
Result<bool> remove_point(store::Writer& writer, vault::Vault& vault, const PointRecord& point);
/// Removes only the rows of an item whose vault is deleted; the engine's points went with the vault.
Result<> forget_points(store::Writer& writer, const Guid& item);
/// Removes up to `limit` points of the item; returns how many.
Result<std::int64_t> remove_points(store::Writer& writer, vault::Vault& vault, const Guid& item, std::size_t limit);
/// How many points one transaction removes; other writers wait for it.
inline constexpr std::size_t kPointsAtOnce = 100;

}  // namespace quaymaster::recovery_services
