#pragma once

#include <string_view>

#include "providers/recovery_services/jobs/job_record.h"

namespace quaymaster::recovery_services {

/// Reads the $filter of job lists (backup.md 14.2): `field eq 'value'` terms joined by `and`. Fields, in any case:
/// status, operation, backupManagementType, jobId, startTime and endTime (from and to, both about the job's start),
/// and as an extension entityFriendlyName. A valid value that no job here can have selects nothing. An empty text
/// selects everything. Errc::invalid, published as BMSUserErrorInvalidInput: another field or operator, an invalid
/// time, or a window that ends before it begins.
Result<JobQuery> read_job_filter(std::string_view text);

}  // namespace quaymaster::recovery_services
