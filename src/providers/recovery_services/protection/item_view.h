#pragma once

#include <string>

#include "arm/context.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "providers/recovery_services/protection/items_models.h"

namespace quaymaster::recovery_services {

/// A protected item as clients see it: the only place where wire states are computed from the record.
ItemAnswer item_answer(const arm::Context& context, const VaultRecord& vault, const ItemRecord& item);
/// The part shown only by GET of a single item.
ItemExtendedInfo item_extended_info(const ItemRecord& item, const PointCount& points);

/// "IRPending", "Protected", "ProtectionStopped", "BackupsSuspended".
std::string_view protection_state(const ItemRecord& item);
/// "VM", "AzureFileShare"
std::string_view workload_type(SourceKind kind);
/// "13.23:59:42.8656002": a duration in .NET's format, without a sign; negative durations become zero.
std::string format_span(Ticks span);

}  // namespace quaymaster::recovery_services
