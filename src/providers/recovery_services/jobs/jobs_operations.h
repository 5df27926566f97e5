#pragma once

#include "arm/operation.h"
#include "providers/recovery_services/jobs/jobs.h"

namespace quaymaster::recovery_services {

// The routes of their operations are rows of status_operations.h. "operationResults" in place of a job's name is one
// of them; the router prefers it, since literal segments take precedence over parameters.
inline constexpr arm::Operation kJobRows[] = {
    {"BackupJobs_List", http::Method::get, QM_RS_VAULT "/backupJobs", "2016-06-01", QM_RS_VAULTS "/backupJobs/read",
     arm::bind<&Jobs::list>, "Newest first, 200 per page, without extendedInfo and errorDetails."},
    {"JobDetails_Get", http::Method::get, QM_RS_JOB, "2016-06-01", QM_RS_VAULTS "/backupJobs/read",
     arm::bind<&Jobs::get>},
    {"JobCancellations_Trigger", http::Method::post, QM_RS_JOB "/cancel", "2016-06-01",
     QM_RS_VAULTS "/backupJobs/cancel/action", arm::bind<&Jobs::cancel>,
     "Backup and Restore jobs in progress; the operation ends when the job has."},
    {"Jobs_Export", http::Method::post, QM_RS_VAULT "/backupJobsExport", "2016-06-01",
     QM_RS_VAULTS "/backupJobsExport/action", arm::bind<&Jobs::export_list>,
     "A JSON list of the jobs, at an address that is valid for ten minutes."},
};

}  // namespace quaymaster::recovery_services
