#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/policies/policy_models.h"
#include "providers/recovery_services/policies/policy_record.h"
#include "providers/recovery_services/policies/retention.h"
#include "providers/recovery_services/policies/schedule.h"
#include "providers/recovery_services/policies/time_zone.h"

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
RetentionMode retention_mode_of(const ItemRecord& item);

}  // namespace quaymaster::recovery_services
