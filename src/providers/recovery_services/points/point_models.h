#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arm/context.h"
#include "providers/recovery_services/items/item_record.h"
#include "providers/recovery_services/points/point_record.h"
#include "wire/field.h"

// Recovery points on the wire. Source: recorded traffic of 2024, backup.md 12.
namespace quaymaster::recovery_services {

/// As words or as numbers (versions.h).
struct PointTier {
  wire::Json type;
  wire::Json status;
  static constexpr auto wire() {
    return wire::fields({wire::field<&PointTier::type>("type"), wire::field<&PointTier::status>("status")});
  }
};

struct PointDisk {
  std::int64_t lun = 0;
  std::string name;
  static constexpr auto wire() {
    return wire::fields({wire::field<&PointDisk::lun>("lun"), wire::field<&PointDisk::name>("name")});
  }
};

struct PointDisks {
  std::int64_t included_count = 0;
  std::int64_t attached_count = 0;
  std::optional<std::vector<PointDisk>> included;  // only in the answer about one point, not in lists
  std::optional<std::vector<PointDisk>> excluded;
  static constexpr auto wire() {
    using wire::field;
    using P = PointDisks;
    return wire::fields({field<&P::included_count>("numberOfDisksIncludedInBackup"),
                         field<&P::attached_count>("numberOfDisksAttachedToVm"),
                         field<&P::included>("includedDiskList"), field<&P::excluded>("excludedDiskList")});
  }
};

struct PointLife {
  std::optional<std::string> expiry;  // "2024-06-14T00:00:00.0000000": seven digits, no Z
  std::string rule;                   // "On-Demand", "Daily", …
  bool is_soft_deleted = false;
  static constexpr auto wire() {
    using wire::field;
    return wire::fields({field<&PointLife::expiry>("expiryTime"), field<&PointLife::rule>("ruleName"),
                         field<&PointLife::is_soft_deleted>("isSoftDeleted")});
  }
};

struct MachinePoint {
  std::string object_type = "IaasVMRecoveryPoint";
  std::string type;
  Time time;
  std::string additional_info;
  std::string storage_type;
  bool is_encrypted = false;
  bool is_mounted = false;
  std::vector<PointTier> tiers;
  bool is_managed = true;
  std::string vm_size;
  bool original_storage_account = false;
  std::string os_type;
  std::optional<PointDisks> disks;  // only if some were excluded
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
    return wire::fields(
        {field<&P::object_type>("objectType"), field<&P::type>("recoveryPointType"),
         field<&P::time>("recoveryPointTime"), field<&P::additional_info>("recoveryPointAdditionalInfo"),
         field<&P::storage_type>("sourceVMStorageType"), field<&P::is_encrypted>("isSourceVMEncrypted"),
         field<&P::is_mounted>("isInstantIlrSessionActive"), field<&P::tiers>("recoveryPointTierDetails"),
         field<&P::is_managed>("isManagedVirtualMachine"), field<&P::vm_size>("virtualMachineSize"),
         field<&P::original_storage_account>("originalStorageAccountOption"), field<&P::os_type>("osType"),
         field<&P::disks>("recoveryPointDiskConfiguration"),
         field<&P::move_readiness>("recoveryPointMoveReadinessInfo"), field<&P::security_type>("securityType"),
         field<&P::life>("recoveryPointProperties"), field<&P::is_private>("isPrivateAccessEnabledOnAnyDisk"),
         field<&P::policy_type>("createdWithPolicyType"), field<&P::threat_status>("threatStatus")});
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
    return wire::fields({field<&P::object_type>("objectType"), field<&P::type>("recoveryPointType"),
                         field<&P::time>("recoveryPointTime"), field<&P::snapshot_uri>("fileShareSnapshotUri"),
                         field<&P::size_gb>("recoveryPointSizeInGB"), field<&P::tiers>("recoveryPointTierDetails"),
                         field<&P::life>("recoveryPointProperties")});
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
    return wire::fields(
        {field<&P::id>("id"), field<&P::name>("name"), field<&P::type>("type"), field<&P::properties>("properties")});
  }
};

struct MovePoint {
  std::optional<std::string> source;
  std::optional<std::string> target;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&MovePoint::source>("sourceTierType"), wire::field<&MovePoint::target>("targetTierType")});
  }
};

enum class PointView { list, single };

/// How long a point lives, and by which rule.
struct PointRule {
  std::string name;
  std::optional<Time> expiry;
};

/// The only conversion from a record to the wire. `item_path` comes from item_path(). Errc::corrupt: the stored
/// source.
Result<PointResource> point_answer(const arm::Context& context, const ItemRecord& item, const PointRecord& point,
                                   const PointRule& rule, std::string_view item_path, PointView view);

}  // namespace quaymaster::recovery_services
