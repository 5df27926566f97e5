#pragma once

#include "arm/operation.h"
#include "arm/paging.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/paths.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_models.h"
#include "providers/recovery_services/points/point_record.h"

namespace quaymaster::recovery_services {

/// Recovery points (backup.md 12): handlers of kPointRows, and their expiry. Thread-safe.
class Points {
 public:
  Points(Services& services, OpenVaults& open_vaults) : services_(services), open_vaults_(open_vaults) {}

  Result<arm::Reply<arm::Page<PointResource>>> list(arm::Context& context, const ItemPath& path);
  Result<arm::Reply<PointResource>> get(arm::Context& context, const PointPath& path);
  Result<arm::Reply<>> move(arm::Context& context, const PointPath& path, const MovePoint& request);
  Result<arm::Reply<wire::Json>> recommended_for_move(arm::Context& context, const ItemPath& path);

  /// Removes expired points, for the scheduler. Points that no longer exist are ignored. While a restore of the item
  /// runs, all points stay; the next call removes them.
  Result<> expire(const ItemRecord& item, const std::vector<PointRecord>& points);

 private:
  Services& services_;
  OpenVaults& open_vaults_;
};

}  // namespace quaymaster::recovery_services
