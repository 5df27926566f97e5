#include "providers/recovery_services/points/point_expiry.h"

namespace quaymaster::recovery_services {
namespace {

std::vector<RetainedPoint> retained(std::span<const PointRecord> points) {
  std::vector<RetainedPoint> found;
  found.reserve(points.size());
  for (const auto& point : points) {
    found.push_back({point.time, point.on_demand, point.expiry});
  }
  return found;
}

}  // namespace

std::vector<Lifetime> lifetimes_of(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points) {
  return lifetimes(plan.retention, plan.zone, retained(points), retention_mode_of(item));
}

std::vector<PointRecord> expired_points(const Plan& plan, const ItemRecord& item, std::span<const PointRecord> points,
                                        Time now) {
  const auto all = retained(points);
  const auto found = lifetimes(plan.retention, plan.zone, all, retention_mode_of(item));
  std::vector<PointRecord> gone;
  for (const auto i : expired(all, found, now)) {
    gone.push_back(points[i]);
  }
  return gone;
}

}  // namespace quaymaster::recovery_services
