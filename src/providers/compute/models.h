#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arm/resource_groups.h"
#include "base/clock.h"
#include "wire/field.h"

// Disks and virtual machines on the wire. Source: the published description of Microsoft.Compute, 2022-08-01
// (virtualMachines) and 2022-07-02 (disks); other members are accepted and ignored.
namespace quaymaster::compute {

enum class OsType { linux_os, windows };
constexpr auto names(OsType) {
  return std::array{wire::name(OsType::linux_os, "Linux"), wire::name(OsType::windows, "Windows")};
}

struct CreationData {
  std::optional<std::string> option, source;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&CreationData::option>("createOption"), wire::field<&CreationData::source>("sourceUri")});
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
    return wire::fields(
        {field<&T::creation>("creationData"), field<&T::os_type>("osType"),
         field<&T::size_gb>("diskSizeGB").read_only(), field<&T::size_bytes>("diskSizeBytes").read_only(),
         field<&T::state>("provisioningState").read_only(), field<&T::disk_state>("diskState").read_only(),
         field<&T::format>("quaymasterImageFormat").read_only(), field<&T::created>("timeCreated").read_only()});
  }
};
struct DiskResource {
  std::optional<std::string> name, id, type, location, managed_by;
  std::optional<arm::Tags> tags;
  std::optional<DiskProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = DiskResource;
    return wire::fields({field<&T::name>("name").read_only(), field<&T::id>("id").read_only(),
                         field<&T::type>("type").read_only(), field<&T::location>("location"),
                         field<&T::managed_by>("managedBy").read_only(), field<&T::tags>("tags"),
                         field<&T::properties>("properties")});
  }
};

struct ManagedDisk {
  std::optional<std::string> id;
  static constexpr auto wire() { return wire::fields({wire::field<&ManagedDisk::id>("id")}); }
};
/// The operating system disk, or a data disk by its lun.
struct VmDisk {
  std::optional<std::int64_t> lun;
  std::optional<OsType> os_type;
  std::optional<std::string> name, option;
  std::optional<ManagedDisk> managed;
  std::optional<std::int64_t> size_gb;
  static constexpr auto wire() {
    using wire::field;
    using T = VmDisk;
    return wire::fields({field<&T::lun>("lun"), field<&T::os_type>("osType"), field<&T::name>("name"),
                         field<&T::option>("createOption"), field<&T::managed>("managedDisk"),
                         field<&T::size_gb>("diskSizeGB").read_only()});
  }
};
struct StorageProfile {
  std::optional<VmDisk> os_disk;
  std::optional<std::vector<VmDisk>> data_disks;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&StorageProfile::os_disk>("osDisk"), wire::field<&StorageProfile::data_disks>("dataDisks")});
  }
};
struct HardwareProfile {
  std::optional<std::string> size;
  static constexpr auto wire() { return wire::fields({wire::field<&HardwareProfile::size>("vmSize")}); }
};
struct NetworkInterface {
  std::optional<std::string> id;
  static constexpr auto wire() { return wire::fields({wire::field<&NetworkInterface::id>("id")}); }
};
struct NetworkProfile {
  std::vector<NetworkInterface> interfaces;
  static constexpr auto wire() { return wire::fields({wire::field<&NetworkProfile::interfaces>("networkInterfaces")}); }
};
struct InstanceStatus {
  std::string code, level, display;
  std::optional<Time> time;
  static constexpr auto wire() {
    using wire::field;
    using T = InstanceStatus;
    return wire::fields({field<&T::code>("code"), field<&T::level>("level"), field<&T::display>("displayStatus"),
                         field<&T::time>("time")});
  }
};
/// The run-time state of a machine.
struct InstanceView {
  std::vector<InstanceStatus> statuses;
  static constexpr auto wire() { return wire::fields({wire::field<&InstanceView::statuses>("statuses")}); }
};
struct VmProperties {
  std::optional<std::string> vm_id;
  std::optional<HardwareProfile> hardware;
  std::optional<StorageProfile> storage;
  std::optional<NetworkProfile> network;
  std::optional<InstanceView> instance;
  std::optional<std::string> state;
  static constexpr auto wire() {
    using wire::field;
    using T = VmProperties;
    return wire::fields({field<&T::vm_id>("vmId").read_only(), field<&T::hardware>("hardwareProfile"),
                         field<&T::storage>("storageProfile"), field<&T::network>("networkProfile").read_only(),
                         field<&T::instance>("instanceView").read_only(),
                         field<&T::state>("provisioningState").read_only()});
  }
};
struct VmResource {
  std::optional<std::string> name, id, type, location;
  std::optional<arm::Tags> tags;
  std::optional<VmProperties> properties;
  static constexpr auto wire() {
    using wire::field;
    using T = VmResource;
    return wire::fields({field<&T::name>("name").read_only(), field<&T::id>("id").read_only(),
                         field<&T::type>("type").read_only(), field<&T::location>("location"), field<&T::tags>("tags"),
                         field<&T::properties>("properties")});
  }
};

struct ResourcePath {
  std::string subscription, group, name;
  static constexpr auto wire() {
    using wire::field;
    using T = ResourcePath;
    return wire::fields(
        {field<&T::subscription>("subscriptionId"), field<&T::group>("resourceGroupName"), field<&T::name>("name")});
  }
};

}  // namespace quaymaster::compute
