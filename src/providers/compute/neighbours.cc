// What other providers see of machines, and how restores register them.
#include <algorithm>

#include "arm/errors.h"
#include "base/encode.h"
#include "providers/compute/errors.h"
#include "providers/compute/image.h"
#include "providers/compute/machines.h"
#include "providers/compute/records.h"

namespace quaymaster::compute {
namespace {

constexpr std::size_t kAtOnce = 200;  // rows per transaction

arm::MachineDisk disk_of(const DiskRecord& record, std::int64_t lun) {
  return {record.name, record.id(), lun, record.image, record.format, record.size};
}

}  // namespace

Result<arm::Machine> Machines::told(store::Reader& reader, const MachineRecord& record) {
  arm::Machine machine;
  machine.id = record.id();
  machine.name = record.name;
  machine.subscription = record.subscription;
  machine.group = record.group;
  machine.location = record.location;
  machine.os_type = wire::text_of(record.document.os_type);
  machine.vm_id = record.vm_id;
  machine.size = record.document.size;
  const auto find = [&](const std::string& id, std::int64_t lun) -> Result<arm::MachineDisk> {
    TRY(const auto disk, records::disk(reader, id));
    return disk ? Result<arm::MachineDisk>(disk_of(*disk, lun))
                : corrupt("the machine {} has the disk {}, which does not exist", record.id(), id);
  };
  TRY(machine.os_disk, find(record.document.os_disk, -1));
  for (const auto& data : record.document.data) {
    TRY(auto disk, find(data.disk, data.lun));
    machine.data_disks.push_back(std::move(disk));
  }
  return machine;
}

Result<arm::Machine> Machines::by_id(store::Reader& reader, std::string_view id) {
  TRY(const auto record, records::machine(reader, id));
  if (!record) {
    return not_found("there is no virtual machine {}", id);
  }
  return told(reader, *record);
}

Result<std::vector<arm::Machine>> Machines::in_subscription(store::Reader& reader, std::string_view subscription,
                                                            std::string_view after, std::size_t limit) {
  TRY(const auto records, records::machines(reader, subscription, {}, after, limit));
  std::vector<arm::Machine> machines;
  for (const auto& record : records) {
    TRY(auto machine, told(reader, record));
    machines.push_back(std::move(machine));
  }
  return machines;
}

Result<arm::MachineDisk> Machines::add_disk(store::Writer& writer, const arm::NewMachineDisk& disk) {
  TRY(const auto group, groups_.require_group(writer, disk.subscription, disk.group));
  TRY(const auto image, allowed_image(disk.image));
  TRY(const auto found, look_at(image));
  const auto now = clock_.now();
  DiskRecord record;
  record.subscription = group.subscription;
  record.group = group.name;
  record.name = disk.name;
  record.location = disk.location;
  record.image = image;
  record.format = found.format;
  record.size = found.size;
  record.created = record.changed = now;
  TRY(const auto present, records::disk(writer, record.id()));
  if (present) {
    return conflict("the disk {} already exists", record.id());
  }
  TRY(records::save(writer, record));
  return disk_of(record, -1);
}

Result<arm::Machine> Machines::add_machine(store::Writer& writer, arm::Machine machine) {
  TRY(const auto group, groups_.require_group(writer, machine.subscription, machine.group));
  const auto now = clock_.now();
  MachineRecord record;
  record.subscription = group.subscription;
  record.group = group.name;
  record.name = machine.name;
  record.location = machine.location;
  record.vm_id = machine.vm_id.empty() ? random_.guid().text() : machine.vm_id;
  record.document.os_type = wire::value_of<OsType>(machine.os_type).value_or(OsType::linux_os);
  record.document.size = machine.size;
  record.document.os_disk = machine.os_disk.id;
  for (const auto& disk : machine.data_disks) {
    record.document.data.push_back({disk.lun, disk.id});
  }
  record.created = record.changed = now;
  TRY(const auto present, records::machine(writer, record.id()));
  if (present) {
    return conflict("the machine {} already exists", record.id());
  }
  TRY(records::save(writer, record));
  return told(writer, record);
}

Result<> Machines::swap_disks(store::Writer& writer, std::string_view machine_id,
                              const std::vector<arm::MachineDisk>& disks) {
  TRY(auto record, records::machine(writer, machine_id));
  if (!record) {
    return not_found("there is no virtual machine {}", machine_id);
  }
  for (const auto& disk : disks) {
    if (disk.lun < 0) {
      record->document.os_disk = disk.id;
      continue;
    }
    auto& data = record->document.data;
    const auto present = std::ranges::find(data, disk.lun, &MachineDocument::Data::lun);
    if (present == data.end()) {
      return not_found("the machine {} has no disk at lun {}", machine_id, disk.lun);
    }
    present->disk = disk.id;
  }
  record->changed = clock_.now();
  return records::save(writer, *record);
}

Result<> Machines::list(store::Reader& reader, std::string_view subscription, std::string_view group,
                        std::string_view after, std::size_t limit, std::vector<arm::GenericResource>& into) {
  std::vector<arm::GenericResource> found;
  const auto tags = [](const arm::Tags& all) { return all.empty() ? std::nullopt : std::optional(all); };
  TRY(const auto disks, records::disks(reader, subscription, group, after, limit));
  for (const auto& disk : disks) {
    found.push_back(
        {disk.id(), disk.name, "Microsoft.Compute/disks", disk.location, tags(disk.tags), disk.created, disk.changed});
  }
  TRY(const auto machines, records::machines(reader, subscription, group, after, limit));
  for (const auto& machine : machines) {
    found.push_back({machine.id(), machine.name, "Microsoft.Compute/virtualMachines", machine.location,
                     tags(machine.document.tags), machine.created, machine.changed});
  }
  std::ranges::sort(found, {}, [](const arm::GenericResource& one) { return to_lower(one.id); });
  found.resize(std::min(found.size(), limit));
  std::ranges::move(found, std::back_inserter(into));
  return ok();
}

/// A machine in another group may use a disk of this one, and would lose it.
Result<> Machines::may_remove_group(store::Reader& reader, std::string_view subscription, std::string_view group) {
  std::string after;
  while (true) {
    TRY(const auto disks, records::disks(reader, subscription, group, after, kAtOnce));
    for (const auto& disk : disks) {
      TRY(const auto holder, records::holder(reader, disk.id()));
      const auto machine = arm::parse_resource_id(holder);
      const bool is_removed_too = holder.empty() || (machine && equal_ignoring_case(machine.value().group, group) &&
                                                     equal_ignoring_case(machine.value().subscription, subscription));
      if (!is_removed_too) {
        return refuse(Errc::conflict, errors::kDiskInUse, disk.name, holder);
      }
      after = to_lower(disk.id());
    }
    if (disks.size() < kAtOnce) {
      return ok();
    }
  }
}

/// Removes machines first, since they hold disks.
Result<> Machines::remove_group(std::string_view subscription, std::string_view group, const store::Fence& fence) {
  for (std::size_t gone = kAtOnce; gone > 0;) {
    TRY(database_.write([&](store::Writer& writer) -> Result<> {
      TRY(fence.check(writer));
      TRY(const auto machines, records::machines(writer, subscription, group, {}, kAtOnce));
      for (const auto& machine : machines) {
        TRY(records::remove_machine(writer, machine.id()));
      }
      gone = machines.size();
      return ok();
    }));
  }
  for (std::size_t gone = kAtOnce; gone > 0;) {
    TRY(database_.write([&](store::Writer& writer) -> Result<> {
      TRY(fence.check(writer));
      TRY(const auto disks, records::disks(writer, subscription, group, {}, kAtOnce));
      for (const auto& disk : disks) {
        TRY(const auto holder, records::holder(writer, disk.id()));
        if (!holder.empty()) {
          return refuse(Errc::conflict, errors::kDiskInUse, disk.name, holder);
        }
        TRY(records::remove_disk(writer, disk.id()));
      }
      gone = disks.size();
      return ok();
    }));
  }
  return ok();
}

/// Azure requires this action of a caller who requests an address for reading a disk's bytes.
Result<> Machines::server_paths(store::Reader& reader, std::vector<arm::ServerPath>& into) {
  return records::each_image(reader, [&](const DiskRecord& disk) {
    into.push_back({disk.image, disk.id(), "Microsoft.Compute/disks/beginGetAccess/action"});
  });
}

}  // namespace quaymaster::compute
