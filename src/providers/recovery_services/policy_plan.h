#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "providers/recovery_services/item_record.h"
#include "providers/recovery_services/point_record.h"
#include "providers/recovery_services/policy_models.h"
#include "providers/recovery_services/policy_record.h"
#include "providers/recovery_services/retention.h"
#include "providers/recovery_services/schedule.h"
#include "providers/recovery_services/time_zone.h"

namespace quaymaster::recovery_services {

/// A stored policy as the work behind it reads it.
struct Plan {
  TimeZone zone = TimeZone::utc();
  Schedule schedule;
  Retention retention;
  std::string policy_type = "V1";  // "V2": enhanced
  std::int32_t snapshot_days = 0;  // how long a point is told as instant
  Time since;                      // of a stored one when it was last changed: runs before it do not count
};

/// Errc::corrupt: what is stored is no policy. Errc::unsupported: of a type that governs nothing here.
Result<PolicyProperties> properties_of(const PolicyRecord& policy);
Result<Plan> plan_of(const PolicyRecord& policy);
/// Of properties that check_policy holds to be valid. The same errors.
Result<Plan> plan_of(const PolicyProperties& policy);

/// What is kept of an item's points: frozen while its protection is stopped or it is soft-deleted.
Upkeep upkeep_of(const ItemRecord& item);
/// For the answers of recovery points and for pruning. A fate is right when `points` holds all of the item that were
/// made up to kLongestRetentionDay before that point.
std::vector<Fate> fates_of(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points);
/// The points whose time has come.
std::vector<PointRecord> expired_points(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points,
                                        Time now);

}  // namespace quaymaster::recovery_services
