#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "jobs/engine.h"
#include "providers/recovery_services/common/open_vaults.h"
#include "providers/recovery_services/common/services.h"
#include "providers/recovery_services/restores/restore_plan.h"

// The work of restore jobs: one function for each kind of source. Each is the whole job: what it has done it saves
// with `run`, and run again after a crash it goes on there. When it is cancelled or cannot go on, it takes back what it
// had made for itself.
namespace quaymaster::recovery_services {

struct RestoreRun {
  Services& services;
  OpenVaults& open_vaults;
  jobs::Run& run;
  const RestorePlan& plan;
};

/// Restores disks; registers disks and machine, or puts them in the place of the machine's own.
Result<> restore_machine(const RestoreRun& work);
/// Restores files of a share.
Result<> restore_share(const RestoreRun& work);

/// The error of reading or writing a restore as the client is told: what is damaged is said so.
Error told_as_damage(Error error);

// Tasks of restore jobs (backup.md 14.4).
inline constexpr std::string_view kTransferTask = "Transfer data from vault";
inline constexpr std::string_view kUpdateMachineTask = "Update the virtual machine";
inline constexpr std::string_view kCreateMachineTask = "Create the restored virtual machine";

}  // namespace quaymaster::recovery_services
