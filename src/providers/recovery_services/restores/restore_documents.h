#pragma once

#include <string>

#include "base/guid.h"
#include "providers/recovery_services/points/machine_document.h"
#include "providers/recovery_services/restores/restore_plan.h"

// What a restore of disks writes in addition (backup.md 13.1): the configuration of the machine, and a template that
// creates a machine from the disks.
namespace quaymaster::recovery_services {

/// Names of the two blobs: "config-<vm>-<job>.json", "azuredeploy<job>.json".
std::string config_blob_name(const MachinePlan& plan, const Guid& job);
std::string template_blob_name(const Guid& job);

/// `container_address`: "https://localhost:10000/account/container/", where the page blobs are.
std::string config_document(const RestorePlan& plan, const MachineDocument& machine,
                            std::string_view container_address);
std::string template_document(const RestorePlan& plan, const MachineDocument& machine,
                              std::string_view container_address);

/// The resource id of a registered disk.
std::string managed_disk_id(const MachinePlan& plan, const PlannedDisk& disk);

}  // namespace quaymaster::recovery_services
