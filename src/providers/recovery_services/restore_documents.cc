#include "providers/recovery_services/restore_documents.h"

#include "arm/directory.h"
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
    return std::tuple{field("lun", &T::lun),          field("name", &T::name),
                      field("sizeInBytes", &T::size), field("managedDiskId", &T::managed),
                      field("vhdUri", &T::vhd),       field("image", &T::image)};
  }
};
struct Config {
  std::string id, name, location, os_type, vm_id, vm_size;
  Time point_time;
  std::vector<ConfigDisk> disks;
  static constexpr auto wire() {
    using wire::field;
    using T = Config;
    return std::tuple{field("id", &T::id),
                      field("name", &T::name),
                      field("location", &T::location),
                      field("osType", &T::os_type),
                      field("vmId", &T::vm_id),
                      field("vmSize", &T::vm_size),
                      field("recoveryPointTime", &T::point_time),
                      field("disks", &T::disks)};
  }
};

// Source: schema 2019-04-01 of deployment templates, Microsoft.Compute/virtualMachines 2022-08-01.
struct Reference {
  std::string id;
  static constexpr auto wire() { return std::tuple{wire::field("id", &Reference::id)}; }
};
struct Vhd {
  std::string uri;
  static constexpr auto wire() { return std::tuple{wire::field("uri", &Vhd::uri)}; }
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
    return std::tuple{field("osType", &T::os_type),      field("lun", &T::lun),
                      field("name", &T::name),           field("createOption", &T::create_option),
                      field("managedDisk", &T::managed), field("vhd", &T::vhd)};
  }
};
struct StorageProfile {
  std::optional<TemplateDisk> os_disk;
  std::vector<TemplateDisk> data_disks;
  static constexpr auto wire() {
    return std::tuple{wire::field("osDisk", &StorageProfile::os_disk),
                      wire::field("dataDisks", &StorageProfile::data_disks)};
  }
};
struct Hardware {
  std::string size;
  static constexpr auto wire() { return std::tuple{wire::field("vmSize", &Hardware::size)}; }
};
struct MachineProperties {
  Hardware hardware;
  StorageProfile storage;
  static constexpr auto wire() {
    return std::tuple{wire::field("hardwareProfile", &MachineProperties::hardware),
                      wire::field("storageProfile", &MachineProperties::storage)};
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
    return std::tuple{field("type", &T::type), field("apiVersion", &T::api_version), field("name", &T::name),
                      field("location", &T::location), field("properties", &T::properties)};
  }
};
struct Parameter {
  std::string type = "string";
  std::string value;
  static constexpr auto wire() {
    return std::tuple{wire::field("type", &Parameter::type), wire::field("defaultValue", &Parameter::value)};
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
    return std::tuple{field("$schema", &T::schema), field("contentVersion", &T::version),
                      field("parameters", &T::parameters), field("resources", &T::resources)};
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
