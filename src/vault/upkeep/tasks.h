#pragma once

#include "vault/core/core.h"

namespace quaymaster::vault {

/// Long-running work on a whole vault. Each runs concurrently with backups and restores.
Result<CheckReport> check_vault(Core& core, CheckDepth depth, const Heartbeat& heartbeat);
Result<CollectReport> collect_vault(Core& core, const Heartbeat& heartbeat, const store::Fence& fence);

/// Ids of all points with a row, oldest first.
Result<std::vector<Guid>> point_ids(Core& core);
/// Reads one point's object. Errc::not_found, Errc::corrupt.
Result<Point> load_point(Core& core, const Guid& id);
/// Calls `visit` for every extent that the point needs.
Result<> trace_point(Core& core, const Point& point, const std::function<Result<>(const StreamPart&)>& visit);

}  // namespace quaymaster::vault
