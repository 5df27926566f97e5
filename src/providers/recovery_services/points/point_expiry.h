#pragma once

#include <span>
#include <vector>

#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/policies/policy_plan.h"

namespace quaymaster::recovery_services {

/// For the answers of recovery points and for pruning. A lifetime is right when `points` holds all of the item that
/// were made up to kLongestRetentionDay before that point.
std::vector<Lifetime> lifetimes_of(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points);
/// The points whose time has come.
std::vector<PointRecord> expired_points(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points,
                                        Time now);

}  // namespace quaymaster::recovery_services
