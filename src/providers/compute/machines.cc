#include "providers/compute/machines.h"

#include <algorithm>
#include <set>

#include "arm/errors.h"
#include "arm/locations.h"
#include "arm/server_paths.h"
#include "base/encode.h"
#include "providers/compute/errors.h"
#include "providers/compute/image.h"
#include "providers/compute/records.h"

namespace quaymaster::compute {
namespace {

constexpr std::size_t kLargestPage = 200;
constexpr std::string_view kDiskType = "Microsoft.Compute/disks";
constexpr std::string_view kMachineType = "Microsoft.Compute/virtualMachines";

std::string disk_id(const ResourcePath& path) {
  return arm::resource_id(path.subscription, path.group, kDiskType, path.name);
}
std::string machine_id(const ResourcePath& path) {
  return arm::resource_id(path.subscription, path.group, kMachineType, path.name);
}

Error not_there(std::string_view type, const ResourcePath& path) {
  return refuse(Errc::not_found, arm::kResourceNotFound, fmt::format("{}/{}", type, path.name), path.group);
}

Error wrong(std::string_view property, std::string_view why) {
  return refuse(Errc::invalid, errors::kInvalidParameter, fmt::format("The property '{}' {}", property, why))
      .at(std::string(property));
}

/// 1 to 80 letters, digits, '_', '.', '-'. Source: Azure's naming rules for disks; machine names are more restricted.
Result<> check_name(std::string_view name) {
  const bool fits = !name.empty() && name.size() <= 80 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
  return fits ? Result<>(ok())
              : refuse(Errc::invalid, errors::kInvalidParameter,
                       fmt::format("The name '{}' is not valid: 1 to 80 letters, digits, '_', '.', '-'.", name));
}

Result<std::string> checked_location(const std::optional<std::string>& text) {
  const auto* location = text ? arm::find_location(*text) : nullptr;
  return location != nullptr ? Result<std::string>(std::string(location->name))
                             : wrong("location", "is missing or not a known region.");
}

/// Whole GiB, rounded up, as the service reports sizes.
std::int64_t gigabytes(std::uint64_t bytes) {
  constexpr std::uint64_t kGiB = 1024 * kMiB;
  return static_cast<std::int64_t>((bytes + kGiB - 1) / kGiB);
}

template <class T, class Look>
Result<T> read(arm::Context& context, const Look& look) {
  std::optional<T> found;
  TRY(context.database.read([&](store::Reader& reader) -> Result<> {
    TRY(found, look(reader));
    return ok();
  }));
  return *std::move(found);
}

}  // namespace

Result<Path> Machines::allowed_image(const Path& path) const {
  auto real = places_.resolve(path);
  return real ? std::move(real) : forbidden("{}", real.error().cause());
}

Result<OpenDirectory> Machines::open_image_directory(const Path& image, Missing missing) const {
  const auto groups = image.parent_path();
  return missing == Missing::is_made ? places_.open_or_make_directory(groups) : places_.open_directory(groups);
}

/// Opens the directory and reads the image through it, so that another directory put in its place is not used.
Result<Image> Machines::look_at(const Path& image) const {
  TRY(const auto groups, open_image_directory(image, Missing::fails));
  return look_at_image(groups, image.filename().native());
}

// --- Disks -----------------------------------------------------------------------------------------------------------

Result<DiskResource> Machines::answer(store::Reader& reader, const DiskRecord& disk) {
  DiskResource resource;
  resource.name = disk.name;
  resource.id = disk.id();
  resource.type = kDiskType;
  resource.location = disk.location;
  resource.tags = disk.tags;
  TRY(const auto holder, records::holder(reader, disk.id()));
  if (!holder.empty()) {
    TRY(const auto machine, records::machine(reader, holder));
    resource.managed_by = machine ? machine->id() : holder;
  }
  auto& properties = resource.properties.emplace();
  properties.creation = CreationData{"Import", "file://" + percent_encode(disk.image.string(), "/")};
  properties.os_type = disk.os_type;
  properties.size_gb = gigabytes(disk.size);
  properties.size_bytes = static_cast<std::int64_t>(disk.size);
  properties.state = "Succeeded";
  properties.disk_state = holder.empty() ? "Unattached" : "Attached";
  properties.format = disk.format;
  properties.created = disk.created;
  return resource;
}

/// The image is read before the transaction, since that blocks on the disk.
Result<arm::Reply<DiskResource>> Machines::put_disk(arm::Context& context, const ResourcePath& path,
                                                    const DiskResource& body) {
  TRY(check_name(path.name));
  TRY(const auto location, checked_location(body.location));
  if (!body.properties || !body.properties->creation || !body.properties->creation->option) {
    return wrong("properties.creationData.createOption", "is required.");
  }
  const auto& creation = *body.properties->creation;
  if (!equal_ignoring_case(*creation.option, "Import") || !creation.source) {
    return wrong("properties.creationData", "must be createOption Import with the sourceUri of an image file.");
  }
  const auto refused = [&] {
    return refuse(Errc::invalid, errors::kImageRefused, *creation.source).at("properties.creationData.sourceUri");
  };
  const auto named = path_of_uri(*creation.source);
  const auto image = named ? allowed_image(named.value()) : named;
  const auto found = image ? look_at(image.value()) : Result<Image>(image.error());
  if (!found) {
    return refused();
  }
  TRY(const auto permit, arm::require_path(context, image.value(), disk_id(path)));
  arm::Reply<DiskResource> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto group, context.groups.require_group(writer, path.subscription, path.group));
    TRY(permit.confirm(writer, context.groups));
    TRY(const auto present, records::disk(writer, disk_id(path)));
    DiskRecord disk = present.value_or(DiskRecord{});
    if (present && disk.location != location) {
      return refuse(Errc::conflict, arm::kInvalidLocationChange, disk.name, disk.location, location);
    }
    if (present && disk.image != image.value()) {
      return refuse(Errc::conflict, errors::kPropertyChange, "creationData.sourceUri", disk.name);
    }
    if (!present) {
      disk.subscription = group.subscription;
      disk.group = group.name;
      disk.name = path.name;
      disk.location = location;
      disk.image = image.value();
      disk.created = context.now;
    }
    disk.format = found.value().format;
    disk.size = found.value().size;
    disk.os_type = body.properties->os_type;
    disk.tags = body.tags.value_or(disk.tags);
    disk.changed = context.now;
    TRY(records::save(writer, disk));
    TRY(reply.body, answer(writer, disk));
    return ok();
  }));
  return reply;
}

Result<arm::Reply<DiskResource>> Machines::get_disk(arm::Context& context, const ResourcePath& path) {
  TRY(auto resource, read<DiskResource>(context, [&](store::Reader& reader) -> Result<DiskResource> {
        TRY(const auto disk, records::disk(reader, disk_id(path)));
        return disk ? answer(reader, *disk) : Result<DiskResource>(not_there(kDiskType, path));
      }));
  return arm::Reply<DiskResource>{200, std::move(resource), {}};
}

/// The file stays: it belongs to the operator.
Result<arm::Reply<>> Machines::delete_disk(arm::Context& context, const ResourcePath& path) {
  arm::Reply<> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto holder, records::holder(writer, disk_id(path)));
    if (!holder.empty()) {
      return refuse(Errc::conflict, errors::kDiskInUse, path.name, holder);
    }
    TRY(const bool was_there, records::remove_disk(writer, disk_id(path)));
    TRY(groups_.resource_removed(writer, disk_id(path)));
    reply.status = was_there ? 200 : 204;
    return ok();
  }));
  return reply;
}

Result<arm::Page<DiskResource>> Machines::disk_page(arm::Context& context, std::string_view subscription,
                                                    std::string_view group) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  return read<arm::Page<DiskResource>>(context, [&](store::Reader& reader) -> Result<arm::Page<DiskResource>> {
    TRY(auto disks, records::disks(reader, subscription, group, wanted.after, wanted.top + 1));
    arm::Page<DiskResource> page;
    if (disks.size() > wanted.top) {
      disks.resize(wanted.top);
      page.next_link = arm::next_link(context, to_lower(disks.back().id()));
    }
    for (const auto& disk : disks) {
      TRY(auto resource, answer(reader, disk));
      page.value.push_back(std::move(resource));
    }
    return page;
  });
}

Result<arm::Reply<arm::Page<DiskResource>>> Machines::list_disks(arm::Context& context,
                                                                 const arm::SubscriptionPath& path) {
  TRY(auto page, disk_page(context, path.subscription, {}));
  return arm::Reply<arm::Page<DiskResource>>{200, std::move(page), {}};
}
Result<arm::Reply<arm::Page<DiskResource>>> Machines::list_group_disks(arm::Context& context,
                                                                       const arm::GroupPath& path) {
  TRY(auto page, disk_page(context, path.subscription, path.group));
  return arm::Reply<arm::Page<DiskResource>>{200, std::move(page), {}};
}

// --- Virtual machines ------------------------------------------------------------------------------------------------

namespace {

/// Machines do not run here, so whether one is on is unknown.
InstanceView instance_view(const MachineRecord& machine) {
  return {{{"ProvisioningState/succeeded", "Info", "Provisioning succeeded", machine.changed},
           {"PowerState/unknown", "Info", "VM power state unknown", {}}}};
}

bool asks_for_instance_view(const arm::Context& context) {
  return equal_ignoring_case(context.parameter("$expand").value_or(""), "instanceView") ||
         equal_ignoring_case(context.parameter("statusOnly").value_or(""), "true");
}

}  // namespace

Result<VmResource> Machines::answer(store::Reader& reader, const MachineRecord& machine) {
  VmResource resource;
  resource.name = machine.name;
  resource.id = machine.id();
  resource.type = kMachineType;
  resource.location = machine.location;
  resource.tags = machine.document.tags;
  auto& properties = resource.properties.emplace();
  properties.vm_id = machine.vm_id;
  properties.hardware = HardwareProfile{machine.document.size};
  properties.network.emplace();
  properties.state = "Succeeded";
  auto& storage = properties.storage.emplace();
  storage.data_disks.emplace();
  TRY(const auto all, told(reader, machine));
  const auto wire_disk = [](const arm::MachineDisk& disk) {
    VmDisk answer;
    answer.name = disk.name;
    answer.option = "Attach";
    answer.managed = ManagedDisk{disk.id};
    answer.size_gb = gigabytes(disk.size);
    return answer;
  };
  storage.os_disk = wire_disk(all.os_disk);
  storage.os_disk->os_type = machine.document.os_type;
  for (const auto& disk : all.data_disks) {
    storage.data_disks->push_back(wire_disk(disk));
    storage.data_disks->back().lun = disk.lun;
  }
  return resource;
}

/// Resolves the disks that a request names; all of them must exist.
Result<MachineDocument> Machines::document_of(store::Reader& reader, const VmResource& body) {
  if (!body.properties || !body.properties->storage || !body.properties->storage->os_disk) {
    return wrong("properties.storageProfile.osDisk", "is required.");
  }
  const auto& properties = *body.properties;
  MachineDocument document;
  std::set<std::string> used;
  const auto disk_of = [&](const VmDisk& disk, std::string_view property) -> Result<std::string> {
    if (!disk.managed || !disk.managed->id) {
      return wrong(fmt::format("{}.managedDisk.id", property), "is required: machines have managed disks.");
    }
    TRY(const auto record, records::disk(reader, *disk.managed->id));
    if (!record) {
      return refuse(Errc::not_found, errors::kDiskNotFound, *disk.managed->id);
    }
    if (!used.insert(to_lower(record->id())).second) {
      return wrong(fmt::format("{}.managedDisk.id", property), "names a disk that the machine already has.");
    }
    return record->id();
  };
  const auto& os_disk = *properties.storage->os_disk;
  TRY(document.os_disk, disk_of(os_disk, "properties.storageProfile.osDisk"));
  document.os_type = os_disk.os_type.value_or(OsType::linux_os);
  document.size = properties.hardware ? properties.hardware->size.value_or("Standard_DS1_v2") : "Standard_DS1_v2";
  std::set<std::int64_t> luns;
  for (const auto& disk : properties.storage->data_disks.value_or(std::vector<VmDisk>{})) {
    const auto lun = disk.lun.value_or(-1);
    if (lun < 0 || lun > 63 || !luns.insert(lun).second) {
      return wrong("properties.storageProfile.dataDisks.lun", "must be 0 to 63 and different for each disk.");
    }
    TRY(auto id, disk_of(disk, "properties.storageProfile.dataDisks"));
    document.data.push_back({lun, std::move(id)});
  }
  std::ranges::sort(document.data, {}, &MachineDocument::Data::lun);
  document.tags = body.tags.value_or(arm::Tags{});
  return document;
}

Result<arm::Reply<VmResource>> Machines::put_machine(arm::Context& context, const ResourcePath& path,
                                                     const VmResource& body) {
  TRY(check_name(path.name));
  TRY(const auto location, checked_location(body.location));
  arm::Reply<VmResource> reply;
  const auto vm_id = random_.guid().text();
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const auto group, context.groups.require_group(writer, path.subscription, path.group));
    TRY(const auto present, records::machine(writer, machine_id(path)));
    if (present && present->location != location) {
      return refuse(Errc::conflict, arm::kInvalidLocationChange, present->name, present->location, location);
    }
    MachineRecord machine = present.value_or(
        MachineRecord{group.subscription, group.name, path.name, location, vm_id, {}, context.now, context.now});
    TRY(machine.document, document_of(writer, body));
    auto disks = machine.document.data;
    disks.push_back({-1, machine.document.os_disk});
    for (const auto& disk : disks) {
      TRY(const auto holder, records::holder(writer, disk.disk));
      if (!holder.empty() && !equal_ignoring_case(holder, machine.id())) {
        return refuse(Errc::conflict, errors::kDiskInUse, disk.disk, holder);
      }
    }
    machine.changed = context.now;
    TRY(records::save(writer, machine));
    reply.status = present ? 200 : 201;
    TRY(reply.body, answer(writer, machine));
    return ok();
  }));
  return reply;
}

Result<arm::Reply<VmResource>> Machines::get_machine(arm::Context& context, const ResourcePath& path) {
  TRY(auto resource, read<VmResource>(context, [&](store::Reader& reader) -> Result<VmResource> {
        TRY(const auto machine, records::machine(reader, machine_id(path)));
        if (!machine) {
          return not_there(kMachineType, path);
        }
        TRY(auto told, answer(reader, *machine));
        if (asks_for_instance_view(context)) {
          told.properties->instance = instance_view(*machine);
        }
        return told;
      }));
  return arm::Reply<VmResource>{200, std::move(resource), {}};
}

Result<arm::Reply<InstanceView>> Machines::get_instance_view(arm::Context& context, const ResourcePath& path) {
  TRY(auto view, read<InstanceView>(context, [&](store::Reader& reader) -> Result<InstanceView> {
        TRY(const auto machine, records::machine(reader, machine_id(path)));
        return machine ? Result<InstanceView>(instance_view(*machine))
                       : Result<InstanceView>(not_there(kMachineType, path));
      }));
  return arm::Reply<InstanceView>{200, std::move(view), {}};
}

Result<arm::Reply<>> Machines::delete_machine(arm::Context& context, const ResourcePath& path) {
  arm::Reply<> reply;
  TRY(context.database.write([&](store::Writer& writer) -> Result<> {
    TRY(const bool was_there, records::remove_machine(writer, machine_id(path)));
    TRY(groups_.resource_removed(writer, machine_id(path)));
    reply.status = was_there ? 200 : 204;
    return ok();
  }));
  return reply;
}

Result<arm::Page<VmResource>> Machines::machine_page(arm::Context& context, std::string_view subscription,
                                                     std::string_view group) {
  TRY(const auto wanted, arm::page_request(context, kLargestPage));
  return read<arm::Page<VmResource>>(context, [&](store::Reader& reader) -> Result<arm::Page<VmResource>> {
    TRY(auto machines, records::machines(reader, subscription, group, wanted.after, wanted.top + 1));
    arm::Page<VmResource> page;
    if (machines.size() > wanted.top) {
      machines.resize(wanted.top);
      page.next_link = arm::next_link(context, to_lower(machines.back().id()));
    }
    const bool with_view = asks_for_instance_view(context);
    for (const auto& machine : machines) {
      TRY(auto resource, answer(reader, machine));
      if (with_view) {
        resource.properties->instance = instance_view(machine);
      }
      page.value.push_back(std::move(resource));
    }
    return page;
  });
}

Result<arm::Reply<arm::Page<VmResource>>> Machines::list_machines(arm::Context& context,
                                                                  const arm::SubscriptionPath& path) {
  TRY(auto page, machine_page(context, path.subscription, {}));
  return arm::Reply<arm::Page<VmResource>>{200, std::move(page), {}};
}
Result<arm::Reply<arm::Page<VmResource>>> Machines::list_group_machines(arm::Context& context,
                                                                        const arm::GroupPath& path) {
  TRY(auto page, machine_page(context, path.subscription, path.group));
  return arm::Reply<arm::Page<VmResource>>{200, std::move(page), {}};
}

}  // namespace quaymaster::compute
