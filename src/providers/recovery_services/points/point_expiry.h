#pragma once

#include <span>
#include <vector>

#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/policies/policy_plan.h"

namespace quaymaster::recovery_services {

/// Used by answers about recovery points and by pruning. A point's lifetime is correct only if `points` holds all
/// points of the item up to kLongestRetentionDay before it.
std::vector<Lifetime> lifetimes_of(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points);
/// The points that have expired.
std::vector<PointRecord> expired_points(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points,
                                        Time now);

}  // namespace quaymaster::recovery_services
