#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "jobs/engine.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/restores/restore_plan.h"

// The work of restore jobs: one function for each kind of source, which does the whole job. It saves its progress
// with `run` and continues from there after a crash. If it is cancelled or cannot continue, it removes what it had
// created for itself.
namespace quaymaster::recovery_services {

struct RestoreRun {
  Services& services;
  OpenVaults& open_vaults;
  jobs::Run& run;
  const RestorePlan& plan;
};

/// Restores disks; registers disks and machine, or replaces the disks of the original machine.
Result<> restore_machine(const RestoreRun& work);
/// Restores files of a share.
Result<> restore_share(const RestoreRun& work);

/// An error while reading or writing a restore as reported to the client; damage is reported as such.
Error publish_as_damage(Error error);

// Tasks of restore jobs (backup.md 14.4).
inline constexpr std::string_view kTransferTask = "Transfer data from vault";
inline constexpr std::string_view kUpdateMachineTask = "Update the virtual machine";
inline constexpr std::string_view kCreateMachineTask = "Create the restored virtual machine";

}  // namespace quaymaster::recovery_services
