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

/// A stored policy in the form that scheduling and retention use.
struct Plan {
  TimeZone zone = TimeZone::utc();
  Schedule schedule;
  Retention retention;
  std::string policy_type = "V1";  // "V2": enhanced
  std::int32_t snapshot_days = 0;  // how long a point is reported as instant
  Time since;                      // of a stored one, when it was last changed: earlier runs do not count
};

/// Errc::corrupt: the stored text is not a policy. Errc::unsupported: a policy type that governs nothing here.
Result<PolicyProperties> properties_of(const PolicyRecord& policy);
Result<Plan> plan_of(const PolicyRecord& policy);
/// For properties that check_policy accepts as valid. The same errors.
Result<Plan> plan_of(const PolicyProperties& policy);

/// Whether an item's points expire: they are frozen while its protection is stopped or it is soft-deleted.
RetentionMode retention_mode_of(const ItemRecord& item);

}  // namespace quaymaster::recovery_services
