#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "arm/directory.h"
#include "base/clock.h"
#include "wire/field.h"

// The wire of disks and virtual machines. Source: the published description of Microsoft.Compute, 2022-08-01
// (virtualMachines) and 2022-07-02 (disks); what is not listed is taken and forgotten.
namespace quaymaster::compute {

enum class OsType { linux_os, windows };
constexpr auto names(OsType) {
  return std::array{wire::name(OsType::linux_os, "Linux"), wire::name(OsType::windows, "Windows")};
}

struct CreationData {
  std::optional<std::string> option, source;
  static constexpr auto wire() {
    return std::tuple{wire::field("createOption", &CreationData::option),
                      wire::field("sourceUri", &CreationData::source)};
  }
};
struct DiskProperties {
  std::optional<CreationData> creation;
  std::optional<OsType> os_type;
  std::optional<std::int64_t> size_gb, size_bytes;
  std::optional<std::string> state, disk_state, format;
  std::optional<Time> created;
  static constexpr auto wire() {
    using wire::field;
    using T = DiskProperties;
    return std::tuple{field("creationData", &T::creation),
                      field("osType", &T::os_type),
                      field("diskSizeGB", &T::size_gb).read_only(),
                      field("diskSizeBytes", &T::size_bytes).read_only(),
                      field("provisioningState", &T::state).read_only(),
                      field("diskState", &T::disk_state).read_only(),
                      field("quaymasterImageFormat", &T::format).read_only(),
                      field("timeCreated", &T::created).read_only()};
  }
};
struct DiskResource {
  std::optional<std::string> name, id, type, location, managed_by;
  std::optional<arm::Tags> tags;
  std::optional<DiskProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = DiskResource;
    return std::tuple{field("name", &T::name).read_only(),
                      field("id", &T::id).read_only(),
                      field("type", &T::type).read_only(),
                      field("location", &T::location),
                      field("managedBy", &T::managed_by).read_only(),
                      field("tags", &T::tags),
                      field("properties", &T::properties)};
  }
};

struct ManagedDisk {
  std::optional<std::string> id;
  static constexpr auto wire() { return std::tuple{wire::field("id", &ManagedDisk::id)}; }
};
/// The operating system's disk, or a data disk by its lun.
struct VmDisk {
  std::optional<std::int64_t> lun;
  std::optional<OsType> os_type;
  std::optional<std::string> name, option;
  std::optional<ManagedDisk> managed;
  std::optional<std::int64_t> size_gb;
  static constexpr auto wire() {
    using wire::field;
    using T = VmDisk;
    return std::tuple{field("lun", &T::lun),
                      field("osType", &T::os_type),
                      field("name", &T::name),
                      field("createOption", &T::option),
                      field("managedDisk", &T::managed),
                      field("diskSizeGB", &T::size_gb).read_only()};
  }
};
struct StorageProfile {
  std::optional<VmDisk> os_disk;
  std::optional<std::vector<VmDisk>> data_disks;
  static constexpr auto wire() {
    return std::tuple{wire::field("osDisk", &StorageProfile::os_disk),
                      wire::field("dataDisks", &StorageProfile::data_disks)};
  }
};
struct HardwareProfile {
  std::optional<std::string> size;
  static constexpr auto wire() { return std::tuple{wire::field("vmSize", &HardwareProfile::size)}; }
};
struct VmProperties {
  std::optional<std::string> vm_id;
  std::optional<HardwareProfile> hardware;
  std::optional<StorageProfile> storage;
  std::optional<std::string> state;
  static constexpr auto wire() {
    using wire::field;
    using T = VmProperties;
    return std::tuple{field("vmId", &T::vm_id).read_only(), field("hardwareProfile", &T::hardware),
                      field("storageProfile", &T::storage), field("provisioningState", &T::state).read_only()};
  }
};
struct VmResource {
  std::optional<std::string> name, id, type, location;
  std::optional<arm::Tags> tags;
  std::optional<VmProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = VmResource;
    return std::tuple{
        field("name", &T::name).read_only(), field("id", &T::id).read_only(), field("type", &T::type).read_only(),
        field("location", &T::location),     field("tags", &T::tags),         field("properties", &T::properties)};
  }
};

struct SubscriptionPath {
  std::string subscription;
  static constexpr auto wire() { return std::tuple{wire::field("subscriptionId", &SubscriptionPath::subscription)}; }
};
struct GroupPath {
  std::string subscription, group;
  static constexpr auto wire() {
    using wire::field;
    return std::tuple{field("subscriptionId", &GroupPath::subscription), field("resourceGroupName", &GroupPath::group)};
  }
};
struct ResourcePath {
  std::string subscription, group, name;
  static constexpr auto wire() {
    using wire::field;
    using T = ResourcePath;
    return std::tuple{field("subscriptionId", &T::subscription), field("resourceGroupName", &T::group),
                      field("name", &T::name)};
  }
};

}  // namespace quaymaster::compute
