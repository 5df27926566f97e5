#pragma once

#include <string_view>

#include "providers/recovery_services/jobs/job_record.h"

namespace quaymaster::recovery_services {

/// Reads the $filter of job lists (backup.md 14.2): `field eq 'value'` joined by `and`. Fields, in any case: status,
/// operation, backupManagementType, jobId, startTime and endTime (from and to, both about the job's start), and as an
/// extension entityFriendlyName. A value that the field could have and no job has asks for nothing. An empty text asks
/// for everything. Errc::invalid, published as BMSUserErrorInvalidInput: another field or operator, a time that is
/// none, a window that ends before it begins.
Result<JobQuery> read_job_filter(std::string_view text);

}  // namespace quaymaster::recovery_services
