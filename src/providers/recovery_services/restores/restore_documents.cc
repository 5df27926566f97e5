#include "providers/recovery_services/restores/restore_documents.h"

#include "arm/resource_groups.h"
#include "wire/json.h"

namespace quaymaster::recovery_services {
namespace {

struct ConfigDisk {
  std::int64_t lun = -1;
  std::string name;
  std::uint64_t size = 0;
  std::optional<std::string> managed, vhd, image;
  static constexpr auto wire() {
    using wire::field;
    using T = ConfigDisk;
    return wire::fields({field<&T::lun>("lun"), field<&T::name>("name"), field<&T::size>("sizeInBytes"),
                         field<&T::managed>("managedDiskId"), field<&T::vhd>("vhdUri"), field<&T::image>("image")});
  }
};
struct Config {
  std::string id, name, location, os_type, vm_id, vm_size;
  Time point_time;
  std::vector<ConfigDisk> disks;
  static constexpr auto wire() {
    using wire::field;
    using T = Config;
    return wire::fields({field<&T::id>("id"), field<&T::name>("name"), field<&T::location>("location"),
                         field<&T::os_type>("osType"), field<&T::vm_id>("vmId"), field<&T::vm_size>("vmSize"),
                         field<&T::point_time>("recoveryPointTime"), field<&T::disks>("disks")});
  }
};

// Source: deployment template schema 2019-04-01, Microsoft.Compute/virtualMachines 2022-08-01.
struct Reference {
  std::string id;
  static constexpr auto wire() { return wire::fields({wire::field<&Reference::id>("id")}); }
};
struct Vhd {
  std::string uri;
  static constexpr auto wire() { return wire::fields({wire::field<&Vhd::uri>("uri")}); }
};
struct TemplateDisk {
  std::optional<std::string> os_type;
  std::optional<std::int64_t> lun;
  std::string name;
  std::string create_option = "Attach";
  std::optional<Reference> managed;
  std::optional<Vhd> vhd;
  static constexpr auto wire() {
    using wire::field;
    using T = TemplateDisk;
    return wire::fields({field<&T::os_type>("osType"), field<&T::lun>("lun"), field<&T::name>("name"),
                         field<&T::create_option>("createOption"), field<&T::managed>("managedDisk"),
                         field<&T::vhd>("vhd")});
  }
};
struct StorageProfile {
  std::optional<TemplateDisk> os_disk;
  std::vector<TemplateDisk> data_disks;
  static constexpr auto wire() {
    return wire::fields(
        {wire::field<&StorageProfile::os_disk>("osDisk"), wire::field<&StorageProfile::data_disks>("dataDisks")});
  }
};
struct Hardware {
  std::string size;
  static constexpr auto wire() { return wire::fields({wire::field<&Hardware::size>("vmSize")}); }
};
struct MachineProperties {
  Hardware hardware;
  StorageProfile storage;
  static constexpr auto wire() {
    return wire::fields({wire::field<&MachineProperties::hardware>("hardwareProfile"),
                         wire::field<&MachineProperties::storage>("storageProfile")});
  }
};
struct Resource {
  std::string type = "Microsoft.Compute/virtualMachines";
  std::string api_version = "2022-08-01";
  std::string name = "[parameters('VirtualMachineName')]";
  std::string location;
  MachineProperties properties;
  static constexpr auto wire() {
    using wire::field;
    using T = Resource;
    return wire::fields({field<&T::type>("type"), field<&T::api_version>("apiVersion"), field<&T::name>("name"),
                         field<&T::location>("location"), field<&T::properties>("properties")});
  }
};
struct Parameter {
  std::string type = "string";
  std::string value;
  static constexpr auto wire() {
    return wire::fields({wire::field<&Parameter::type>("type"), wire::field<&Parameter::value>("defaultValue")});
  }
};
struct Template {
  std::string schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
  std::string version = "1.0.0.0";
  std::map<std::string, Parameter> parameters;
  std::vector<Resource> resources;
  static constexpr auto wire() {
    using wire::field;
    using T = Template;
    return wire::fields({field<&T::schema>("$schema"), field<&T::version>("contentVersion"),
                         field<&T::parameters>("parameters"), field<&T::resources>("resources")});
  }
};

}  // namespace

std::string config_blob_name(const MachinePlan& plan, const Guid& job) {
  return fmt::format("config-{}-{}.json", plan.machine, job.text());
}
std::string template_blob_name(const Guid& job) {
  return fmt::format("azuredeploy{}.json", job.text());
}

std::string managed_disk_id(const MachinePlan& plan, const PlannedDisk& disk) {
  return arm::resource_id(plan.subscription, plan.group, "Microsoft.Compute/disks", disk.managed);
}

std::string config_document(const RestorePlan& plan, const MachineDocument& machine,
                            std::string_view container_address) {
  Config config{machine.id,    machine.name,    machine.location, machine.os_type,
                machine.vm_id, machine.vm_size, plan.point_time,  {}};
  for (const auto& disk : plan.machine->disks) {
    auto& told = config.disks.emplace_back();
    told.lun = disk.lun;
    told.name = disk.name;
    told.size = disk.size;
    if (!disk.managed.empty()) {
      told.managed = managed_disk_id(*plan.machine, disk);
    }
    if (!disk.blob.empty()) {
      told.vhd = fmt::format("{}{}", container_address, disk.blob);
    }
    if (!disk.file.empty()) {
      told.image = disk.file;
    }
  }
  return wire::to_json(config);
}

std::string template_document(const RestorePlan& plan, const MachineDocument& machine,
                              std::string_view container_address) {
  Resource resource;
  resource.location = plan.machine->location;
  resource.properties.hardware.size = machine.vm_size;
  for (const auto& disk : plan.machine->disks) {
    TemplateDisk told;
    told.name = disk.managed.empty() ? disk.name : disk.managed;
    if (!disk.managed.empty()) {
      told.managed = Reference{managed_disk_id(*plan.machine, disk)};
    } else if (!disk.blob.empty()) {
      told.vhd = Vhd{fmt::format("{}{}", container_address, disk.blob)};
    }
    if (disk.lun < 0) {
      told.os_type = machine.os_type;
      resource.properties.storage.os_disk = std::move(told);
    } else {
      told.lun = disk.lun;
      resource.properties.storage.data_disks.push_back(std::move(told));
    }
  }
  Template document;
  document.parameters["VirtualMachineName"].value = plan.machine->machine;
  document.resources.push_back(std::move(resource));
  return wire::to_json(document);
}

}  // namespace quaymaster::recovery_services
