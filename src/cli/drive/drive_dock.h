#pragma once

#include <string>

#include "base/result.h"
#include "cli/common/client.h"
#include "cli/jobs/job_api.h"

namespace quaymaster::cli {

/// Tells the server that `folder`, on the server's machine, is the drive of that job (Jobs_DockDrive, our extension of
/// Microsoft.ImportExport: doc/import-export.md). With an empty group, uses the one job of that name in the
/// subscription.
/// Errc::not_found: no such job. Errc::conflict: several groups have one, or the job is not waiting for the drive.
Result<JobView> dock_drive(Client& client, const std::string& group, const std::string& job,
                           const std::string& drive_id, const std::string& folder);

}  // namespace quaymaster::cli
