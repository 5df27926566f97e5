#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "arm/context.h"
#include "providers/recovery_services/item_record.h"
#include "providers/recovery_services/point_record.h"
#include "wire/field.h"

// Recovery points on the wire. Source: recorded traffic of 2024, backup.md 12.
namespace quaymaster::recovery_services {

/// In words from 2021-01-01 on, in numbers before (backup.md 2.3).
struct PointTier {
  wire::Json type;
  wire::Json status;
  static constexpr auto wire() {
    return std::tuple{wire::field("type", &PointTier::type), wire::field("status", &PointTier::status)};
  }
};

struct PointDisk {
  std::int64_t lun = 0;
  std::string name;
  static constexpr auto wire() {
    return std::tuple{wire::field("lun", &PointDisk::lun), wire::field("name", &PointDisk::name)};
  }
};

struct PointDisks {
  std::int64_t included_count = 0;
  std::int64_t attached_count = 0;
  std::optional<std::vector<PointDisk>> included;  // only of one point, not in lists
  std::optional<std::vector<PointDisk>> excluded;
  static constexpr auto wire() {
    using wire::field;
    using P = PointDisks;
    return std::tuple{field("numberOfDisksIncludedInBackup", &P::included_count),
                      field("numberOfDisksAttachedToVm", &P::attached_count), field("includedDiskList", &P::included),
                      field("excludedDiskList", &P::excluded)};
  }
};

struct PointLife {
  std::optional<std::string> expiry;  // "2024-06-14T00:00:00.0000000": seven digits, no Z
  std::string rule;                   // "On-Demand", "Daily", …
  bool is_soft_deleted = false;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("expiryTime", &PointLife::expiry), field("ruleName", &PointLife::rule),
                      field("isSoftDeleted", &PointLife::is_soft_deleted)};
  }
};

struct MachinePoint {
  std::string object_type = "IaasVMRecoveryPoint";
  std::string type;
  Time time;
  std::string additional_info;
  std::string storage_type = "NormalStorage";
  bool is_encrypted = false;
  bool is_mounted = false;
  std::vector<PointTier> tiers;
  bool is_managed = true;
  std::string vm_size;
  bool original_storage_account = false;
  std::string os_type;
  std::optional<PointDisks> disks;  // only when some were left out
  wire::Json move_readiness{
      R"({"ArchivedRP":{"isReadyForMove":false,"additionalInfo":"This server has no archive tier."}})"};
  std::string security_type = "None";
  PointLife life;
  bool is_private = false;
  std::string policy_type;
  std::int64_t threat_status = 0;
  static constexpr auto wire() {
    using wire::field;
    using P = MachinePoint;
    return std::tuple{field("objectType", &P::object_type),
                      field("recoveryPointType", &P::type),
                      field("recoveryPointTime", &P::time),
                      field("recoveryPointAdditionalInfo", &P::additional_info),
                      field("sourceVMStorageType", &P::storage_type),
                      field("isSourceVMEncrypted", &P::is_encrypted),
                      field("isInstantIlrSessionActive", &P::is_mounted),
                      field("recoveryPointTierDetails", &P::tiers),
                      field("isManagedVirtualMachine", &P::is_managed),
                      field("virtualMachineSize", &P::vm_size),
                      field("originalStorageAccountOption", &P::original_storage_account),
                      field("osType", &P::os_type),
                      field("recoveryPointDiskConfiguration", &P::disks),
                      field("recoveryPointMoveReadinessInfo", &P::move_readiness),
                      field("securityType", &P::security_type),
                      field("recoveryPointProperties", &P::life),
                      field("isPrivateAccessEnabledOnAnyDisk", &P::is_private),
                      field("createdWithPolicyType", &P::policy_type),
                      field("threatStatus", &P::threat_status)};
  }
};

struct SharePoint {
  std::string object_type = "AzureFileShareRecoveryPoint";
  std::string type;
  Time time;  // whole seconds
  std::string snapshot_uri;
  std::int64_t size_gb = 0;
  std::vector<PointTier> tiers;
  PointLife life;
  static constexpr auto wire() {
    using wire::field;
    using P = SharePoint;
    return std::tuple{field("objectType", &P::object_type),        field("recoveryPointType", &P::type),
                      field("recoveryPointTime", &P::time),        field("fileShareSnapshotUri", &P::snapshot_uri),
                      field("recoveryPointSizeInGB", &P::size_gb), field("recoveryPointTierDetails", &P::tiers),
                      field("recoveryPointProperties", &P::life)};
  }
};

struct PointResource {
  std::string id;
  std::string name;
  std::string type =
      "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints";
  wire::Json properties;
  static constexpr auto wire() {
    using wire::field;
    using P = PointResource;
    return std::tuple{field("id", &P::id), field("name", &P::name), field("type", &P::type),
                      field("properties", &P::properties)};
  }
};

struct MovePoint {
  std::optional<std::string> source;
  std::optional<std::string> target;
  static constexpr auto wire() {
    return std::tuple{wire::field("sourceTierType", &MovePoint::source),
                      wire::field("targetTierType", &MovePoint::target)};
  }
};

enum class PointView { list, single };

/// How long a point lives and by which rule.
struct PointRule {
  std::string name;
  std::optional<Time> expiry;
};

/// The one way from a record to the wire. `item_path` comes from item_path(); Errc::corrupt: the stored source.
Result<PointResource> point_answer(const arm::Context& context, const ItemRecord& item, const PointRecord& point,
                                   const PointRule& rule, std::string_view item_path, PointView view);

}  // namespace quaymaster::recovery_services
